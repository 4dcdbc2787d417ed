"""The way of one call: identify, decide, ask, write the intent, run, write the outcome."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from xero_mcp.agents import Agent, Caller
from xero_mcp.audit.entry import Entry, Kind
from xero_mcp.errors import ErrorCode, StoreUnavailableError, XeroMcpError
from xero_mcp.gate import asking, deciding, records, refusals
from xero_mcp.gate.answers import GateAnswer, Progress, UnknownToolError, error_answer
from xero_mcp.gate.beginning import Begun, begin
from xero_mcp.gate.depth import no_deeper
from xero_mcp.gate.passage import Passage, known
from xero_mcp.gate.repeats import Repeat, Resume
from xero_mcp.gate.rooms import Rooms
from xero_mcp.gate.running import Running
from xero_mcp.gate.straight import straight
from xero_mcp.gate.untrusted import noted
from xero_mcp.policy.model import Outcome
from xero_mcp.text import one_line
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.meant import Fronts
from xero_mcp.tools.xeros_words import in_our_words

MAX_KEPT_ARGUMENTS_BYTES = 16 * 1024
"""What a refused call keeps of its arguments: enough to see what was tried."""


class Shown(Protocol):
    """Which tools there are, and which of them an agent is shown."""

    def card(self, name: str) -> ToolCard | None: ...
    async def listed(self, agent: Agent) -> list[ToolCard]: ...


class Way:
    """Holds no state of its own."""

    def __init__(self, rooms: Rooms, shown: Shown, fronts: Fronts) -> None:
        self._rooms = rooms
        self._shown_tools = shown
        self._fronts = fronts

    async def take(
        self,
        caller: Caller,
        name: str,
        arguments: Mapping[str, object],
        *,
        progress: Progress | None = None,
    ) -> GateAnswer:
        """Let one call through, or say why not; every way it goes is written down first.

        Raises:
            UnknownToolError: there is no such tool.
        """
        name, arguments = in_our_words(name, no_deeper(arguments))
        passage = Passage(
            caller=caller,
            name=name,
            arguments=arguments,
            started_seconds=self._rooms.clock.monotonic(),
            progress=progress,
        )
        try:
            meant = self._fronts.meant(name, arguments)
        except XeroMcpError as error:
            return await self._refuse(passage, await self._of_front(passage, error))
        if meant is not None:
            passage.name, passage.arguments = meant.tool, meant.arguments
        passage.card = self._shown_tools.card(passage.name)
        if passage.card is None:
            await self._refuse(passage, refusals.unknown_tool())
            raise UnknownToolError(f"Unknown tool: {one_line(name, limit=64)}")
        passage.schema_hash = self._rooms.worked_out.schema_hash(passage.card)
        answer = await self._shown(passage)
        content = passage.shown(answer.content)
        if meant is not None:
            content = meant.retold(content)
        return answer if content is answer.content else replace(answer, content=content)

    async def _of_front(self, passage: Passage, error: XeroMcpError) -> XeroMcpError:
        """Who may use nothing behind a name hears that, and not how it would be called."""
        listed = await self._shown_tools.listed(passage.agent)
        if any(card.name == passage.name for card in listed):
            return error
        in_force = self._rooms.policies.as_last_known(passage.agent.name)
        if in_force.policy is None:
            return refusals.no_policy(in_force)
        return refusals.nothing_behind(passage.name, in_force.policy)

    async def _shown(self, passage: Passage) -> GateAnswer:
        """What others wrote is shown only once it is noted that this conversation read it."""
        try:
            return await noted(self._rooms, passage, await self._pass(passage))
        except StoreUnavailableError as error:
            return error_answer(refusals.cannot_record(error), audit_id=None)

    async def _pass(self, passage: Passage) -> GateAnswer:
        try:
            answer = await straight(self._rooms, passage)
            if answer is not None:
                return answer
            await deciding.read_call(self._rooms, passage)
            found = await asking.look_back(self._rooms, passage)
            if isinstance(found, Repeat) and deciding.may_hear_again(passage):
                return await self._repeat(passage, found)
            resumes = isinstance(found, Resume)
            await deciding.decide_on(self._rooms, passage, is_second_try=resumes)
            return await self._go_on(passage, resumes=resumes)
        except XeroMcpError as error:
            return await self._refuse(passage, error)
        except StoreUnavailableError as error:
            return error_answer(refusals.cannot_record(error), audit_id=None)
        except Exception as error:  # noqa: BLE001 - the one door: a bug here must deny, and be told
            return await self._refuse(passage, refusals.broken(error))

    async def _go_on(self, passage: Passage, *, resumes: bool) -> GateAnswer:
        """From the decision to the answer."""
        if not resumes:  # what it would find may be what its first try made
            try:
                await self._before_anything_is_used(passage)
            except XeroMcpError as error:
                found = await self._done_meanwhile(passage, error)
                if found is None:
                    raise
                return await self._repeat(passage, found)
        begun = await begin(self._rooms, passage)
        if isinstance(begun, Repeat):
            return await self._repeat(passage, begun)
        return await self._run(passage, begun)

    async def _done_meanwhile(self, passage: Passage, error: XeroMcpError) -> Repeat | None:
        """The same call, sent twice at once: what is there already may be what the other made."""
        if error.code is not ErrorCode.DUPLICATE:
            return None
        found = await asking.look_back(self._rooms, passage)
        return found if isinstance(found, Repeat) and deciding.may_hear_again(passage) else None

    async def _before_anything_is_used(self, passage: Passage) -> None:
        """What must hold while no approval, no limit and no write is claimed yet."""
        await asking.check(self._rooms, passage)
        if known(passage.decision, "decision").outcome is Outcome.ASK:
            await asking.need_approval(self._rooms, passage)

    async def _run(self, passage: Passage, begun: Begun) -> GateAnswer:
        running = Running(self._rooms, passage, begun)
        return await running.to_the_end()

    async def _repeat(self, passage: Passage, repeat: Repeat) -> GateAnswer:
        """The first answer once more; that it was asked for again is written down."""
        entry = records.entry_of(passage, kind=Kind.REFUSAL)
        noted = replace(
            entry,
            reason="done before; the first answer was given again",
            error_code="REPEATED",
        )
        await self._rooms.audit.record(noted)
        return GateAnswer(content={**repeat.answer, "repeated": True})

    async def _refuse(self, passage: Passage, error: XeroMcpError) -> GateAnswer:
        """Write the refusal down, then tell it; where it cannot be written, tell that instead."""
        try:
            record = await self._rooms.audit.record(_bounded(records.refusal_of(passage, error)))
        except StoreUnavailableError as failure:
            if error.code is ErrorCode.AUDIT_UNAVAILABLE:
                return error_answer(error, audit_id=None)
            return error_answer(refusals.cannot_record(failure), audit_id=None)
        return error_answer(error, audit_id=record.id)


def _bounded(entry: Entry) -> Entry:
    given = entry.full_arguments or entry.arguments
    size = len(json.dumps(given, default=str)) if given else 0
    if size <= MAX_KEPT_ARGUMENTS_BYTES:
        return entry
    left_out = {"left out": f"{size} bytes of arguments"}
    return replace(entry, arguments=left_out, full_arguments=None)
