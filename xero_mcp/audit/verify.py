"""Is the log what was written? If not: the first record that is wrong, and what is wrong.

A chain shows a change, a gap, an intruder or a swap. It cannot show that its end was cut
off, nor that somebody who can write the file made all of it anew: signed checkpoints do.
What they say is held against the records by `witness.Witness`.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from operator import attrgetter
from typing import NamedTuple, cast

from pydantic_core import from_json

from xero_mcp.audit.canonical import Json, canonical, sha256
from xero_mcp.audit.chain import amount_of, words_in
from xero_mcp.audit.finding import Fault, Finding, WrongError
from xero_mcp.audit.forgotten import Owed
from xero_mcp.audit.purged import Stub
from xero_mcp.audit.witness import Witness
from xero_mcp.store.tables.audit import GENESIS_HASH, AuditRow

MAX_UNSIGNED = 5000
"""Checkpoints come every 500 records; more are not held to wait for one."""
NO_RECORD = "its text is not a record's JSON"
_PLAIN_NAMES = (
    "at", "kind", "id", "intent_id", "agent", "tool", "decision", "status", "contact_id",
    "amount_e4",
)  # fmt: skip
_PLAIN_COLUMNS = attrgetter(*_PLAIN_NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How many records are sound, from the first; the head to compare with a checkpoint."""

    records: int
    head_hash: str
    finding: Finding | None
    signed: int = 0
    """Up to which record a checkpoint vouches for them; 0 where none was held against them."""

    @property
    def ok(self) -> bool:
        return self.finding is None

    def complete(self) -> "Verdict":
        """The same; records that no checkpoint covers are a fault."""
        if self.finding is not None or self.signed >= self.records:
            return self
        first = self.signed + 1
        said = f"Record {first} is covered by no checkpoint: it may have been put in since."
        finding = Finding(seq=first, id=None, fault=Fault.UNSIGNED, message=said)
        return replace(self, finding=finding)


class _Link(NamedTuple):
    """What the next record must follow."""

    seq: int
    id: str | None
    prev_hash: str
    hash: str
    facts: str = ""
    """Where its content was forgotten: what the next record must say of the rest."""


_START = _Link(seq=0, id=None, prev_hash="", hash=GENESIS_HASH)


def verify(
    rows: Iterable[AuditRow],
    *,
    witness: Witness | None = None,
    after_seq: int = 0,
    has_columns: bool = True,
    start: Stub | None = None,
) -> Verdict:
    """Go through the log once, in order, holding one record at a time.

    Without `has_columns` a row is known by its text and hash alone, as in an export.
    Where the rows begin `after_seq`, what the first of them names as its predecessor is taken
    on trust, unless the witness knows it, or the `start` of a log that was purged.
    """
    seen = witness or Witness(())
    left, unsigned, owed = iter(rows), _Unsigned(seen), Owed(start)
    last = _START._replace(seq=after_seq, hash=seen.hash_of(after_seq)) if after_seq else _START
    if start is not None and start.last == after_seq:
        last = last._replace(hash=start.head_hash)
    try:
        for row in left:
            try:
                after, body = _follow(last, row, left, has_columns=has_columns)
            except WrongError as wrong:
                if wrong.finding.seq > last.seq:
                    seen.see(last.seq, last.hash)
                raise
            # One behind: what the next record says of this one is more exact.
            seen.see(last.seq, last.hash)
            unsigned.add(row, place=after.seq)
            if after.facts or owed.waits:
                owed.see(after.seq, body, is_forgotten=bool(after.facts))
            last = after
        seen.see(last.seq, last.hash)
        unsigned.must_be_canonical()
        seen.end(last.seq)
        owed.must_be_paid()
    except WrongError as wrong:
        finding = unsigned.first_wrong(before=wrong.finding) or wrong.finding
        sound = min(last.seq, finding.seq - 1)
        return Verdict(records=sound, head_hash=last.hash, finding=finding)
    return Verdict(records=last.seq, head_hash=last.hash, finding=None, signed=seen.signed)


class _Unsigned:
    """Records that no checkpoint covers yet: of those the form is checked, letter by letter.

    What a checkpoint covers is what was written, byte by byte; to write it all out once more
    would take half of the time.
    """

    def __init__(self, witness: Witness) -> None:
        self._witness = witness
        self._rows: list[tuple[int, AuditRow]] = []

    def add(self, row: AuditRow, *, place: int) -> None:
        if self._rows and self._witness.signed >= self._rows[-1][0]:
            self._rows.clear()
        self._rows.append((place, row))
        if len(self._rows) == MAX_UNSIGNED:
            self.must_be_canonical()

    def must_be_canonical(self) -> None:
        for place, row in self._rows:
            if place > self._witness.signed:
                _must_be_canonical(place, row)
        self._rows.clear()

    def first_wrong(self, *, before: Finding) -> Finding | None:
        """A record whose form is wrong, and that stands before what else was found."""
        try:
            self.must_be_canonical()
        except WrongError as wrong:
            return wrong.finding if wrong.finding.seq <= before.seq else None
        return None


def _follow(
    last: _Link, row: AuditRow, rest: Iterator[AuditRow], *, has_columns: bool
) -> tuple[_Link, dict[str, Json]]:
    body = _sound_body(last.seq + 1, row, has_columns=has_columns)
    seq, prev_hash = body.get("seq"), body.get("prev_hash")
    if row.seq != last.seq + 1 or seq != row.seq:
        raise WrongError(_out_of_place(last, row, body, rest))
    if prev_hash != last.hash and last.hash:
        raise WrongError(_broken(last, row, rest))
    if last.facts and body.get("prev_facts") != last.facts:
        raise WrongError(_other_facts(last))
    facts = "" if row.forgotten is None else sha256(row.body)
    return _Link(row.seq, row.id or _id_of(row), last.hash, row.hash, facts), body


