"""One write as the log tells it: what it was about, when, and what of Xero's history is its own."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final, NamedTuple

from xero_mcp.audit.canonical import Json
from xero_mcp.audit.crosscheck_change import Change, ChangeKind
from xero_mcp.audit.entry import Kind, Status
from xero_mcp.audit.record import Record
from xero_mcp.clock import from_iso

LATE: Final = timedelta(minutes=20)
"""A write of which nobody heard may have been tried for so long."""
MAX_DEPTH: Final = 12
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SETTLING: Final = frozenset({"Payments", "BatchPayments", "Allocations"})
_ENDS: Final = frozenset({Kind.OUTCOME, Kind.UNKNOWN, Kind.SETTLED})
_BELOW: Final[Mapping[str, frozenset[ChangeKind]]] = {
    "Allocations": frozenset({ChangeKind.SETTLED}),
    "Attachments": frozenset({ChangeKind.FILE}),
    "Email": frozenset({ChangeKind.MOVED_ON}),
    "History": frozenset({ChangeKind.NOTE}),
}
_PUT: Final = frozenset({ChangeKind.CREATED, ChangeKind.MOVED_ON})
_CHANGED: Final = frozenset({ChangeKind.CHANGED, ChangeKind.MOVED_ON, ChangeKind.REMOVED})


class Known(StrEnum):
    """What the log knows of how a write ended."""

    DONE = "done"
    MAYBE = "maybe"
    """It failed, runs, or its content was forgotten: something of it may be in Xero."""
    UNKNOWN = "unknown"


class _Sent(NamedTuple):
    method: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A call that changes something, or a note that the server left about one."""

    id: str
    """Of the intent; of a note's record with a mark behind it."""
    agent: str
    says: str
    began: datetime
    ended: datetime
    known: Known
    noun: str
    """Where it wrote; empty where its record does not tell."""
    ids: frozenset[str]
    """What it wrote, by Xero's ids."""
    beside: frozenset[str] = frozenset()
    """Other documents that its arguments name."""
    covers: frozenset[ChangeKind]
    settles: bool = False
    amount: Decimal | None = None

    def names(self, change: Change) -> bool:
        """Whether the record names that very document, and would make such a change."""
        return change.object_id in self.ids and change.kind in self.covers

    def touches(self, change: Change) -> bool:
        """Whether the change is what such a write does to another document."""
        if change.kind is ChangeKind.SETTLED:
            is_named = change.object_id in self.beside | self.ids
            is_alike = self.amount is None or self.amount == change.amount
            return self.settles and (is_named or is_alike)
        with_note = {ChangeKind.NOTE, ChangeKind.FILE, ChangeKind.MOVED_ON}
        return change.object_id in self.beside and change.kind in self.covers & with_note

    def may_be(self, change: Change) -> bool:
        """Whether a write of which too little is known could be it."""
        if self.known is Known.DONE or self.ids or change.kind not in self.covers:
            return False
        is_there = self.noun in {"", change.noun}
        return is_there and (None in {self.amount, change.amount} or self.amount == change.amount)


def writes_in(records: Iterable[Record]) -> list[Written]:
    """The writes of these records, which are all of their calls, in any order."""
    calls: dict[str, list[Record]] = {}
    notes: list[Written] = []
    for record in sorted(records, key=lambda one: one.row.seq):
        if record.row.kind == Kind.NOTE:
            notes.append(_note(record))
        elif record.row.kind == Kind.INTENT or record.row.kind in _ENDS:
            calls.setdefault(record.row.intent_id or record.id, []).append(record)
    found = (_written(story) for story in calls.values())
    return [*(one for one in found if one is not None), *notes]


