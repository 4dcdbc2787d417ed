"""The bills that a call would make, or make to look like another one."""

from collections.abc import Sequence

from xero_mcp.tools.books_day import today
from xero_mcp.tools.document_facts import total_of
from xero_mcp.tools.documents import ENDED, Planned
from xero_mcp.tools.duplicates import NewBill
from xero_mcp.xero.models.document import Document
from xero_mcp.xero.models.invoice import Invoice, InvoiceWrite
from xero_mcp.xero.scoped import ScopedXero


async def new_bills(
    planned: Sequence[Planned], xero: ScopedXero, *, places: str = ""
) -> list[NewBill]:
    """Those of a call that saves bills; none where only a status or a due date changes.

    Args:
        planned: what will be sent.
        xero: for the organisation's own today, and its tax rates.
        places: the argument that holds them; empty where there is one.
    """
    bills: list[NewBill] = []
    for place, one in enumerate(planned):
        bill = await _bill(one, xero, path=f"{places}.{place}" if places else "invoice_id")
        if bill is not None:
            bills.append(bill)
    return bills


async def _bill(planned: Planned, xero: ScopedXero, *, path: str) -> NewBill | None:
    body, stored = planned.body, planned.stored
    if not isinstance(body, InvoiceWrite) or not _may_come_to_look_alike(body, stored):
        return None
    before = stored if isinstance(stored, Invoice) else Invoice()
    contact = body.contact or before.contact
    if contact is None:
        return None
    total = before.total
    if body.line_items is not None:
        total = await total_of(body.line_items, amounts_are=planned.amounts_are, xero=xero)
    return NewBill(
        contact_id=contact.contact_id.lower(),
        number=body.invoice_number or before.invoice_number or None,
        day=body.date or before.date or await today(xero),
        total=total,
        currency=body.currency_code or before.currency_code or "",
        path=path,
        own_id=before.invoice_id.lower(),
    )


def _may_come_to_look_alike(body: InvoiceWrite, stored: Document | None) -> bool:
    """A stored one whose number, supplier, day or lines become others may."""
    if stored is None:
        return True
    if (body.status or "").lower() in ENDED:
        return False
    return any((body.invoice_number, body.contact, body.date, body.line_items))
