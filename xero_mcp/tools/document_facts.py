"""What documents come to before Xero is asked to make or change them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from xero_mcp.money import Money
from xero_mcp.tool.facts import NONE, Facts
from xero_mcp.tools.books_day import today
from xero_mcp.tools.contacts import known_for
from xero_mcp.tools.document_total import AmountsAre, PricedLine, document_total, line_amount
from xero_mcp.tools.ledger_facts import Movement, facts_of_movement
from xero_mcp.tools.lines import discount_of
from xero_mcp.xero.models.invoice import LineAmountTypes
from xero_mcp.xero.models.line_item import LineItemWrite
from xero_mcp.xero.scoped import ScopedXero

LINE_AMOUNTS: dict[AmountsAre, LineAmountTypes] = {
    "exclusive": LineAmountTypes.EXCLUSIVE,
    "inclusive": LineAmountTypes.INCLUSIVE,
    "no-tax": LineAmountTypes.NO_TAX,
}
_AMOUNTS_ARE: dict[str, AmountsAre] = {
    "exclusive": "exclusive",
    "inclusive": "inclusive",
    "notax": "no-tax",
}
TAKEN_BACK = frozenset({"voided", "deleted"})
UNPOSTED = frozenset({"draft", "submitted"})
MIXED = "the documents are in several currencies"
_OF_CONTACTS = ("contact_ids", "contact_known_for", "new_contact")


def amounts_of(line_amount_types: str | None) -> AmountsAre:
    """What Xero's word for it means; quotes write it in capitals."""
    return _AMOUNTS_ARE.get((line_amount_types or "").lower(), "exclusive")


async def with_own_tax(
    lines: Sequence[LineItemWrite], *, amounts_are: AmountsAre, xero: ScopedXero
) -> tuple[LineItemWrite, ...]:
    """The lines with the account's tax where none is named.

    Left to Xero, it would be the contact's or the item's before the account's: then the total
    that is made would not be the one that was decided on.
    """
    if amounts_are == "no-tax" or all(line.tax_type or not line.account_code for line in lines):
        return tuple(lines)
    own = {one.code: one.tax_type for one in await xero.reference.accounts() if one.code}
    return tuple(
        line
        if line.tax_type or not line.account_code
        else line.model_copy(update={"tax_type": own.get(line.account_code)})
        for line in lines
    )


async def total_of(
    lines: Sequence[LineItemWrite], *, amounts_are: AmountsAre, xero: ScopedXero
) -> Decimal | None:
    """The total, tax included; None where a price or a tax is Xero's to fill in."""
    if any(line.unit_amount is None and line.item_code for line in lines):
        return None
    fixed = [line for line in lines if line.tax_amount is not None and amounts_are == "exclusive"]
    taxed = sum((line_amount(_priced(line)) + (line.tax_amount or 0) for line in fixed), Decimal(0))
    priced = [_priced(line) for line in lines if line.unit_amount is not None and line not in fixed]
    if amounts_are != "exclusive":
        return document_total(priced, amounts_are=amounts_are, rates={})
    rates = {
        rate.tax_type: rate.effective_rate
        for rate in await xero.reference.tax_rates()
        if rate.effective_rate is not None
    }
    rest = document_total(priced, amounts_are=amounts_are, rates=rates)
    return None if rest is None else rest + taxed


