from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.changes.deliveries import KEY, ORGANISATION, signed
from tests.fakes import FakeClock
from xero_mcp.audit.log import AuditLog
from xero_mcp.changes.receiving import Receiver, Receiving, Verdict
from xero_mcp.settings import Secret
from xero_mcp.store.base import Store, Tables
from xero_mcp.xero.connected import Connected


@dataclass
class Post:
    """A receiver, and a look at what it left in the store."""

    store: Store
    clock: FakeClock
    keys: tuple[Secret, ...] = (KEY,)
    connected: Connected = field(
        default_factory=lambda: Connected(ids=frozenset({ORGANISATION}), is_whole=True)
    )
    woken: int = 0

    def __post_init__(self) -> None:
        self.audit = AuditLog(self.store, self.clock)
        self.receiver = self.another()

    def another(self) -> Receiver:
        """One more process over the same store."""
        given = Receiving(
            store=self.store,
            audit=self.audit,
            clock=self.clock,
            keys=self.keys,
            connected=lambda _: self.connected,
        )
        return Receiver(given, wake=self._wake)

    async def take(self, content: bytes, signatures: Sequence[str] | None = None) -> Verdict:
        """Deliver it, well signed where nothing else is said; then write down what was refused."""
        given = signed(content) if signatures is None else signatures
        verdict = await self.receiver.take(content, given)
        await self.receiver.settle()
        return verdict

    async def counts(self) -> dict[str, int]:
        """How often what happened, over all days."""
        long_ago = self.clock.now().replace(year=2000)
        found = await self.store.read(lambda tables: tables.webhooks.counts(long_ago))
        total: dict[str, int] = {}
        for one in found:
            total[one.outcome] = total.get(one.outcome, 0) + one.amount
        return total

    async def waiting(self) -> dict[str, int]:
        """The things that are to be read, and for how many events each."""

        def look(tables: Tables) -> dict[str, int]:
            now = self.clock.now().replace(year=2100)
            found = tables.change_work.take("look", now=now, ends_at=now, limit=100_000)
            return {one.resource_id: one.events for one in found}

        return await self.store.write(look)

    async def says(self) -> list[str]:
        """What the audit log says, oldest first."""
        records = await self.audit.records(is_live=lambda _: True, limit=500)
        return [record.says for record in reversed(records)]

    def _wake(self) -> None:
        self.woken += 1


@pytest.fixture
def anywhere(store: Store, clock: FakeClock) -> Post:
    """Over every kind of store."""
    return Post(store, clock)


@pytest.fixture
def post(anywhere: Post, database: Path) -> Post:
    """Over SQLite alone, where the store makes no difference."""
    del database
    return anywhere
