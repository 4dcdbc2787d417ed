"""Bills that look like one that is there: found before Xero takes them a second time.

Xero itself lets a supplier's number be used twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.money import to_text
from xero_mcp.tool.declare import GET
from xero_mcp.xero.models.invoice import Invoice, Invoices
from xero_mcp.xero.scoped import ScopedXero
from xero_mcp.xero.where import all_of, any_of, eq, ge, guid, le, order, where

LOOKS_AT = GET("/Invoices")
WINDOW = timedelta(days=7)
LOOKED_AT = 500
"""More bills of one supplier than this in two weeks are not all looked at."""
GONE = frozenset({"VOIDED", "DELETED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBill:
    """A bill that is about to be made."""

    contact_id: str
    number: str | None
    day: date
    total: Decimal | None
    """None: not known beforehand; then only the number is compared."""
    currency: str
    path: str = ""


async def refuse_duplicates(bills: Sequence[NewBill], xero: ScopedXero) -> None:
    """Let them pass, or name those that they look like; one request for each supplier.

    A second try may find what the first one made, so nothing is looked at then.

    Raises:
        XeroMcpError: DUPLICATE.
    """
    if xero.is_second_try or not bills:
        return
    found = _among_themselves(bills)
    for contact_id in dict.fromkeys(bill.contact_id for bill in bills):
        own = [bill for bill in bills if bill.contact_id == contact_id]
        known = await _of_supplier(contact_id, own, xero)
        found.extend(_named(bill, other) for bill in own for other in known if _same(bill, other))
    if found:
        raise XeroMcpError(
            "This looks like a bill that is there already; nothing was done.",
            code=ErrorCode.DUPLICATE,
            next_step="Look at it with get-invoice. Only if it is another one, and the user says "
            "so, send the call again with duplicate_of_known true.",
            details=found,
        )


async def _of_supplier(
    contact_id: str, bills: Sequence[NewBill], xero: ScopedXero
) -> tuple[Invoice, ...]:
    """The supplier's bills with one of these numbers, or dated within a week of one."""
    days = [bill.day for bill in bills]
    numbers = dict.fromkeys(bill.number for bill in bills if bill.number)
    near = all_of(ge("Date", min(days) - WINDOW), le("Date", max(days) + WINDOW))
    found = await xero.get(
        LOOKS_AT.path,
        Invoices,
        params={
            "where": where(
                "Invoices",
                eq("Type", "ACCPAY"),
                guid("Contact.ContactID", contact_id),
                any_of(*(eq("InvoiceNumber", number) for number in list(numbers)[:39]), near),
            ),
            "order": order("Invoices", "Date", descending=True),
            "page": 1,
            "pageSize": LOOKED_AT,
            "summaryOnly": True,
        },
    )
    return tuple(one for one in found.invoices if one.status not in GONE)


def _same(bill: NewBill, other: Invoice) -> bool:
    if bill.number and _plain(bill.number) == _plain(other.invoice_number):
        return True
    return (
        bill.total is not None
        and bill.total == other.total
        and bill.currency == other.currency_code
        and other.date is not None
        and abs(other.date - bill.day) <= WINDOW
    )


def _plain(number: str | None) -> str:
    return (number or "").strip().casefold()


def _named(bill: NewBill, other: Invoice) -> Detail:
    total = "" if other.total is None else f", {to_text(other.total)} {other.currency_code or ''}"
    dated = f", {other.date.isoformat()}" if other.date else ""
    number = f", number {other.invoice_number}" if other.invoice_number else ""
    return Detail(
        path=bill.path or "invoice_id",
        message=f"{other.invoice_id}{number}{dated}{total}, {other.status.lower()}",
    )


def _among_themselves(bills: Sequence[NewBill]) -> list[Detail]:
    """Two of one call."""
    seen: dict[tuple[str, ...], str] = {}
    found: list[Detail] = []
    for bill in bills:
        keys: list[tuple[str, ...]] = [
            ("amount", bill.contact_id, str(bill.total), bill.currency, bill.day.isoformat())
        ]
        if bill.number:
            keys.append(("number", bill.contact_id, _plain(bill.number)))
        twins = [seen[key] for key in keys if key in seen and (key[0] == "number" or bill.total)]
        found.extend(Detail(path=bill.path, message=f"is the same as {twin}") for twin in twins[:1])
        seen.update(dict.fromkeys(keys, bill.path))
    return found
