"""What was open on a day: what is open now, with everything that came later taken back out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from xero_mcp.money import round_cents
from xero_mcp.tools.posting_lists import POSTED
from xero_mcp.xero.models.allocation import Allocation
from xero_mcp.xero.models.postings import PaymentPosting, Posting

Bucket = Literal["not_due", "1_to_30", "31_to_60", "61_to_90", "over_90"]
BUCKETS: tuple[Bucket, ...] = ("not_due", "1_to_30", "31_to_60", "61_to_90", "over_90")
_LAST_DAYS = (0, 30, 60, 90)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """A document with what was open on it, in its own currency and in the base currency."""

    id: str
    kind: str
    number: str | None
    contact_id: str
    contact: str
    dated: date
    due_date: date
    currency: str
    open: Decimal
    in_base: Decimal

    def bucket(self, as_at: date) -> Bucket:
        """By days past the due date."""
        late = (as_at - self.due_date).days
        for bucket, last in zip(BUCKETS, _LAST_DAYS, strict=False):
            if late <= last:
                return bucket
        return BUCKETS[-1]


def in_base(amount: Decimal, rate: Decimal | None) -> Decimal:
    """Xero's rates say how much of the document's currency one of the base currency buys."""
    return round_cents(amount / rate) if rate else amount


def settled_after(
    as_at: date, payments: Iterable[PaymentPosting], credits_: Iterable[Posting]
) -> dict[str, Decimal]:
    """Document id -> what was paid on it or credited to it after the day, as it stands now."""
    later: dict[str, Decimal] = {}

    def add(document_id: str, amount: Decimal) -> None:
        later[document_id] = later.get(document_id, _ZERO) + amount

    for payment in payments:
        if payment.settles and payment.date and payment.date > as_at:
            add(payment.settles.id, payment.amount or _ZERO)
    for credit in credits_:
        for allocation in _allocations(credit):
            if allocation.date and allocation.date > as_at and allocation.invoice:
                amount = allocation.amount or _ZERO
                add(allocation.invoice.invoice_id, amount)
                add(credit.id, amount)
    return later


def _allocations(credit: Posting) -> Iterator[Allocation]:
    return (one for one in credit.allocations if not one.is_deleted)


def open_items(
    documents: Iterable[Posting], later: Mapping[str, Decimal], *, as_at: date, kind: str
) -> Iterator[OpenItem]:
    """The documents that were posted by the day and not settled on it."""
    for one in documents:
        if one.status not in POSTED or one.date is None or one.date > as_at:
            continue
        left = one.amount_due if one.amount_due is not None else one.remaining_credit
        open_then = (left or _ZERO) + later.get(one.id, _ZERO)
        if open_then:
            yield OpenItem(
                id=one.id,
                kind=kind,
                number=one.number or one.reference,
                contact_id=one.contact.contact_id if one.contact else "",
                contact=one.contact.name if one.contact else "",
                dated=one.date,
                due_date=one.due_date or one.date,
                currency=one.currency_code or "",
                open=open_then,
                in_base=in_base(open_then, one.currency_rate),
            )


def total_in_base(items: Iterable[OpenItem]) -> Decimal:
    return sum((one.in_base for one in items), _ZERO)


def by_contact(items: Iterable[OpenItem]) -> list[Sequence[OpenItem]]:
    """Items of one contact in one currency together, the largest in base currency first."""
    groups: dict[tuple[str, str], list[OpenItem]] = {}
    for one in items:
        groups.setdefault((one.contact_id, one.currency), []).append(one)
    return sorted(groups.values(), key=lambda some: (-total_in_base(some), some[0].contact))
