"""Credentials of what stays open: looked at again and again, so that a revoked one ends it."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import anyio

from xero_mcp.agents import Agent, Refused
from xero_mcp.errors import StoreUnavailableError


@dataclass(slots=True)
class _Credential:
    token: str
    agent: Agent
    over: anyio.Event
    holders: int = 0


class Held:
    """The credentials behind open streams; many streams of one are one look."""

    def __init__(
        self, identify: Callable[[str], Awaitable[Agent | Refused]], *, recheck_seconds: float
    ) -> None:
        self._identify = identify
        self._recheck_seconds = recheck_seconds
        self._held: dict[bytes, _Credential] = {}

    async def until_over(self, agent: Agent, token: str | None) -> None:
        """Wait until this credential no longer is this agent's; for ever, where there is none."""
        if token is None:
            await anyio.sleep_forever()
            return
        mark = hashlib.sha256(f"{agent} {token}".encode()).digest()
        one = self._held.setdefault(mark, _Credential(token, agent, anyio.Event()))
        one.holders += 1
        try:
            await one.over.wait()
        finally:
            one.holders -= 1
            if not one.holders and self._held.get(mark) is one:
                del self._held[mark]

    async def watch(self) -> None:
        """Look every now and then, until cancelled."""
        while True:
            await anyio.sleep(self._recheck_seconds)
            await self.look()

    async def look(self) -> None:
        """Let go of what no longer holds; while nobody can tell, no call passes, and all stays."""
        for mark, one in tuple(self._held.items()):
            try:
                found = await self._identify(one.token)
            except StoreUnavailableError:
                continue
            if found != one.agent:
                self._held.pop(mark, None)
                one.over.set()
