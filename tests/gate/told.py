"""A house whose feed of changes a test fills by hand."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.gate.world import World, world
from xero_mcp.agents import Caller, launched_agent
from xero_mcp.changes.feed import StoreFeed
from xero_mcp.changes.sealed import Box, Told
from xero_mcp.clock import Clock
from xero_mcp.gate import Gate, GateAnswer
from xero_mcp.gate.answers import Progress
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.changes import ChangeRow
from xero_mcp.xero.secret import Sealer

READER = """\
agent: clerk
purpose: Hears of what changes.
owner: finance@example.com
organisations: [Demo Company (Global)]
access:
  contacts: read
  invoices: read
"""
ELSEWHERE = "00000000-0000-4000-8000-00000000beef"
"""An organisation that is nobody's here."""


def guid(number: int) -> str:
    return str(UUID(int=number))


@dataclass(frozen=True, kw_only=True)
class Put:
    """A change as a test puts it into a feed."""

    number: int
    """Of which the id is made."""
    area: str = "invoices"
    resource: str = ""
    before: Mapping[str, str] | None = None
    now: Mapping[str, str] = field(default_factory=lambda: {"status": "authorised"})
    kind: str = "updated"
    contact_id: str | None = None
    audit_id: str | None = None

    def row(self, organisation_id: str, at: datetime) -> ChangeRow:
        return ChangeRow(
            seq=0,
            organisation_id=organisation_id,
            resource=self.resource or {"bills": "invoices"}.get(self.area, self.area),
            resource_id=guid(self.number),
            mark=f"{at.isoformat()}/{self.number}/{dict(self.now)}",
            area=self.area,
            contact_id=self.contact_id,
            kind=self.kind,
            source="webhook",
            changed_at=at,
            noticed_at=at,
            audit_id=self.audit_id,
            events=1,
            sealed="",
        )


async def put_into(store: Store, box: Box, one: Put, *, organisation_id: str, at: datetime) -> int:
    """Put it at the end of the feed of that store; its cursor."""
    row = box.close_change(one.row(organisation_id, at), Told(before=one.before, now=one.now))

    def work(tables: Tables) -> int:
        tables.changes.add(row)
        return tables.changes.newest_seq()

    return await store.write(work)


@dataclass
class Fed:
    """The house, and its feed."""

    house: World
    feed: StoreFeed
    box: Box

    @property
    def organisation_id(self) -> str:
        return self.house.books.organisation["OrganisationID"]

    async def put(self, number: int, *, organisation_id: str = "", **more: Any) -> int:  # noqa: ANN401 - of Put
        """Put a change at the end of the feed, of now; its cursor."""
        newest = await put_into(
            self.house.office.store,
            self.box,
            Put(number=number, **more),
            organisation_id=organisation_id or self.organisation_id,
            at=self.house.clock.now(),
        )
        self.feed.ring(newest)
        return newest

    async def call(
        self,
        tool: str,
        arguments: Mapping[str, object] | None = None,
        *,
        progress: Any = None,  # noqa: ANN401
    ) -> GateAnswer:
        hears: Progress | None = progress
        caller = Caller(agent=launched_agent("clerk"), transport="test")
        return await self.house.gate.call(caller, tool, arguments or {}, progress=hears)

    async def good(
        self, tool: str = "list-changes", arguments: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        answer = await self.call(tool, arguments)
        assert not answer.is_error, answer.content
        return dict(answer.content)

    async def column(self, name: str, arguments: Mapping[str, object] | None = None) -> list[Any]:
        told = await self.good("list-changes", arguments)
        place = told["columns"].index(name)
        return [row[place] for row in told["rows"]]

    async def clear_away(self, *, days: int) -> None:
        """What the keeper does with old changes."""
        before = self.house.clock.now() - timedelta(days=days)
        await self.house.office.store.write(lambda tables: tables.changes.forget_before(before))


@asynccontextmanager
async def fed(
    folder: Path, *, policy: str = READER, is_kept: bool = True, clock: Clock | None = None
) -> AsyncGenerator[Fed]:
    """Open one in that folder; behind a port its feed needs a clock that nobody moves."""
    async with world(folder, policy=policy) as house:
        box = Box(Sealer(b"a key for tests alone"))
        feed = StoreFeed(house.office.store, clock or house.clock, box, is_kept=is_kept)
        house.rooms = replace(house.rooms, feed=feed)
        house.gate = Gate(house.rooms)
        yield Fed(house=house, feed=feed, box=box)
