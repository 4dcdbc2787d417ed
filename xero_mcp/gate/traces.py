"""Was an unknown write done? What its record says, held against what Xero holds. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from xero_mcp.audit.canonical import Json
from xero_mcp.audit.record import Record
from xero_mcp.money import CENT
from xero_mcp.xero.models.trace import Trace

EARLY = timedelta(minutes=2)
LATE = timedelta(minutes=20)
"""Around the first try: clocks differ, and a try may be repeated for minutes."""
SETTLES_AFTER = timedelta(minutes=10)
"""Younger than this, what is not there may still come: Xero works on it, or the agent repeats."""

_CREATES = {
    "create-invoice": "/Invoices",
    "create-contact": "/Contacts",
    "create-payment": "/Payments",
    "create-bank-transfer": "/BankTransfers",
}
"""Tools that make one thing, and the list in which it would stand."""
_UPDATES = {
    "update-invoice": ("/Invoices", "invoice_id"),
    "update-contact": ("/Contacts", "contact_id"),
}
_LABELS = {"number": "number", "name": "name", "reference": "reference", "contact": "contact",
           "total": "total", "invoice": "invoice", "lines": "sum of lines"}  # fmt: skip
_STRONG = (
    {"number"},
    {"name"},
    {"invoice", "total"},
    {"contact", "total"},
    {"reference", "total"},
    {"contact", "lines"},
)
"""Marks of which all must be known for a likeness to count as proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The marks by which the write would be known, as far as its record has them."""

    path: str
    object_id: str
    """Of what would be changed; empty where something would be made."""
    marks: Mapping[str, str]
    first_sent_at: datetime

    @property
    def is_provable(self) -> bool:
        return any(strong <= set(self.marks) for strong in _STRONG)

    def told(self) -> str:
        return " and ".join(_LABELS[name] for name in self.marks) or "time alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What the look into Xero showed. `done` is None where it showed nothing for certain."""

    done: bool | None
    evidence: str
    found: Trace | None = None


def wanted_of(intent: Record, first_sent_at: datetime) -> Wanted | None:
    """None where the tool leaves no trace that could be told from others."""
    tool = intent.row.tool or ""
    arguments = intent.body.get("arguments")
    given = arguments if isinstance(arguments, dict) else {}

    def text(name: str) -> str:
        value = given.get(name)
        return value if isinstance(value, str) else ""

    if tool in _UPDATES:
        path, name = _UPDATES[tool]
        return Wanted(path=path, object_id=text(name), marks={}, first_sent_at=first_sent_at)
    if tool not in _CREATES:
        return None
    marks = {
        "number": (intent.text("object", "number") or text("number"))
        if "contact_id" in given
        else "",
        "name": text("name"),
        "reference": text("reference"),
        "contact": intent.text("contact_id") or text("contact_id"),
        "total": intent.text("money", "amount") or text("amount"),
        "invoice": text("invoice_id"),
    }
    if not marks["total"]:
        marks["lines"] = _sum_of(given.get("lines"))
    return Wanted(
        path=_CREATES[tool],
        object_id="",
        marks={name: value for name, value in marks.items() if value},
        first_sent_at=first_sent_at,
    )


def _sum_of(lines: Json) -> str:
    """What plain lines come to; empty where they are not plain."""
    total = Decimal(0)
    for line in lines if isinstance(lines, list) else []:
        if not isinstance(line, dict) or line.get("discount_rate") or line.get("item_code"):
            return ""
        try:
            amount = Decimal(str(line.get("quantity"))) * Decimal(str(line.get("unit_amount")))
        except InvalidOperation:
            return ""
        total += amount.quantize(CENT, rounding=ROUND_HALF_UP)
    return str(total) if total else ""


def ruling_on(
    wanted: Wanted,
    seen: Sequence[Trace],
    *,
    taken: Collection[str],
    is_whole: bool,
    now: datetime,
) -> Ruling:
    """Rule on what Xero listed as changed since the write was sent.

    `taken`: ids that other records answer for. `is_whole`: nothing was left out of the list.
    """
    if wanted.object_id:
        return _on_change(wanted, seen)
    alike = [one for one in seen if one.id not in taken and _is_alike(wanted, one)]
    if alike:
        return _on_likeness(wanted, alike)
    if not is_whole:
        return Ruling(done=None, evidence="too much has changed in Xero since to look through it")
    if now - wanted.first_sent_at < SETTLES_AFTER:
        return Ruling(done=None, evidence="nothing like it is in Xero yet, but it is too early")
    said = f"nothing that Xero made or changed since is the same by {wanted.told()}"
    return Ruling(done=False, evidence=said)


def _on_likeness(wanted: Wanted, alike: Sequence[Trace]) -> Ruling:
    first = alike[0]
    name = first.number or first.id
    if len(alike) > 1:
        names = ", ".join(one.number or one.id for one in alike[:5])
        return Ruling(done=None, evidence=f"{len(alike)} things in Xero could be it: {names}")
    if not wanted.is_provable:
        return Ruling(done=None, evidence=f"{name} could be it, or not")
    said = f"Xero has {name}, the same by {wanted.told()}, made at that time"
    return Ruling(done=True, evidence=said, found=first)


def _on_change(wanted: Wanted, seen: Sequence[Trace]) -> Ruling:
    found = next((one for one in seen if one.id == wanted.object_id), None)
    if found is None or found.updated_date_utc is None:
        return Ruling(done=None, evidence="Xero does not show when it was changed last")
    if found.updated_date_utc < wanted.first_sent_at - EARLY:
        said = f"Xero last changed it at {found.updated_date_utc:%Y-%m-%d %H:%M:%S} UTC, before"
        return Ruling(done=False, evidence=said, found=found)
    said = f"it was changed at {found.updated_date_utc:%Y-%m-%d %H:%M:%S} UTC; compare what"
    return Ruling(done=None, evidence=said, found=found)


def _is_alike(wanted: Wanted, one: Trace) -> bool:
    at = one.created_date_utc or one.updated_date_utc
    first = wanted.first_sent_at
    if at is not None and not first - EARLY <= at:
        return False
    if at is not None and one.created_date_utc is not None and at > first + LATE:
        return False
    return all(_READS[name](one, value) for name, value in wanted.marks.items())


def _same_amount(one: Trace, value: str) -> bool:
    held = one.total if one.total is not None else one.amount
    try:
        return held is not None and held == Decimal(value)
    except InvalidOperation:
        return False


def _same_lines(one: Trace, value: str) -> bool:
    """Lines come with tax or without: nobody knows which from the record alone."""
    return Decimal(value) in (one.total, one.sub_total)


_READS: dict[str, Callable[[Trace, str], bool]] = {
    "number": lambda one, value: one.invoice_number == value,
    "name": lambda one, value: one.name == value,
    "reference": lambda one, value: one.reference == value,
    "contact": lambda one, value: one.contact is None or one.contact.contact_id == value,
    "total": _same_amount,
    "lines": _same_lines,
    "invoice": lambda one, value: one.invoice is not None and one.invoice.invoice_id == value,
}