def _written(story: Sequence[Record]) -> Written | None:
    """None for a call that reads, and for one that was never sent."""
    intent, last = story[0], story[-1]
    if intent.text("access") == "read":
        return None
    sent = [one for record in story for one in _sent_of(record)]
    status = last.row.status
    is_open = last.row.kind == Kind.INTENT or status == Status.UNKNOWN
    if status == Status.NOT_DONE or (not sent and not is_open and status != Status.DONE):
        return None
    ended = from_iso(last.text("happened_at") or last.row.at)
    covers = frozenset[ChangeKind]().union(*map(_covered, sent)) or frozenset(ChangeKind)
    ids = frozenset(_ids_of(story, sent))
    return Written(
        id=intent.row.intent_id or intent.id,
        agent=intent.row.agent or "",
        says=last.says or intent.says,
        began=from_iso(intent.row.at),
        ended=max(ended, from_iso(intent.row.at) + LATE) if is_open else ended,
        known=_known(last, ids),
        noun=sent[0].parts[0] if sent else "",
        ids=ids,
        beside=frozenset(_ids_in(intent.body.get("arguments"))) - ids,
        covers=covers,
        settles=not sent or any(_SETTLING & set(one.parts) for one in sent),
        amount=_amount(last) or _amount(intent),
    )


def _note(record: Record) -> Written:
    at = from_iso(record.row.at)
    return Written(
        id=f"{record.row.intent_id}/note",
        agent=record.row.agent or "",
        says=record.says,
        began=at - LATE,
        ended=at,
        known=Known.DONE if record.row.status == Status.OK else Known.MAYBE,
        noun=next((one.parts[0] for one in _sent_of(record)), ""),
        ids=frozenset(_results(record)),
        covers=frozenset({ChangeKind.NOTE}),
    )


def _known(last: Record, ids: frozenset[str]) -> Known:
    if last.row.status == Status.UNKNOWN:
        return Known.UNKNOWN
    return Known.DONE if ids and last.row.status in {Status.OK, Status.DONE} else Known.MAYBE


def _sent_of(record: Record) -> Iterator[_Sent]:
    """The requests of a record that change something."""
    listed = record.body.get("xero_requests")
    for one in listed if isinstance(listed, list) else []:
        method, path = (one.get("method"), one.get("path")) if isinstance(one, dict) else ("", "")
        if isinstance(method, str) and isinstance(path, str) and method != "GET":
            parts = tuple(part for part in path.split("/") if part)
            if parts:
                yield _Sent(method, parts)


def _covered(sent: _Sent) -> frozenset[ChangeKind]:
    below = next((_BELOW[part] for part in sent.parts[1:] if part in _BELOW), None)
    if below is not None:
        return below
    if sent.method == "PUT":
        return _PUT
    if sent.method == "DELETE":
        return frozenset({ChangeKind.REMOVED})
    # Without an id Xero makes what it does not find.
    return _CHANGED if len(sent.parts) > 1 else _CHANGED | {ChangeKind.CREATED}


def _ids_of(story: Sequence[Record], sent: Sequence[_Sent]) -> Iterator[str]:
    """The documents; the own id of a file, a note or an allocation has no history."""
    for one in sent:
        yield from _GUID.findall("/".join(one.parts[:2]).lower())
    if any(_BELOW.keys() & set(one.parts[1:]) for one in sent):
        return
    for record in story:
        if record.row.kind in _ENDS:
            yield from _results(record)
            yield from _GUID.findall((record.text("object", "id") or "").lower())


def _results(record: Record) -> Iterator[str]:
    result = record.body.get("result")
    listed = result.get("ids") if isinstance(result, dict) else None
    for one in listed if isinstance(listed, list) else []:
        yield from _GUID.findall(str(one).lower())


def _ids_in(value: Json, depth: int = 0) -> Iterator[str]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, str):
        yield from (value.lower(),) if _GUID.fullmatch(value.lower()) else ()
    elif isinstance(value, list):
        for one in value:
            yield from _ids_in(one, depth + 1)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _ids_in(one, depth + 1)


def _amount(record: Record) -> Decimal | None:
    try:
        return Decimal(record.text("money", "amount") or "")
    except InvalidOperation:
        return None
