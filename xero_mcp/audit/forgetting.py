"""Forgetting a person: the content of their records goes, the evidence and the chain stay."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, cast

from xero_mcp.audit.canonical import Json, canonical, sha256
from xero_mcp.audit.entry import Entry, Extent, Kind, Status
from xero_mcp.audit.facts import facts_of
from xero_mcp.audit.forgotten import ranges_of
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

FullArguments = Callable[[Tables, str], str]
"""The full arguments of a record as text; empty where there are none."""


class Wanted(NamedTuple):
    """Whose records are meant; a record that fits any of these is."""

    contact: str | None = None
    """A contact's id, or the name as Xero has it."""
    record_id: str | None = None
    before: datetime | None = None


class _Key(NamedTuple):
    """Where a record belongs, and whether it can be forgotten."""

    seq: int
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
    under_way: int
    """Records of calls that run, wait for a person, or whose outcome nobody knows."""
    too_old: int
    """Records of an earlier version, whose hash needs every word of them."""


@dataclass(slots=True)
class _Found:
    keys: list[_Key] = field(default_factory=list[_Key])
    calls: set[str] = field(default_factory=set[str])
    approvals: set[str] = field(default_factory=set[str])

    def of_theirs(self) -> list[_Key]:
        """Every record of a call that fits; an approval joins the calls that asked and used it."""
        for key in self.keys:
            if key.call in self.calls and key.approval:
                self.approvals.add(key.approval)
        for key in self.keys:
            if key.approval in self.approvals:
                self.calls.add(key.call)
        return [each for each in self.keys if each.call in self.calls]


def plan_of(tables: Tables, wanted: Wanted, full: FullArguments) -> Plan:
    """Look through the whole log: each call that fits, with everything that was said of it."""
    found, looked_for = _Found(), _Likeness.of(tables, wanted, full)
    for row in _rows(tables):
        if row.kind not in _ABOUT_CALLS:
            continue
        call = row.intent_id or row.approval_id if row.kind == Kind.APPROVAL else row.intent_id
        key = _Key(
            row.seq, call or row.id, row.approval_id, row.facts is None, row.forgotten is not None
        )
        found.keys.append(key)
        if not key.is_forgotten and looked_for.fits(tables, row):
            found.calls.add(key.call)
    theirs = found.of_theirs()
    held = _held(tables, theirs)
    ready = [key for key in theirs if not key.is_forgotten and key.call not in held]
    return Plan(
        seqs=tuple(key.seq for key in ready if not key.is_old),
        calls=tuple(sorted({key.call for key in ready})),
        approvals=tuple(sorted({key.approval for key in ready if key.approval})),
        contact_ids=looked_for.ids,
        under_way=sum(1 for key in theirs if key.call in held),
        too_old=sum(1 for key in ready if key.is_old),
    )


async def forget(
    store: Store, log: AuditLog, plan: Plan, *, person: str, reason: str
) -> tuple[str, ...]:
    """Carry the plan out; return the ids of the records that say so.

    Raises:
        StoreUnavailableError: it cannot be written, or a record is not what was written.
    """
    made: list[str] = []
    for start in range(0, len(plan.seqs), AT_ONCE):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Likeness:
    """How a record is known to be one of those."""

    wanted: Wanted
    ids: tuple[str, ...]
    words: re.Pattern[str] | None
    full: FullArguments

    @classmethod
    def of(cls, tables: Tables, wanted: Wanted, full: FullArguments) -> "_Likeness":
        contact = (wanted.contact or "").strip()
        if not contact:
            return cls(wanted=wanted, ids=(), words=None, full=full)
        name = json.dumps(contact, ensure_ascii=False)[1:-1]
        named = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        ids = {row.contact_id for row in _rows(tables) if row.contact_id and _names(row, name)}
        words = [re.escape(each) for each in sorted(ids)] + [re.escape(name)]
        both = re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)
        return cls(wanted=wanted, ids=tuple(sorted(ids)), words=both if ids else named, full=full)

    def fits(self, tables: Tables, row: AuditRow) -> bool:
        asked = self.wanted
        if asked.before is not None and row.at < to_iso(asked.before):
            return True
        if asked.record_id in {row.id, row.intent_id, row.approval_id} - {None}:
            return True
        if self.words is None:
            return False
        return bool(self.words.search(row.body) or self.words.search(self.full(tables, row.id)))


def _names(row: AuditRow, name: str) -> bool:
    """Whether the contact of this record is the one of that name: it stands last, in brackets."""
    return f"{name})".casefold() in row.body.casefold()


def _rows(tables: Tables) -> Iterator[AuditRow]:
    last, _ = tables.audit.tail()
    after = 0
    for _ in range(last // SCAN_ROWS + 2):
        rows = tables.audit.scan(after, limit=SCAN_ROWS)
        if not rows:
            return
        yield from rows
        after = rows[-1].seq
