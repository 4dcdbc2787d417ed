"""When two documents look like one: numbers, names, amounts and days compared as a person would."""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import combinations, pairwise
from typing import Literal

Strength = Literal["strong", "likely", "series"]
STRENGTHS: tuple[Strength, ...] = ("strong", "likely", "series")
WEEK = timedelta(days=7)
PAID_AGAIN_WITHIN = timedelta(days=31)
"""A bill and the money spent on it again lie further apart than two copies of a bill."""
MAX_GROUP = 60
"""In a larger group of look-alikes only neighbours are compared: it is a habit, not a mistake."""
_MIN_NUMBER = 3
_MIN_SERIES = 3
_SAME_NAME = 0.82
_GAPS = (range(6, 9), range(13, 16), range(27, 33), range(89, 94))
"""Days between the members of a weekly, fortnightly, monthly or quarterly series."""
_COMPANY_WORDS = frozenset(
    {"and", "co", "company", "corp", "corporation", "gmbh", "inc", "limited", "llc", "llp"}
    | {"ltd", "plc", "pty", "the"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A bill, or money spent."""

    id: str
    kind: Literal["bill", "spent money"]
    number: str
    contact_id: str
    contact: str
    dated: date
    currency: str
    total: Decimal
    status: str
    repeating_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two that look like one, and why."""

    first: Outgoing
    second: Outgoing
    strength: Strength
    why: str


def plain_number(text: str) -> str:
    """`INV-0042`, `inv 42` and `Inv.00042` are the same number."""
    words = re.findall(r"[^\W\d_]+|\d+", text.casefold())
    return "".join(word.lstrip("0") or "0" if word.isdigit() else word for word in words)


def plain_name(text: str) -> str:
    """A name without case, punctuation and the words that say what sort of company it is."""
    words = re.findall(r"\w+", text.casefold())
    kept = [word for word in words if word not in _COMPANY_WORDS]
    return " ".join(kept or words)


def same_contact(first: Outgoing, second: Outgoing) -> bool:
    if first.contact_id and first.contact_id == second.contact_id:
        return True
    names = plain_name(first.contact), plain_name(second.contact)
    if not all(names):
        return False
    return names[0] == names[1] or SequenceMatcher(None, *names).ratio() >= _SAME_NAME


def pairs(outgoing: Sequence[Outgoing]) -> list[Pair]:
    """Every suspicious pair once, under its strongest reason, strongest first."""
    series = _series(outgoing)
    found: dict[tuple[str, str], Pair] = {}
    for first, second in _candidates(outgoing):
        pair = _judged(first, second, series)
        key = (min(first.id, second.id), max(first.id, second.id))
        if pair is not None and key not in found:
            found[key] = pair
    return sorted(
        found.values(),
        key=lambda pair: (STRENGTHS.index(pair.strength), pair.first.dated, pair.first.id),
    )


def _candidates(outgoing: Sequence[Outgoing]) -> Iterator[tuple[Outgoing, Outgoing]]:
    """Only what shares a number or an amount is compared, so that thousands stay cheap."""
    by_number = _groups(outgoing, lambda one: plain_number(one.number))
    by_amount = _groups(outgoing, lambda one: (one.currency, one.total) if one.total else None)
    for group in (*by_number, *by_amount):
        ordered = sorted(group, key=lambda one: (one.dated, one.id))
        yield from combinations(ordered, 2) if len(ordered) <= MAX_GROUP else pairwise(ordered)


def _groups(
    outgoing: Iterable[Outgoing], key_of: Callable[[Outgoing], Hashable]
) -> list[list[Outgoing]]:
    groups: dict[Hashable, list[Outgoing]] = {}
    for one in outgoing:
        key = key_of(one)
        if key:
            groups.setdefault(key, []).append(one)
    return [group for group in groups.values() if len(group) > 1]


def _judged(first: Outgoing, second: Outgoing, series: frozenset[str]) -> Pair | None:
    if not same_contact(first, second):
        return None
    judged = _why(first, second)
    if judged is None:
        return None
    strength, why = judged
    if first.contact_id != second.contact_id:
        why = f"{why}; the contact is spelled in two ways"
    repeats = bool(first.repeating_id) and first.repeating_id == second.repeating_id
    if strength != "strong" and (repeats or {first.id, second.id} <= series):
        strength, why = "series", f"{why}; but it looks like a regular series"
    return Pair(first=first, second=second, strength=strength, why=why)


def _why(first: Outgoing, second: Outgoing) -> tuple[Strength, str] | None:
    both_bills = first.kind == second.kind == "bill"
    number = plain_number(first.number)
    same_number = len(number) >= _MIN_NUMBER and number == plain_number(second.number)
    same_total = (first.currency, first.total) == (second.currency, second.total)
    apart = abs(second.dated - first.dated)
    if same_number and (same_total or both_bills):
        return "strong", "same number" + (" and total" if same_total else ", another total")
    if not same_total or not first.total:
        return None
    if first.kind == second.kind:
        return ("likely", "same total within a week") if apart <= WEEK else None
    return ("likely", "a bill and spent money of one total") if apart <= PAID_AGAIN_WITHIN else None


def _series(outgoing: Sequence[Outgoing]) -> frozenset[str]:
    """The ids of what comes from one contact, of one total, at regular distances."""
    members: set[str] = set()
    groups = _groups(outgoing, lambda one: (one.contact_id, one.currency, one.total))
    for group in groups:
        days = sorted({one.dated for one in group})
        gaps = [(later - earlier).days for earlier, later in pairwise(days)]
        if len(days) >= _MIN_SERIES and any(
            all(gap in allowed for gap in gaps) for allowed in _GAPS
        ):
            members.update(one.id for one in group)
    return frozenset(members)