def _sound_body(place: int, row: AuditRow, *, has_columns: bool) -> dict[str, Json]:
    """The body, if the record agrees with itself."""
    if row.forgotten is None and sha256(row.body) != row.hash:
        raise _changed(place, row, "its text does not give its hash")
    try:
        read: object = from_json(row.body, cache_strings="keys")
    except ValueError as error:
        raise _changed(place, row, NO_RECORD) from error
    if not isinstance(read, dict):
        raise _changed(place, row, NO_RECORD)
    body = cast("dict[str, Json]", read)
    if has_columns:
        wrong = _wrong_column(row, body)
        if wrong:
            raise _changed(place, row, f"its column {wrong} does not say what its text says")
    return body


def _must_be_canonical(place: int, row: AuditRow) -> None:
    try:
        read: object = _DECODER.decode(row.body)
    except (ValueError, RecursionError) as error:
        raise _changed(place, row, NO_RECORD) from error
    if not isinstance(read, dict) or canonical(cast("dict[str, Json]", read)) != row.body:
        raise _changed(place, row, "its text is not in the canonical form")


def _changed(place: int, row: AuditRow, message: str) -> WrongError:
    said = f"Record {place} ({_id_of(row)}) was changed: {message}."
    return WrongError(Finding(seq=place, id=_id_of(row), fault=Fault.CHANGED, message=said))


def _wrong_column(row: AuditRow, body: dict[str, Json]) -> str:
    """The first column that does not say what the text says."""
    get = body.get
    money = get("money")
    amount = None if money is None and row.amount_e4 is None else _amount(body)
    said = (
        get("at"), get("kind"), get("id"), get("intent_id"), get("agent"), get("tool"),
        get("decision"), get("status"), get("contact_id"), amount,
    )  # fmt: skip
    if said != _PLAIN_COLUMNS(row):
        return next(
            name
            for name, one, other in zip(_PLAIN_NAMES, said, _PLAIN_COLUMNS(row), strict=True)
            if one != other
        )
    if _inner(get("organisation")) != row.organisation_id:
        return "organisation_id"
    if _inner(get("approval")) != row.approval_id:
        return "approval_id"
    if (row.look or get("look")) and row.look != words_in(body, "look"):
        return "look"
    return ""


def _inner(part: Json) -> Json:
    """The id of a part of the body, where there is one."""
    return part.get("id") if isinstance(part, dict) else None


def _amount(body: dict[str, Json]) -> int | str | None:
    try:
        return amount_of(body)
    except ArithmeticError:
        return "none"


def _no_fractions(text: str) -> float:
    raise ValueError(f"{text} is a fraction, and a record holds none")


_DECODER = json.JSONDecoder(parse_float=_no_fractions, parse_constant=_no_fractions)


def _out_of_place(
    last: _Link, row: AuditRow, body: dict[str, Json], rest: Iterator[AuditRow]
) -> Finding:
    """The record agrees with itself but stands where another belongs."""
    place, claimed = last.seq + 1, body.get("seq")
    if isinstance(claimed, int) and claimed < place:
        if last.seq and body.get("prev_hash") == last.prev_hash:
            said = f"Record {last.seq} ({last.id}) was inserted: the next one does not know it."
            return Finding(seq=last.seq, id=last.id, fault=Fault.INSERTED, message=said)
        said = f"Record {place} ({_id_of(row)}) was inserted: it says it is number {claimed}."
        return Finding(seq=place, id=_id_of(row), fault=Fault.INSERTED, message=said)
    if any(_claims(later) == place for later in chain([row], rest)):
        said = f"Record {place} is not in its place: {_id_of(row)} says it is number {claimed}."
        return Finding(seq=place, id=_id_of(row), fault=Fault.REORDERED, message=said)
    said = f"Record {place} was removed: after {last.seq} comes {_id_of(row)}, number {claimed}."
    return Finding(seq=place, id=None, fault=Fault.REMOVED, message=said)


def _broken(last: _Link, row: AuditRow, rest: Iterator[AuditRow]) -> Finding:
    """Two neighbours are sound in themselves but do not belong together: which one is false?

    The record after them vouches for the second; without it, a forger of the second would
    have copied the right hash, so the first is false.
    """
    witness = next(rest, None)
    if last.seq == 0 or (witness is not None and _vouches_for(witness) != row.hash):
        said = f"Record {row.seq} ({_id_of(row)}) was changed and hashed anew: it does not follow."
        return Finding(seq=row.seq, id=_id_of(row), fault=Fault.CHANGED, message=said)
    said = f"Record {last.seq} ({last.id}) was changed and hashed anew: the next one disowns it."
    return Finding(seq=last.seq, id=last.id, fault=Fault.CHANGED, message=said)


def _other_facts(last: _Link) -> Finding:
    said = (
        f"Record {last.seq} ({last.id}) was changed: what was left of it when its content was "
        "forgotten is not what the next record says."
    )
    return Finding(seq=last.seq, id=last.id, fault=Fault.CHANGED, message=said)


def _id_of(row: AuditRow) -> str:
    """Its id; a row of an export has it in its text alone."""
    if row.id:
        return row.id
    found = _loose(row).get("id")
    return found if isinstance(found, str) else "which cannot be read"


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
