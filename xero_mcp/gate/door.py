"""`Gate.call`: identify, decide, ask, write the intent, run, write the outcome."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from xero_mcp.agents import Agent, Caller
from xero_mcp.audit.entry import Entry, Kind
from xero_mcp.errors import ErrorCode, StoreUnavailableError, XeroMcpError
from xero_mcp.gate import asking, deciding, records, refusals
from xero_mcp.gate.answers import GateAnswer, UnknownToolError, error_answer
from xero_mcp.gate.beginning import Begun, begin
from xero_mcp.gate.passage import Passage, Progress, known
from xero_mcp.gate.repeats import Repeat, Resume
from xero_mcp.gate.rooms import Rooms
from xero_mcp.gate.running import Running
from xero_mcp.gate.suspension import suspension_of
from xero_mcp.policy.model import Outcome
from xero_mcp.policy.reach import visible
from xero_mcp.text import one_line
from xero_mcp.tool.card import ToolCard
from xero_mcp.tools.xeros_words import in_our_words


class Gate:
    """The one way in. Holds no state of its own: every fact lives in a room."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._by_name = _with_aliases(rooms.cards)

    def card(self, name: str) -> ToolCard | None:
        """The tool of that name or alias."""
        return self._by_name.get(name)

    async def visible(self, agent: Agent) -> list[ToolCard]:
        """What this agent's policy could ever let it call; nothing where there is no policy."""
        rooms = self._rooms
        in_force = rooms.policies.in_force(agent.name)
        with suppress(
            StoreUnavailableError
        ):  # it waits to be recorded; calls are refused till then
            await rooms.policies.record_changes()
            if await rooms.store.read(
                lambda tables: suspension_of(tables, agent.name, rooms.clock.now())
            ):
                return []
        if in_force.policy is None:
            return []
        return visible(in_force.policy, rooms.cards.values(), at=rooms.clock.now())

    async def call(
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
        name, arguments = in_our_words(name, arguments)
        passage = Passage(
            caller=caller,
            name=name,
            arguments=arguments,
            started_seconds=self._rooms.clock.monotonic(),
            progress=progress,
            card=self.card(name),
        )
        if passage.card is None:
            await self._refuse(passage, refusals.unknown_tool())
            raise UnknownToolError(f"Unknown tool: {one_line(name, limit=64)}")
        answer = await self._pass(passage)
        return replace(answer, content=passage.shown(answer.content))

    async def _pass(self, passage: Passage) -> GateAnswer:
        try:
            await deciding.decide_on(self._rooms, passage)
            return await self._go_on(passage)
        except XeroMcpError as error:
            return await self._refuse(passage, error)
        except StoreUnavailableError as error:
            return error_answer(refusals.cannot_record(error), audit_id=None)
        except Exception as error:  # noqa: BLE001 - the one door: a bug here must deny, and be told
            return await self._refuse(passage, refusals.broken(error))

    async def _go_on(self, passage: Passage) -> GateAnswer:
        """From the decision to the answer."""
        found = await asking.look_back(self._rooms, passage)
        if isinstance(found, Repeat):
            return await self._repeat(passage, found)
        asks = known(passage.decision, "decision").outcome is Outcome.ASK
        if asks and not isinstance(found, Resume):
            await asking.need_approval(self._rooms, passage)
        begun = await begin(self._rooms, passage)
        if isinstance(begun, Repeat):
            return await self._repeat(passage, begun)
        return await self._run(passage, begun)

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


MAX_KEPT_ARGUMENTS_BYTES = 16 * 1024
"""What a refused call keeps of its arguments: enough to see what was tried."""


def _bounded(entry: Entry) -> Entry:
    size = len(json.dumps(entry.arguments, default=str)) if entry.arguments else 0
    if size <= MAX_KEPT_ARGUMENTS_BYTES:
        return entry
    return replace(entry, arguments={"left out": f"{size} bytes of arguments"})


def _with_aliases(cards: Mapping[str, ToolCard]) -> dict[str, ToolCard]:
    known_names = dict(cards)
    for card in cards.values():
        for alias in card.aliases:
            known_names.setdefault(alias, card)
    return known_names