def _priced(line: LineItemWrite) -> PricedLine:
    return PricedLine(
        quantity=Decimal(1) if line.quantity is None else line.quantity,
        unit_amount=line.unit_amount or Decimal(0),
        discount_rate=discount_of(line),
        tax_type=line.tax_type,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A document as it will be: what a policy may ask about it."""

    moved: Movement
    lines: tuple[LineItemWrite, ...]
    amounts_are: AmountsAre
    status: str
    """As arguments call it: `authorised`."""
    type: str | None = None
    """`sales` or `bill`, where there are two kinds."""


async def facts_of_documents(
    outlines: Sequence[Outline], xero: ScopedXero, wanted: frozenset[str]
) -> Facts:
    """The facts of one call that writes documents: their sum, their newest contact, every line."""
    contacts = frozenset(one.moved.contact_id for one in outlines if one.moved.contact_id)
    ages = wanted if len(contacts) == 1 else wanted - {"contact_known_for"}
    each = [await facts_of_movement(one.moved, xero, ages) for one in outlines[:1]]
    each += [await facts_of_movement(one.moved, xero, frozenset()) for one in outlines[1:]]
    facts = each[0] if len(each) == 1 else _together(each, outlines[0].moved.kind)
    unknown = dict(facts.unknown)
    if len(contacts) > 1:
        unknown["new_contact"] = "there are several contacts"
        if "contact_known_for" in wanted:
            facts = replace(facts, contact_known_for=await _newest(contacts, xero))
    if contacts and any(one.moved.contact_id is None for one in outlines):
        unknown |= dict.fromkeys(_OF_CONTACTS, "one of the documents names no contact")
    described = _of_lines(outlines, unknown)
    own_today = await today(xero)
    # Where one total is not established its currency is not either: the others' must not stand in.
    currencies = frozenset(one.total.currency if one.total else "" for one in each)
    grosses = [
        await gross_of(one.lines, amounts_are=one.amounts_are, xero=xero)
        for one in (outlines if facts.total else ())
    ]
    return replace(
        facts,
        gross=_sum_of(grosses, facts),
        least=_least(each, grosses),
        contact_ids=None if "contact_ids" in unknown else contacts or None,
        statuses=frozenset(one.status for one in outlines),
        document_types=frozenset(one.type for one in outlines if one.type) or None,
        currencies=None if "" in currencies else currencies,
        days_old=tuple(
            sorted(
                (own_today - (day or own_today)).days for one in outlines for day in one.moved.days
            )
        ),
        unknown=unknown,
        **described,
    )


def _together(each: Sequence[Facts], kind: str) -> Facts:
    total = _sum([one.total for one in each])
    return replace(
        each[0],
        total=total,
        counted=_counted_together([one.counted for one in each]),
        base_total=_sum([one.base_total for one in each]),
        period_locked=any(one.period_locked for one in each),
        object_type=f"{len(each)} {kind}s",
        object_id=None,
        object_number=None,
        version=" ".join(one.version for one in each if one.version) or None,
        stands_now=tuple(line for one in each for line in one.stands_now),
        unknown={} if total is not None else {"total": _why(each)},
    )


async def _newest(contacts: frozenset[str], xero: ScopedXero) -> timedelta | None:
    ages = [await known_for(contact_id, xero) for contact_id in sorted(contacts)]
    known = [age for age in ages if age is not None]
    return min(known) if len(known) == len(ages) else None


def _sum_of(grosses: Sequence[Decimal | None], facts: Facts) -> Money | None:
    """What the lines above zero come to; None where that is not known in one currency."""
    known = [gross for gross in grosses if gross is not None]
    if facts.total is None or len(known) < len(grosses):
        return None
    return Money(sum(known, Decimal(0)), facts.total.currency)


def _least(each: Sequence[Facts], grosses: Sequence[Decimal | None]) -> Money | None:
    """What the smallest of several moves, where they are in one currency."""
    moved = [
        max(one.total.amount, gross or Decimal(0))
        for one, gross in zip(each, grosses, strict=False)
        if one.total is not None
    ]
    total = each[0].total
    return Money(min(moved), total.currency) if total and len(moved) > 1 else None


async def gross_of(
    lines: Sequence[LineItemWrite], *, amounts_are: AmountsAre, xero: ScopedXero
) -> Decimal | None:
    """What the lines above zero come to, however much of it the others net away."""
    above = [line for line in lines if line_amount(_priced(line)) > 0]
    return await total_of(above, amounts_are=amounts_are, xero=xero)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a document comes to, as it is stored or as it will be."""

    total: Decimal | None
    lines: Sequence[LineItemWrite]
    amounts_are: AmountsAre
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From which status to which a stored document goes, as arguments call them."""

    before: str
    after: str

    @property
    def takes_back(self) -> bool:
        return self.after in TAKEN_BACK

    @property
    def is_counted_whole(self) -> bool:
        """Once for each step: approved, posted, billed; not a draft that becomes submitted."""
        before = "authorised" if self.before == "paid" else self.before
        return before != self.after and self.after not in UNPOSTED


async def counted(step: Step, before: Worth, after: Worth, xero: ScopedXero) -> Decimal | None:
    """What of a change counts against limits of money: the rise.

    None: all of it, also where the rise is not established.
    """
    if step.takes_back:
        return Decimal(0)
    if step.is_counted_whole or before.currency != after.currency:
        return None
    was = await _exposure(before, xero)
    becomes = await _exposure(after, xero)
    return None if was is None or becomes is None else max(becomes - was, Decimal(0))


async def _exposure(worth: Worth, xero: ScopedXero) -> Decimal | None:
    gross = await gross_of(worth.lines, amounts_are=worth.amounts_are, xero=xero)
    return None if worth.total is None or gross is None else max(worth.total, gross)


def _of_lines(outlines: Sequence[Outline], unknown: dict[str, str]) -> dict[str, Any]:
    """Every account, tax, item and tracking; what a line leaves open is noted as unknown."""
    lines = [line for one in outlines for line in one.lines if not _is_text(line)]
    found: dict[str, Any] = {
        "line_count": max(len(one.lines) for one in outlines),
        "items": frozenset(line.item_code or NONE for line in lines),
        "tracking": frozenset(word for line in lines for word in _tracking(line)),
    }
    for name, words in (
        ("account_codes", [line.account_code for line in lines]),
        ("tax_types", [line.tax_type for line in lines]),
    ):
        if all(words):
            found[name] = frozenset(words)
        else:
            unknown[name] = "a line leaves it to Xero"
    return found


def _is_text(line: LineItemWrite) -> bool:
    return not (line.unit_amount or line.account_code or line.item_code)


def _tracking(line: LineItemWrite) -> list[str]:
    return [f"{one.name}: {one.option}" for one in line.tracking or ()] or [NONE]


def _counted_together(amounts: Sequence[Money | None]) -> Money | None:
    """What counts for nothing has no currency of its own."""
    counting = [one for one in amounts if one is None or one.amount]
    return _sum(counting) if counting else amounts[0]


def _why(each: Sequence[Facts]) -> str:
    reasons = [one.unknown["total"] for one in each if "total" in one.unknown]
    return reasons[0] if reasons else MIXED


def _sum(amounts: Sequence[Money | None]) -> Money | None:
    known = [amount for amount in amounts if amount is not None]
    if len(known) < len(amounts) or len({one.currency for one in known}) > 1:
        return None
    return Money(sum((one.amount for one in known), Decimal(0)), known[0].currency)
