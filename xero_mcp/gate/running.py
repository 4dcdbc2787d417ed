"""Running the tool and writing down how it ended, before the agent hears of it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from xero_mcp.audit.entry import Entry
from xero_mcp.clock import to_iso
from xero_mcp.errors import ErrorCode, StoreUnavailableError, XeroMcpError
from xero_mcp.gate import refusals
from xero_mcp.gate.answers import GateAnswer, error_answer
from xero_mcp.gate.attributing import attribute
from xero_mcp.gate.beginning import NOT_BEGUN, Begun, begin_to_end
from xero_mcp.gate.deciding import scoped_for
from xero_mcp.gate.grace import WRITE_GRACE_SECONDS, to_the_end
from xero_mcp.gate.passage import Passage, known
from xero_mcp.gate.records import End, answered_of, failed_of
from xero_mcp.gate.rooms import Rooms
from xero_mcp.gate.settling import Settlement
from xero_mcp.gate.spending import rows_over
from xero_mcp.gate.telling import told
from xero_mcp.gate.untrusted import note_reading
from xero_mcp.gate.views import own_view
from xero_mcp.policy.model import Mode
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.writes import WriteState
from xero_mcp.tool.answer import Answer, WriteAnswer
from xero_mcp.xero.scoped import HeldBack, ScopedXero, XeroRequest

DEFINITE = frozenset({ErrorCode.XERO_REJECTED, ErrorCode.XERO_NOT_FOUND, ErrorCode.OUTCOME_UNKNOWN})
"""What Xero says of a key it knows is said of the first try as well."""


class Running:
    """One call between its intent and its outcome."""

    def __init__(self, rooms: Rooms, passage: Passage, begun: Begun | None = None) -> None:
        """Without `begun` it is a read that is tried with what is kept in memory."""
        self._rooms = rooms
        self._passage = passage
        self._begun: Begun = begun or NOT_BEGUN
        self._is_under_way = begun is not None
        self._xero: ScopedXero | None = None
        self._answer: Answer | None = None
        self._error: XeroMcpError | None = None
        self._heard: GateAnswer | None = None

    async def to_the_end(self) -> GateAnswer:
        """Run, record, answer. A caller that stops waiting does not stop the recording."""
        grace = WRITE_GRACE_SECONDS if self._begun.write is not None else 0.0
        await to_the_end(self._run, self._record, grace_seconds=grace)
        heard: GateAnswer = known(self._heard, "answer")
        self._remember_whether_it_asked()
        if not heard.is_error and self._begun.write is not None:
            intent_id = self._begun.intent.id
            await attribute(self._rooms, self._passage, intent_id=intent_id, answer=self._answer)
        return heard

    async def from_memory(self) -> bool:
        """Run it without a request to Xero; False where that will not do."""
        held_back = self._passage.held_back = HeldBack()
        try:
            await self._run()
        finally:
            self._passage.held_back = None
        if held_back.was_needed:
            self._rooms.asks_xero.add(self._passage.known_card().name)
        return not held_back.was_needed

    def record_whole(self, tables: Tables) -> GateAnswer:
        """Write down that it began and how it ended, together.

        Raises:
            XeroMcpError, LookFirstError: as `begin`.
        """
        self._begun = begin_to_end(self._rooms, self._passage, tables)
        return self._settle(tables, self._error)

    def _remember_whether_it_asked(self) -> None:
        if self._begun.write is None and not self._requests():
            self._rooms.asks_xero.discard(self._passage.known_card().name)

    async def _run(self) -> None:
        try:
            self._answer = await self._tool_answer()
            self._error = self._hidden_from_agent(self._answer)
        except XeroMcpError as error:
            self._error = self._still_unknown(error)
        except StoreUnavailableError as error:  # it was there for the intent, and went away
            self._error = self._still_unknown(refusals.cannot_record(error))
            if self._was_sent():
                self._error = refusals.broken_while_running(error, sent=True)
        except Exception as error:  # noqa: BLE001 - a bug in a tool must not leave an open intent
            self._error = refusals.broken_while_running(error, sent=self._was_sent())

    async def _tool_answer(self) -> Answer:
        passage, rooms = self._passage, self._rooms
        tool = known(passage.tool, "tool")
        if passage.known_card().tells_of:
            return await told(rooms, passage)
        if passage.organisation is None:
            return await tool(passage.args, own_view(rooms, passage))
        write = self._begun.write
        self._xero = scoped_for(
            rooms,
            passage,
            idempotency_key=write.idempotency_key if write else None,
            is_second_try=self._begun.resumed,
        )
        return await tool(passage.args, self._xero)

    def _still_unknown(self, error: XeroMcpError) -> XeroMcpError:
        """A second try that did not get through says nothing about the first."""
        if not self._begun.resumed or error.code in DEFINITE:
            return error
        return refusals.first_try_unknown(error.retry_after_seconds)

    def _hidden_from_agent(self, answer: Answer) -> XeroMcpError | None:
        """What was read may turn out to be of an area that the policy leaves shut."""
        policy = self._passage.known_policy()
        if policy.mode is Mode.WATCH:
            return None
        for need in known(self._passage.tool, "tool").reveals(answer):
            if not policy.grant(need.area).access.covers(need.access):
                return XeroMcpError(
                    f"Denied by {policy.file}: access.{need.area} is off.",
                    code=ErrorCode.NOT_ALLOWED,
                    next_step="Do not try another way; this record is not for this agent.",
                )
        return None

    async def _record(self) -> None:
        """Make the outcome durable; only then is there something for the agent to hear."""
        error = self._error
        if error is None and self._answer is None:
            error = refusals.cut_off(sent=self._was_sent())
        store = self._rooms.store
        write = store.brief if self._begun.write is None else store.write
        try:
            self._heard = await write(lambda tables: self._settle(tables, error))
        except StoreUnavailableError:
            self._heard = await self._set_aside(error)

    async def _set_aside(self, error: XeroMcpError | None) -> GateAnswer:
        """What the store did not take waits in the spool; till then its agent writes nothing."""
        answer = None if error else self._final(known(self._answer, "answer"))
        write, happened_at = self._begun.write, to_iso(self._rooms.clock.now())
        state, told = self._end_of(error, answer.as_json() if answer else None)
        kept = await self._rooms.spool.put(
            Settlement(
                entry=replace(self._entry(answer, error), happened_at=happened_at),
                write_id=write.intent_id if write else None,
                state=state,
                answer=told,
            )
        )
        return self._not_recorded(error, kept=kept)

    def _settle(self, tables: Tables, error: XeroMcpError | None) -> GateAnswer:
        """Write down how it ended, and say what the agent hears of it."""
        over = None if error else self._rows_over(tables)
        is_watched = self._passage.known_policy().mode is Mode.WATCH
        error = error if is_watched else error or over
        answer = None if error else self._final(known(self._answer, "answer"))
        content = answer.as_json() if answer else None
        entry = self._entry(answer, error)
        if over is not None and is_watched:
            entry = self._let_pass(entry, over)
        self._rooms.audit.append(tables, entry)
        if self._is_under_way:
            tables.running.close(self._begun.intent.id)
        self._settle_write(tables, error, content)
        heard = GateAnswer(content=content or {})
        if error is not None:
            heard = error_answer(error, audit_id=self._begun.intent.id)
        note_reading(tables, self._passage, heard.content, self._rooms.clock.now())
        return heard

    def _let_pass(self, entry: Entry, over: XeroMcpError) -> Entry:
        """What a limit would have stopped, unless something is said to have stopped it before."""
        if known(self._passage.decision, "decision").watched is not None:
            return entry
        would_be = f"{over.message[:1].lower()}{over.message[1:]}"
        return replace(entry, reason=f"let pass in watch mode; else {would_be}")

    def _rows_over(self, tables: Tables) -> XeroMcpError | None:
        return rows_over(
            tables,
            self._rooms,
            self._passage,
            intent_id=self._begun.intent.id,
            answer=known(self._answer, "answer"),
        )

    def _entry(self, answer: Answer | None, error: XeroMcpError | None) -> Entry:
        rooms, passage, intent = self._rooms, self._passage, self._begun.intent
        ms = round((rooms.clock.monotonic() - passage.started_seconds) * 1000)
        end = End(record_id=rooms.audit.new_id(), requests=self._requests(), ms=ms)
        if error is not None:
            return failed_of(intent, error, end)
        entry = answered_of(intent, known(answer, "answer"), end)
        if entry.contact_name is None:
            return entry
        shown = passage.shown({"contact": entry.contact_name})
        return replace(entry, contact_name=shown["contact"])

    def _settle_write(
        self, tables: Tables, error: XeroMcpError | None, content: Mapping[str, Any] | None
    ) -> None:
        write = self._begun.write
        if write is None:
            return
        state, told = self._end_of(error, content)
        tables.writes.settle(write.intent_id, state, told)

    def _end_of(
        self, error: XeroMcpError | None, content: Mapping[str, Any] | None
    ) -> tuple[WriteState, str | None]:
        """The state of a write that ended so, and, sealed, what a repeat of it hears."""
        write = self._begun.write
        if error is None and write is not None:
            told = self._rooms.audit.sealed_text(write.intent_id, json.dumps(content))
            return WriteState.DONE, told
        if error is not None and error.code is ErrorCode.OUTCOME_UNKNOWN:
            return WriteState.UNKNOWN, None
        return (WriteState.DONE if error is None else WriteState.FAILED), None

    def _final(self, answer: Answer) -> Answer:
        if isinstance(answer, WriteAnswer):
            return answer.model_copy(update={"audit_id": self._begun.intent.id})
        return answer

    def _not_recorded(self, error: XeroMcpError | None, *, kept: bool) -> GateAnswer:
        """A read can be told as unavailable; a write that Xero answered must not be repeated."""
        if self._begun.write is None or (error and error.code is not ErrorCode.OUTCOME_UNKNOWN):
            failure = StoreUnavailableError("the outcome could not be written")
            told = refusals.cannot_record(failure)
        else:
            told = refusals.outcome_not_recorded(self._begun.intent.id, kept=kept)
        return error_answer(told, audit_id=self._begun.intent.id)

    def _requests(self) -> tuple[XeroRequest, ...]:
        return tuple(self._xero.requests) if self._xero else ()

    def _was_sent(self) -> bool:
        return any(request.method != "GET" for request in self._requests())
