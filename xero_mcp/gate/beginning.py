"""The first lasting step: intent, claim and use of the approval, durable together or not at all."""

from dataclasses import dataclass
from typing import Any

from xero_mcp.audit.entry import Entry, Kind
from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.gate.asking import asked_now
from xero_mcp.gate.credentials import must_hold_its_key
from xero_mcp.gate.deciding import decide_again, look_at_last, must_be_the_same_policy
from xero_mcp.gate.marks import Noted, contact_of, noted
from xero_mcp.gate.passage import Passage, known
from xero_mcp.gate.records import as_refs, known_of
from xero_mcp.gate.repeats import Repeat, Resume, held_back, look
from xero_mcp.gate.rooms import Rooms
from xero_mcp.gate.suspension import must_not_be_suspended
from xero_mcp.gate.touching import touches_of
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.writes import WriteRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A call whose intent is durable: from here on an outcome is owed."""

    intent: Entry
    write: WriteRow | None
    """The row of the ledger of writes; for a second try it is that of the first."""
    resumed: bool = False
    """Whether this is a second try, under the first one's key."""


NOT_BEGUN = Begun(intent=Entry(kind=Kind.INTENT), write=None)
"""In place of one that is still to come."""


async def begin(rooms: Rooms, passage: Passage) -> Begun | Repeat:
    """Make the intent durable.

    Raises:
        XeroMcpError: meanwhile another call used the approval, the budget or did the write.
        LookFirstError: what was remembered of the agent does not hold.
        StoreUnavailableError: it cannot be written; then nothing is done.
    """
    intent_id = rooms.audit.new_id()
    write = rooms.store.write if passage.known_card().writes else rooms.store.brief
    return await write(lambda tables: _begin(rooms, passage, tables, intent_id))


def begin_to_end(rooms: Rooms, passage: Passage, tables: Tables) -> Begun:
    """Append the intent of a read whose outcome follows in this very transaction.

    Raises:
        XeroMcpError, LookFirstError: as `begin`.
    """
    _must_stand(rooms, passage, tables)
    intent = Entry(kind=Kind.INTENT, id=rooms.audit.new_id(), **_facts_of(passage))
    rooms.audit.append(tables, intent)
    return Begun(intent=intent, write=None)


def _must_stand(rooms: Rooms, passage: Passage, tables: Tables) -> None:
    """What must hold at the moment of the intent, whatever held before."""
    now = rooms.clock.now()
    must_not_be_suspended(tables, passage.agent.name, now)
    must_hold_its_key(tables, passage.agent, now)
    look_at_last(rooms, passage, tables)


def _facts_of(passage: Passage) -> dict[str, Any]:
    facts = known_of(passage)
    facts["contact_id"] = contact_of(passage)
    return facts


def _begin(rooms: Rooms, passage: Passage, tables: Tables, intent_id: str) -> Begun | Repeat:
    _must_stand(rooms, passage, tables)
    write: WriteRow | None = None
    note = Noted()
    if passage.known_card().writes:
        found = look(tables, asked_now(rooms, passage))
        if isinstance(found, Repeat):
            return found
        if found is None:
            note = noted(rooms, passage, tables)
        write = _claim(rooms, passage, tables, found or intent_id)
    intent = Entry(
        kind=Kind.INTENT,
        id=intent_id,
        idempotency_key=write.idempotency_key if write else None,
        xero_requests=as_refs(passage.early_requests),
        marks=note.marks,
        limits=note.limits,
        **_facts_of(passage),
    )
    rooms.audit.append(tables, intent)
    tables.running.open(
        intent_id,
        rooms.instance,
        rooms.clock.now(),
        write_id=write.intent_id if write else None,
    )
    resumed = write is not None and write.intent_id != intent_id
    return Begun(intent=intent, write=write, resumed=resumed)


def _claim(rooms: Rooms, passage: Passage, tables: Tables, found: Resume | str) -> WriteRow:
    """Enter the write in the ledger, or take up the first try of it again."""
    if isinstance(found, Resume):
        taken = tables.writes.take_up(found.row, rooms.instance)
        if taken is None:
            raise held_back(found.row.intent_id)
        return taken
    must_be_the_same_policy(rooms, passage, tables)
    decide_again(rooms, passage, tables)
    if passage.approval_id is not None:
        digest = passage.approval_digest or ""
        if not rooms.approvals.consume(tables, passage.approval_id, digest, found):
            raise _used_up(passage.approval_id)
    payload = known(passage.payload, "payload")
    reserve = known(passage.decision, "decision").reserve
    row = WriteRow(
        intent_id=found,
        agent=payload.agent,
        organisation_id=payload.organisation_id,
        tool=payload.tool,
        request_digest=payload.request_digest(),
        payload_digest=payload.content_digest(),
        idempotency_key=f"xero-mcp-{found}",
        first_sent_at=rooms.clock.now(),
        instance=rooms.instance,
        money=reserve.money if reserve else None,
        contacts=tuple(sorted(passage.facts.contact_ids or ())),
        touches=touches_of(passage),
    )
    tables.writes.claim(row)
    return row


def _used_up(approval_id: str) -> XeroMcpError:
    return XeroMcpError(
        "That approval was used by another call, or has just run out; it lets one call through.",
        code=ErrorCode.APPROVAL_EXPIRED,
        next_step="Look whether the other call did it. If not, send the call again to ask anew.",
        details=[Detail(path="approval_id", message=approval_id)],
    )
