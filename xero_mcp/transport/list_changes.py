"""Telling clients that their tools have changed, because the policy in force has."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import anyio
from mcp.server.subscriptions import (
    PromptsListChanged,
    ResourcesListChanged,
    ServerEvent,
    ToolsListChanged,
)

from xero_mcp.transport.subscriptions import Buses

POLL_SECONDS = 2.0
"""How soon a client that asks nothing hears of a changed policy."""
TELL_SECONDS = 5.0
"""A client that does not take it by then is told nothing more."""
ALL_LISTS: tuple[ServerEvent, ...] = (
    ToolsListChanged(),
    PromptsListChanged(),
    ResourcesListChanged(),
)
"""Which prompts and resources there are hangs on the tools; a client hears of what it asked for."""
MAX_AGENTS = 1_000
MAX_SESSIONS = 4_000


class Session(Protocol):
    """The one thing that is needed of a client's connection."""

    async def send_tool_list_changed(self) -> None: ...


@dataclass(slots=True)
class _Shown:
    names: tuple[str, ...]
    sessions: dict[str, Session] = field(default_factory=dict[str, Session])


class ListChanges:
    """Remembers what each agent was last shown, and tells its clients when that no longer holds.

    Older clients are told on the connection on which they asked; newer ones on their agent's
    bus, where they listen.
    """

    def __init__(self, names_of: Callable[[str], Awaitable[Sequence[str]]], buses: Buses) -> None:
        self._names_of = names_of
        self._buses = buses
        self._shown: dict[str, _Shown] = {}

    def shown(
        self, agent: str, names: Sequence[str], session: Session, *, conversation: str
    ) -> None:
        """This is what the agent has just been told; without a conversation nobody stays on."""
        known = self._shown.get(agent)
        if known is None:
            if not conversation or len(self._shown) >= MAX_AGENTS:
                return
            known = self._shown[agent] = _Shown(tuple(names))
        if not known.sessions and not self._buses.is_heard(agent):
            known.names = tuple(names)  # nobody is left who was told anything else
        room = sum(len(one.sessions) for one in self._shown.values()) < MAX_SESSIONS
        if conversation and (conversation in known.sessions or room):
            known.sessions[conversation] = session

    async def listened(self, agent: str) -> None:
        """Somebody listens on the agent's bus from now on."""
        if agent not in self._shown and len(self._shown) < MAX_AGENTS:
            names = await self._names_of(agent)
            self._shown.setdefault(agent, _Shown(tuple(names)))

    def gone(self, conversation: str) -> None:
        """That conversation is over."""
        for known in self._shown.values():
            known.sessions.pop(conversation, None)

    async def look(self) -> None:
        """Tell everybody whose tools are others by now; once for each change."""
        for agent, known in tuple(self._shown.items()):
            if not known.sessions and not self._buses.is_heard(agent):
                self._shown.pop(agent, None)
                continue
            names = tuple(await self._names_of(agent))
            if names == known.names:
                continue
            known.names = names
            for event in ALL_LISTS:
                await self._buses.of(agent).publish(event)
            async with anyio.create_task_group() as telling:
                for conversation in tuple(known.sessions):
                    telling.start_soon(self._tell, known, conversation)

    async def watch(self, every_seconds: float = POLL_SECONDS) -> None:
        """Look every now and then, until cancelled."""
        while True:
            await anyio.sleep(every_seconds)
            await self.look()

    async def _tell(self, known: _Shown, conversation: str) -> None:
        session = known.sessions.get(conversation)
        if session is None:
            return
        with anyio.move_on_after(TELL_SECONDS) as waiting:
            # A client that is gone needs to be told nothing any more.
            with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
                await session.send_tool_list_changed()
        if waiting.cancelled_caught:
            known.sessions.pop(conversation, None)
