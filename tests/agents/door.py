"""Identifying credentials, beside a provider that really runs."""

from dataclasses import dataclass, field

from tests.agents.provider import Provider
from tests.fakes import START, FakeClock
from xero_mcp.agents import Agent, Refused
from xero_mcp.agents.identify import Identifier

NOW = int(START.timestamp())
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]


@dataclass
class Door:
    """Identifying, beside the provider that it asks."""

    identifier: Identifier
    provider: Provider
    clock: FakeClock
    recorded: list[str] = field(default_factory=list[str])

    async def name(self, token: str) -> str:
        found = await self.identifier.identify(token)
        assert isinstance(found, Agent), found
        return found.name

    async def why(self, token: str) -> str:
        found = await self.identifier.identify(token)
        assert isinstance(found, Refused), found
        assert found.why.isascii()  # it travels in a header, between quotes
        assert not set(found.why) & set('"\\')
        return found.why
