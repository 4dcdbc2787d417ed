"""Forgetting a person: the content of their records goes, the evidence and the chain stay."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, cast

from xero_mcp.audit.canonical import Json, canonical, sha256
from xero_mcp.audit.entry import Entry, Extent, Kind, Status
from xero_mcp.audit.facts import facts_of
from xero_mcp.audit.forgotten import ranges_of
from xero_mcp.audit.likeness import (
    Contact,
    FullArguments,
    Match,
    Why,
    composed,
    contact_of,
    match_of,
)
from xero_mcp.audit.log import AuditLog
from xero_mcp.clock import to_iso
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.approvals import ApprovalStatus
from xero_mcp.store.tables.audit import AuditRow
from xero_mcp.store.tables.writes import WriteState

AT_ONCE = 500
"""Records in one transaction: a server beside it must not wait long."""
SCAN_ROWS = 2000
_ABOUT_CALLS = frozenset(
    {Kind.INTENT, Kind.OUTCOME, Kind.REFUSAL, Kind.APPROVAL, Kind.UNKNOWN, Kind.SETTLED,
     Kind.REVIEW}
)  # fmt: skip
"""The house's own records name people of the house alone, who answer for what they do."""
_OPEN_WRITES = frozenset({WriteState.OPEN, WriteState.UNKNOWN})
_OPEN_APPROVALS = frozenset({ApprovalStatus.PENDING, ApprovalStatus.APPROVED})


class Wanted(NamedTuple):
    """Whose records are meant; a record that fits any of these is."""

    contact: str | None = None
    """A contact's id, or the name as Xero has it."""
    record_id: str | None = None
    before: datetime | None = None
    by_text: bool = False
    """Also records in which the contact's name stands as words inside other text."""


class Taken(NamedTuple):
    """A call that would be forgotten, and why it is one of those."""

    call: str
    at: str
    tool: str
    why: Why


