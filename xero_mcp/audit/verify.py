"""Is the log what was written? If not: the first record that is wrong, and what is wrong.

A chain shows a change, a gap, an intruder or a swap. It cannot show that its end was cut
off, nor that somebody who can write the file made all of it anew: signed checkpoints do.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import cast

from xero_mcp.audit.canonical import Json, canonical, sha256
from xero_mcp.audit.chain import columns_of
from xero_mcp.store.tables.audit import GENESIS_HASH, AuditRow

_LAST_BASIC_CHARACTER = "\uffff"


class Fault(StrEnum):
    """What can be wrong with a log."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The first record that is wrong."""

    seq: int
    """Its place, counted from 1; of a removed record, the place where it is missing."""
    id: str | None
    fault: Fault
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How many records are sound, from the first; the head to compare with a checkpoint."""

    records: int
    head_hash: str
    finding: Finding | None

    @property
    def ok(self) -> bool:
        return self.finding is None


class _WrongError(Exception):
    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(frozen=True, slots=True, kw_only=True)
class _Link:
    """What the next record must follow."""

    seq: int
    id: str | None
    prev_hash: str
    hash: str


_START = _Link(seq=0, id=None, prev_hash="", hash=GENESIS_HASH)


def verify(rows: Iterable[AuditRow]) -> Verdict:
    """Go through the log once, in order, holding one record at a time."""
    left = iter(rows)
    last = _START
    try:
        for row in left:
            last = _follow(last, row, left)
    except _WrongError as wrong:
        sound = min(last.seq, wrong.finding.seq - 1)
        return Verdict(records=sound, head_hash=last.hash, finding=wrong.finding)
    return Verdict(records=last.seq, head_hash=last.hash, finding=None)


def _follow(last: _Link, row: AuditRow, rest: Iterator[AuditRow]) -> _Link:
    body = _sound_body(last.seq + 1, row)
    seq, prev_hash = body.get("seq"), body.get("prev_hash")
    if row.seq != last.seq + 1 or seq != row.seq:
        raise _WrongError(_out_of_place(last, row, body, rest))
    if prev_hash != last.hash:
        raise _WrongError(_broken(last, row, rest))
    return _Link(seq=row.seq, id=row.id, prev_hash=last.hash, hash=row.hash)


def _sound_body(place: int, row: AuditRow) -> dict[str, Json]:
    """The body, if the record agrees with itself."""

    def changed(message: str) -> _WrongError:
        said = f"Record {place} ({row.id}) was changed: {message}."
        return _WrongError(Finding(seq=place, id=row.id, fault=Fault.CHANGED, message=said))

    if sha256(row.body) != row.hash:
        raise changed("its text does not give its hash")
    try:
        read: object = _DECODER.decode(row.body)
    except (ValueError, RecursionError) as error:
        raise changed("its text is not a record's JSON") from error
    if not isinstance(read, dict):
        raise changed("its text is not a record's JSON")
    body = cast("dict[str, Json]", read)
    if not _is_canonical(row.body, body):
        raise changed("its text is not in the canonical form")
    for name, value in columns_of(body).items():
        if getattr(row, name) != value:
            raise changed(f"its column {name} does not say what its text says")
    return body


def _no_fractions(text: str) -> float:
    raise ValueError(f"{text} is a fraction, and a record holds none")


_DECODER = json.JSONDecoder(parse_float=_no_fractions, parse_constant=_no_fractions)
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _is_canonical(text: str, body: dict[str, Json]) -> bool:
    # Without fractions, Python's own writer differs from RFC 8785 in one thing: how it sorts
    # names beyond the basic plane. Where such characters occur the slower library decides.
    if text.isascii() or max(text) <= _LAST_BASIC_CHARACTER:
        return _ENCODER.encode(body) == text
    return canonical(body) == text


def _out_of_place(
    last: _Link, row: AuditRow, body: dict[str, Json], rest: Iterator[AuditRow]
) -> Finding:
    """The record agrees with itself but stands where another belongs."""
    place, claimed = last.seq + 1, body.get("seq")
    if isinstance(claimed, int) and claimed < place:
        if last.seq and body.get("prev_hash") == last.prev_hash:
            said = f"Record {last.seq} ({last.id}) was inserted: the next one does not know it."
            return Finding(seq=last.seq, id=last.id, fault=Fault.INSERTED, message=said)
        said = f"Record {place} ({row.id}) was inserted: it says it is number {claimed}."
        return Finding(seq=place, id=row.id, fault=Fault.INSERTED, message=said)
    if any(_claims(later) == place for later in chain([row], rest)):
        said = f"Record {place} is not in its place: {row.id} says it is number {claimed}."
        return Finding(seq=place, id=row.id, fault=Fault.REORDERED, message=said)
    said = f"Record {place} was removed: after {last.seq} comes {row.id}, number {claimed}."
    return Finding(seq=place, id=None, fault=Fault.REMOVED, message=said)


def _broken(last: _Link, row: AuditRow, rest: Iterator[AuditRow]) -> Finding:
    """Two neighbours are sound in themselves but do not belong together: which one is false?

    The record after them vouches for the second; without it, a forger of the second would
    have copied the right hash, so the first is false.
    """
    witness = next(rest, None)
    if last.seq == 0 or (witness is not None and _vouches_for(witness) != row.hash):
        said = f"Record {row.seq} ({row.id}) was changed and hashed anew: it does not follow."
        return Finding(seq=row.seq, id=row.id, fault=Fault.CHANGED, message=said)
    said = f"Record {last.seq} ({last.id}) was changed and hashed anew: the next one disowns it."
    return Finding(seq=last.seq, id=last.id, fault=Fault.CHANGED, message=said)


def _claims(row: AuditRow) -> Json:
    return _loose(row).get("seq")


def _vouches_for(row: AuditRow) -> Json:
    return _loose(row).get("prev_hash")


def _loose(row: AuditRow) -> dict[str, Json]:
    try:
        read: object = json.loads(row.body)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Json]", read) if isinstance(read, dict) else {}
