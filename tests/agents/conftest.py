"""Remote agents over each kind of store, and a house in which they call."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from tests.agents.door import ALGORITHMS, Door
from tests.agents.provider import AUDIENCE, Provider, key_of, running_provider
from tests.fakes import FakeClock
from tests.gate.world import World, world
from xero_mcp.agents import Agent, AgentBook, KeyNews, NewKey
from xero_mcp.agents.identify import Identifier
from xero_mcp.agents.issuer import Issuer
from xero_mcp.agents.tokens import TokenRules, Tokens
from xero_mcp.app.identity import fetched
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.sqlite import SqliteStore

ROOT = "system user root"


@dataclass
class Keys:
    """An agent book, and what it told the audit log."""

    store: Store
    clock: FakeClock
    told: list[KeyNews] = field(default_factory=list[KeyNews])

    @property
    def book(self) -> AgentBook:
        """A book of its own each time, as every replica has one."""
        return AgentBook(self.store, self.clock, self.note)

    def note(self, tables: Tables, news: KeyNews) -> None:
        del tables
        self.told.append(news)

    async def add(self, name: str = "ap-clerk", *, policy_file: str | None = None) -> NewKey:
        return await self.book.add(name, by=ROOT, policy_file=policy_file)

    async def rotate(self, name: str = "ap-clerk", *, hours: int = 24) -> NewKey:
        return await self.book.rotate(name, by=ROOT, overlap=timedelta(hours=hours))

    async def opens(self, key: NewKey) -> bool:
        return isinstance(await self.book.identify(key.text.reveal()), Agent)


@pytest.fixture
def keys(store: Store, clock: FakeClock) -> Keys:
    return Keys(store=store, clock=clock)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as opened:
        yield opened


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        for algorithm in ALGORITHMS:
            running.show("k1" if algorithm == "RS256" else algorithm, key_of(algorithm))
        yield running


@pytest.fixture
async def door(provider: Provider, clock: FakeClock, tmp_path: Path) -> AsyncIterator[Door]:
    store = await SqliteStore.open(tmp_path / "a.db", clock=clock)
    recorded: list[str] = []

    async def record(why: str) -> None:
        recorded.append(why)

    async def has_policy(name: str) -> bool:
        return name == "ap-clerk"

    def note(tables: Tables, news: KeyNews) -> None:
        del tables, news

    tokens = Tokens(
        Issuer(provider.url, fetched, clock),
        clock,
        TokenRules(audiences=frozenset({AUDIENCE}), agent_claim="agent"),
        has_policy=has_policy,
    )
    identifier = Identifier(
        AgentBook(store, clock, note),
        clock,
        record,
        tokens=tokens,
        xero_hosts=frozenset({"xero.test"}),
    )
    yield Door(identifier=identifier, provider=provider, clock=clock, recorded=recorded)
    await store.close()