class _Key(NamedTuple):
    """Where a record belongs, and whether it can be forgotten."""

    seq: int
    id: str
    call: str
    approval: str | None
    is_old: bool
    is_forgotten: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be forgotten, and what cannot be yet."""

    seqs: tuple[int, ...]
    calls: tuple[str, ...]
    approvals: tuple[str, ...]
    contact_ids: tuple[str, ...]
    taken: tuple[Taken, ...]
    """Each call once, by the first of its records that fits, oldest first."""
    by_text_alone: int
    """Records in which the name stands only inside other text: taken where that is asked for."""
    under_way: int
    """Records of calls that run, wait for a person, or whose outcome nobody knows."""
    too_old: int
    """Records of an earlier version, whose hash needs every word of them."""
    old_ids: tuple[str, ...]
    """Of those: what lies beside them can be forgotten all the same."""
    kept_changes: int = 0
    """What the feed of changes holds of the contact and its documents."""
    feed_ids: tuple[str, ...] = ()
    """Under these."""


@dataclass(slots=True)
class _Found:
    keys: list[_Key] = field(default_factory=list[_Key])
    calls: dict[str, Taken] = field(default_factory=dict[str, Taken])
    loose: set[int] = field(default_factory=set[int])
    approvals: set[str] = field(default_factory=set[str])

    def of_theirs(self) -> list[_Key]:
        """Every record of a call that fits; an approval joins the calls that asked and used it."""
        for key in self.keys:
            if key.call in self.calls and key.approval:
                self.approvals.add(key.approval)
        theirs = set(self.calls)
        for key in self.keys:
            if key.approval in self.approvals:
                theirs.add(key.call)
        return [each for each in self.keys if each.call in theirs]


def plan_of(tables: Tables, wanted: Wanted, full: FullArguments) -> Plan:
    """Look through the whole log: each call that fits, with everything that was said of it."""
    said = composed((wanted.contact or "").strip())
    contact = contact_of(_rows(tables), said) if said else None
    found = _Found()
    for row in _rows(tables):
        if row.kind not in _ABOUT_CALLS:
            continue
        key = _key_of(row)
        found.keys.append(key)
        match = None if key.is_forgotten else _match(tables, row, wanted, contact, full)
        if match is None:
            continue
        if match.is_loose and not wanted.by_text:
            found.loose.add(key.seq)
        else:
            taken = Taken(key.call, row.at, row.tool or row.kind, match.why)
            found.calls.setdefault(key.call, taken)
    return _planned(tables, found, contact)


def _planned(tables: Tables, found: _Found, contact: Contact | None) -> Plan:
    in_feed = contact.all_ids if contact else ()
    theirs = found.of_theirs()
    held = _held(tables, theirs)
    ready = [key for key in theirs if not key.is_forgotten and key.call not in held]
    calls = {key.call for key in ready}
    return Plan(
        seqs=tuple(key.seq for key in ready if not key.is_old),
        calls=tuple(sorted(calls)),
        approvals=tuple(sorted({key.approval for key in ready if key.approval})),
        contact_ids=contact.ids if contact else (),
        taken=tuple(one for one in found.calls.values() if one.call in calls),
        by_text_alone=len(found.loose - {key.seq for key in theirs}),
        under_way=sum(1 for key in theirs if key.call in held),
        too_old=sum(1 for key in ready if key.is_old),
        old_ids=tuple(key.id for key in ready if key.is_old),
        kept_changes=sum(tables.changes.of_contact(one) for one in in_feed),
        feed_ids=in_feed,
    )


def _key_of(row: AuditRow) -> _Key:
    call = row.intent_id or row.approval_id if row.kind == Kind.APPROVAL else row.intent_id
    return _Key(
        seq=row.seq,
        id=row.id,
        call=call or row.id,
        approval=row.approval_id,
        is_old=row.facts is None,
        is_forgotten=row.forgotten is not None,
    )


def _match(
    tables: Tables, row: AuditRow, wanted: Wanted, contact: Contact | None, full: FullArguments
) -> Match | None:
    if wanted.before is not None and row.at < to_iso(wanted.before):
        return Match(Why.BEFORE, is_loose=False)
    if wanted.record_id in {row.id, row.intent_id, row.approval_id} - {None}:
        return Match(Why.ID, is_loose=False)
    return None if contact is None else match_of(tables, row, contact, full)


async def forget(
    store: Store, log: AuditLog, plan: Plan, *, person: str, reason: str
) -> tuple[str, ...]:
    """Carry the plan out; return the ids of the records that say so.

    Raises:
        StoreUnavailableError: it cannot be written, or a record is not what was written.
    """
    made: list[str] = []
    # Where there are old records alone there is one empty part: that something went is recorded.
    for start in range(0, max(len(plan.seqs), 1), AT_ONCE):
        part = plan.seqs[start : start + AT_ONCE]
        entry = Entry(
            kind=Kind.FORGOTTEN,
            person=person,
            reason=reason,
            status=Status.DONE,
            forgotten=Extent(records=ranges_of(part), size=len(part)),
        )
        made.append(await store.write(lambda tables, e=entry, p=part: _forget(log, tables, e, p)))
    await store.write(lambda tables: _forget_beside(tables, plan))
    return tuple(made)


def _forget(log: AuditLog, tables: Tables, entry: Entry, seqs: Sequence[int]) -> str:
    because = log.append(tables, entry).id
    for seq in seqs:
        row, *after = tables.audit.scan(seq - 1, limit=2)
        if row.forgotten is not None:
            continue
        body = cast("dict[str, Json]", json.loads(row.body))
        facts = canonical(facts_of(body))
        said = cast("dict[str, Json]", json.loads(after[0].body)).get("prev_facts")
        if sha256(row.body) != row.hash or sha256(facts) != said:
            raise StoreUnavailableError(
                f"Record {seq} is not what was written, and nothing more is forgotten. Keep a "
                "copy of the database and run `xero-mcp audit verify`."
            )
        tables.audit.forget(row, facts=facts, because=because)
    return because


def _forget_beside(tables: Tables, plan: Plan) -> None:
    for call in plan.calls:
        tables.writes.forget(call)
    for approval in plan.approvals:
        tables.approvals.forget(approval)
    for record_id in plan.old_ids:
        tables.audit.forget_beside(record_id)
    for contact_id in plan.feed_ids:
        tables.changes.forget_contact(contact_id)


def _held(tables: Tables, keys: Sequence[_Key]) -> set[str]:
    """Calls whose content is still needed."""
    held: set[str] = set()
    for key in keys:
        write = tables.writes.get(key.call)
        approval = tables.approvals.get(key.approval) if key.approval else None
        if (
            tables.running.instance_of(key.call) is not None
            or (write is not None and write.state in _OPEN_WRITES)
            or (approval is not None and approval.status in _OPEN_APPROVALS)
        ):
            held.add(key.call)
    return held


def _rows(tables: Tables) -> Iterator[AuditRow]:
    last, _ = tables.audit.tail()
    after = 0
    for _ in range(last // SCAN_ROWS + 2):
        rows = tables.audit.scan(after, limit=SCAN_ROWS)
        if not rows:
            return
        yield from rows
        after = rows[-1].seq
