"""What Xero's history says that our connection changed, held against what the log says. Pure.

Two questions: which change has no record, and which record does Xero not show?
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from xero_mcp.audit.crosscheck_change import Change, ChangeKind
from xero_mcp.audit.crosscheck_written import Known, Written

WINDOW = timedelta(minutes=5)
"""How far Xero's clock and ours may differ, and how long a call may wait on its way."""
UNACCOUNTED = "unaccounted for"
"""Why somebody should look at the record of a cross-check that found something."""
_WHOLE = frozenset({ChangeKind.CREATED, ChangeKind.CHANGED, ChangeKind.REMOVED})


class Fault(StrEnum):
    """What is wrong with a change, or with a record."""

    NO_RECORD = "no record"
    NOT_SETTLED = "outcome unknown"
    NOT_SHOWN = "not in Xero"
    OTHER_TOTAL = "another total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One thing that Xero and the log say differently."""

    fault: Fault
    noun: str
    object_id: str
    change: Change | None = None
    written: Written | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What Xero showed: every change of the documents that were looked at."""

    changes: Sequence[Change]
    known_ids: Collection[str] = ()
    """Documents that are there, though Xero keeps no history of some."""
    nouns: Collection[str] = ()
    """Those of which everything that changed was looked at."""


@dataclass(slots=True, kw_only=True)
class _Matching:
    """Which record answers for which change; each record once for an object and a kind.

    One call makes, changes or removes a document: what else happens to it has another author.
    """

    written: Sequence[Written]
    window: timedelta
    taken: set[tuple[str, str, ChangeKind]] = field(
        default_factory=set[tuple[str, str, ChangeKind]]
    )
    shown: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Of a record and an object: Xero shows it."""
    totals: list[Mismatch] = field(default_factory=list[Mismatch])

    def answers(self, change: Change) -> Written | None:
        """The record that answers for a change, the nearest in time of the surest kind."""
        for sure in (Written.names, Written.touches, Written.may_be):
            found = [
                one
                for one in self.written
                if self._is_then(one, change) and sure(one, change) and self._is_free(one, change)
            ]
            if found:
                return min(found, key=lambda one: abs(one.ended - change.at))
        return None

    def match(self, change: Change) -> Mismatch | None:
        one = self.answers(change)
        if one is None:
            return _of_change(Fault.NO_RECORD, change)
        self.taken.add(_place(one, change))
        self.shown.add((one.id, change.object_id))
        if not one.names(change) and one.known is Known.UNKNOWN:
            return _of_change(Fault.NOT_SETTLED, change, written=one)
        if _differ(one, change):
            return _of_change(Fault.OTHER_TOTAL, change, written=one)
        return None

    def _is_then(self, one: Written, change: Change) -> bool:
        return one.began - self.window <= change.at <= one.ended + self.window

    def _is_free(self, one: Written, change: Change) -> bool:
        return _place(one, change) not in self.taken


def own_names(changes: Iterable[Change], written: Sequence[Written]) -> frozenset[str]:
    """By which names Xero knows our connection: those beside what our records say they made.

    What a record names as made by it, no one else can have made. Where nothing was made, the
    name that stands most often beside what the records say they changed.
    """
    made: set[str] = set()
    others: Counter[str] = Counter()
    for change in changes:
        near = [one for one in written if one.names(change) and _is_near(one, change)]
        if near and change.kind is ChangeKind.CREATED:
            made.add(change.actor)
        elif near:
            others[change.actor] += 1
    return frozenset(made or {name for name, _ in others.most_common(1)})


def compare(
    shown: Shown,
    written: Sequence[Written],
    *,
    names: Collection[str],
    since: datetime,
    window: timedelta = WINDOW,
) -> list[Mismatch]:
    """What has no record, and which record Xero does not show; oldest first, changes before."""
    matching = _Matching(written=written, window=window)
    ours = sorted((one for one in shown.changes if one.actor in names), key=_in_order)
    found: list[Mismatch] = []
    for change in ours:
        mismatch = matching.match(change)
        if mismatch is not None and change.at >= since:
            found.append(mismatch)
    with_history = {one.object_id for one in shown.changes}
    for one in written:
        if one.known is Known.DONE and one.began >= since and one.noun in {"", *shown.nouns}:
            found.extend(_not_shown(one, matching.shown, shown, with_history))
    return found


def told(mismatches: Sequence[Mismatch]) -> Mapping[Fault, int]:
    """How many there are of each."""
    return Counter(one.fault for one in mismatches)


def _not_shown(
    one: Written,
    seen: Collection[tuple[str, str]],
    shown: Shown,
    with_history: Collection[str],
) -> Iterator[Mismatch]:
    for object_id in sorted(one.ids):
        without_history = object_id in shown.known_ids and object_id not in with_history
        if (one.id, object_id) not in seen and not without_history:
            yield Mismatch(fault=Fault.NOT_SHOWN, noun=one.noun, object_id=object_id, written=one)


def _of_change(fault: Fault, change: Change, *, written: Written | None = None) -> Mismatch:
    return Mismatch(
        fault=fault,
        noun=change.noun,
        object_id=change.object_id,
        change=change,
        written=written,
    )


def _place(one: Written, change: Change) -> tuple[str, str, ChangeKind]:
    kind = ChangeKind.CHANGED if change.kind in _WHOLE else change.kind
    return one.id, change.object_id, kind


def _in_order(change: Change) -> tuple[datetime, bool]:
    """Of one moment, what was made comes first."""
    return change.at, change.kind is not ChangeKind.CREATED


def _is_near(one: Written, change: Change) -> bool:
    return one.began - WINDOW <= change.at <= one.ended + WINDOW


def _differ(one: Written, change: Change) -> bool:
    """Whether Xero says that it made something of another total than the record says."""
    if change.kind is not ChangeKind.CREATED or len(one.ids) != 1 or not one.names(change):
        return False
    totals: tuple[Decimal | None, Decimal | None] = (one.amount, change.amount)
    return None not in totals and totals[0] != totals[1]
