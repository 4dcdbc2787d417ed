"""Telling a client that its tools have changed, because the policy in force has."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import anyio

POLL_SECONDS = 2.0
"""How soon a client that asks nothing hears of a changed policy."""
MAX_AGENTS = 1_000


class Session(Protocol):
    """The one thing that is needed of a client's connection."""

    async def send_tool_list_changed(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Shown:
    names: tuple[str, ...]
    session: Session


class ListChanges:
    """Remembers what each agent was last shown, and tells it when that no longer holds."""

    def __init__(self, names_of: Callable[[str], Awaitable[Sequence[str]]]) -> None:
        self._names_of = names_of
        self._shown: dict[str, _Shown] = {}

    def shown(self, agent: str, names: Sequence[str], session: Session) -> None:
        """This is what the agent has just been told."""
        if agent in self._shown or len(self._shown) < MAX_AGENTS:
            self._shown[agent] = _Shown(tuple(names), session)

    async def look(self) -> None:
        """Tell every agent whose tools are others by now; once for each change."""
        for agent, shown in tuple(self._shown.items()):
            names = tuple(await self._names_of(agent))
            if names == shown.names:
                continue
            self._shown[agent] = _Shown(names, shown.session)
            # A client that is gone needs to be told nothing any more.
            with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
                await shown.session.send_tool_list_changed()

    async def watch(self) -> None:
        """Look every now and then, until cancelled."""
        while True:
            await anyio.sleep(POLL_SECONDS)
            await self.look()
