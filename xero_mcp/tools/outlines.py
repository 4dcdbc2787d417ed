"""What saving a document will come to, for a policy: the same for every kind with lines."""

from xero_mcp.tools.document_facts import (
    Outline,
    Step,
    Worth,
    amounts_of,
    counted,
    total_of,
)
from xero_mcp.tools.documents import ENDED, Paper, Planned
from xero_mcp.tools.ledger_facts import Movement, stands_as, version_of
from xero_mcp.tools.lines import edited
from xero_mcp.xero.scoped import ScopedXero


async def outline(
    paper: Paper, planned: Planned, status: str, xero: ScopedXero, *, kind: str | None = None
) -> Outline:
    """What one of them will be, for a policy. `kind`: sales or bill, where there are two."""
    body, stored = planned.body, planned.stored
    kept = tuple(edited(line, None) for line in stored.line_items) if stored else ()
    lines = kept if body.line_items is None else body.line_items
    total = stored.total if stored else None
    if body.line_items is not None or _counts_tax_anew(planned):
        total = await total_of(lines, amounts_are=planned.amounts_are, xero=xero)
    contact = body.contact.contact_id if body.contact else None
    if contact is None and stored is not None and stored.contact is not None:
        contact = stored.contact.contact_id
    days = () if stored is None else (stored.date,)
    if stored is None or body.date is not None:
        days = (*days, body.date)
    currency = body.currency_code or (stored.currency_code if stored else None)
    counts = None
    if stored is not None:
        before = Worth(
            total=stored.total,
            lines=kept,
            amounts_are=amounts_of(stored.line_amount_types),
            currency=stored.currency_code,
        )
        after = Worth(total=total, lines=lines, amounts_are=planned.amounts_are, currency=currency)
        step = Step(before=stored.status.lower(), after=status)
        counts = await counted(step, before, after, xero)
    moved = Movement(
        kind=f"{status} {paper.spoken}",
        total=total,
        counted=counts,
        days=days,
        currency=currency,
        currency_rate=stored.currency_rate if stored else None,
        rate_day=stored.date if stored else None,
        contact_id=contact,
        number=stored.number if stored else None,
        object_id=stored.document_id if stored else None,
        version=version_of(stored.document_id, stored.updated_date_utc) if stored else None,
        stands=stands_as(stored) if stored else "",
    )
    return Outline(
        moved=moved, lines=lines, amounts_are=planned.amounts_are, status=status, type=kind
    )


def _counts_tax_anew(planned: Planned) -> bool:
    """Whether amounts with tax in them become amounts without it, or the other way round."""
    stored = planned.stored
    return (
        stored is not None
        and planned.body.status is not None
        and planned.body.status.lower() not in ENDED
        and amounts_of(stored.line_amount_types) != planned.amounts_are
    )
