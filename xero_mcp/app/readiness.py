"""Whether this replica should be sent work: what `/readyz` asks of the rooms behind the gate."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from xero_mcp.errors import XeroMcpError
from xero_mcp.gate import Rooms
from xero_mcp.gate.deciding import agent_scopes
from xero_mcp.policy.model import Policy

XERO_SECONDS: Final = 60.0
"""Whoever asks how often: Xero is looked at no more than once in this time."""


class NoPolicyError(Exception):
    """No file is good, so every call would be refused."""


class Readiness:
    """Looks at the policies each time, and at Xero now and then."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._asked_at: float | None = None
        self._trouble: XeroMcpError | None = None

    def checks(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """By the names under which `/readyz` shows them."""
        return {"store": self._rooms.store.check, "policy": self._policy, "xero": self._xero}

    async def _policy(self) -> None:
        self._good_policy()

    async def _xero(self) -> None:
        now = self._rooms.clock.monotonic()
        if self._asked_at is None or now - self._asked_at >= XERO_SECONDS:
            self._asked_at = now  # a second one who asks meanwhile hears what was known before
            self._trouble = await self._found()
        if self._trouble is not None:
            raise self._trouble

    async def _found(self) -> XeroMcpError | None:
        policy = self._good_policy()
        try:
            await self._rooms.xero.organisations(agent_scopes(self._rooms, policy))
        except XeroMcpError as error:
            return error
        return None

    def _good_policy(self) -> Policy:
        policies = self._rooms.policies
        for name in policies.names():
            policy = policies.in_force(name, file=None).policy
            if policy is not None:
                return policy
        raise NoPolicyError
