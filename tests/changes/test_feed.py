"""The feed as those see it who read it and wait for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import anyio
import pytest
from anyio import lowlevel

from tests.fakes import START, FakeClock
from tests.store.passing_on import PassingOn
from xero_mcp.changes.feed import LOOK_SECONDS, MAX_ROWS, StoreFeed
from xero_mcp.changes.sealed import Box, Told
from xero_mcp.clock import SystemClock
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.changes import ChangeRow, KnownRow
from xero_mcp.tool.feed import ChangeKind, Feed
from xero_mcp.xero.secret import Sealer

T = TypeVar("T")
KEY = b"a key for tests alone"
WAITERS = 500


@dataclass
class Shelf:
    """A feed, and the store under it."""

    store: Store
    clock: FakeClock
    box: Box = field(default_factory=lambda: Box(Sealer(KEY)))
    added: int = 0

    def feed(self, box: Box | None = None) -> StoreFeed:
        return StoreFeed(self.store, self.clock, box or self.box, is_kept=True)

    async def add(self, told: Told | None = None) -> int:
        """Put one more change at its end; return its cursor."""
        self.added += 1
        row = ChangeRow(
            seq=0,
            organisation_id="o",
            resource="invoices",
            resource_id=f"i-{self.added}",
            mark="m",
            area="bills",
            contact_id="c",
            kind="updated",
            source="asked",
            changed_at=self.clock.now(),
            noticed_at=self.clock.now(),
            audit_id=None,
            events=0,
            sealed="",
        )
        sealed = self.box.close_change(row, told or Told(now={"number": "1"}))
        await self.store.write(lambda tables: tables.changes.add(sealed))
        return await self.store.read(lambda tables: tables.changes.newest_seq())


@pytest.fixture
def shelf(store: Store, clock: FakeClock) -> Shelf:
    return Shelf(store, clock)


class CountedReads(PassingOn):
    """A store that counts how often it is read."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.reads = 0

    async def read(self, work: Callable[[Tables], T]) -> T:
        self.reads += 1
        return await self.inner.read(work)


async def test_it_is_read_by_cursor_in_order(shelf: Shelf):
    feed: Feed = shelf.feed()
    assert (await feed.newest(), await feed.oldest()) == (0, 0)
    for _ in range(3):
        await shelf.add()
    assert [one.id for one in await feed.after(1, limit=1)] == ["i-2"]
    assert [one.cursor for one in await feed.after(0, limit=9)] == [1, 2, 3]
    assert await feed.after(3, limit=9) == []
    assert (await feed.newest(), await feed.oldest()) == (3, 0)


async def test_a_moment_is_a_cursor_too(shelf: Shelf):
    feed = shelf.feed()
    await shelf.add()
    shelf.clock.advance(60)
    await shelf.add()
    assert await feed.cursor_at(START) == 0
    assert await feed.cursor_at(START + timedelta(seconds=30)) == 1
    assert await feed.cursor_at(START + timedelta(seconds=90)) == 2


async def test_what_was_cleared_away_is_said_by_the_oldest_cursor(shelf: Shelf):
    feed = shelf.feed()
    await shelf.add()
    shelf.clock.advance(60)
    await shelf.add()
    soon = START + timedelta(seconds=30)
    await shelf.store.write(lambda tables: tables.changes.forget_before(soon))
    assert await feed.oldest() == 1
    later = START + timedelta(seconds=90)
    await shelf.store.write(lambda tables: tables.changes.forget_before(later))
    assert (await feed.oldest(), await feed.newest()) == (2, 2)


async def test_what_differs_comes_with_what_it_was(shelf: Shelf):
    told = Told(before={"total": "1.00", "reference": ""}, now={"total": "2.00", "number": "7"})
    await shelf.add(told)
    [change] = await shelf.feed().after(0, limit=1)
    assert change.before == {"total": "1.00", "reference": ""}
    assert change.after == {"total": "2.00", "reference": ""}
    assert change.now == {"total": "2.00", "number": "7"}
    assert change.kind is ChangeKind.UPDATED


async def test_sealed_with_another_key_a_change_stands_there_without_its_fields(shelf: Shelf):
    await shelf.add()
    [change] = await shelf.feed(Box(Sealer(b"some other key, as long"))).after(0, limit=1)
    assert (change.id, change.before, change.after, change.now) == ("i-1", {}, {}, {})


def test_what_is_sealed_opens_in_its_own_row_alone():
    box = Box(Sealer(KEY))
    row = KnownRow("o", "invoices", "i", None, START, "d", "")
    closed = box.close_known(row, {"number": "INV-1"})
    assert "INV-1" not in closed.sealed
    assert box.open_known(closed) == {"number": "INV-1"}
    assert box.open_known(closed._replace(resource_id="j")) is None
    assert box.digest({"a": "1"}) == box.digest({"a": "1"})
    assert box.digest({"a": "1"}) != Box(Sealer(b"some other key, as long")).digest({"a": "1"})


async def test_no_answer_is_longer_than_its_bound(shelf: Shelf):
    await shelf.add()
    assert len(await shelf.feed().after(0, limit=10 * MAX_ROWS)) == 1


async def test_who_waits_hears_at_once_of_what_stands_there(shelf: Shelf):
    await shelf.add()
    assert await shelf.feed().grown(0, timeout_seconds=0)
    assert shelf.clock.slept == []


async def test_who_waits_in_vain_hears_that(shelf: Shelf):
    feed = shelf.feed()
    before = shelf.clock.monotonic()
    assert not await feed.grown(0, timeout_seconds=5)
    assert shelf.clock.monotonic() - before == pytest.approx(5, abs=LOOK_SECONDS)


async def test_who_waits_hears_of_what_another_process_added(shelf: Shelf):
    feed = shelf.feed()
    heard: list[bool] = []

    async def wait() -> None:
        heard.append(await feed.grown(0, timeout_seconds=60))

    before = shelf.clock.monotonic()
    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        await shelf.clock.sleep(3)
        await shelf.add()
    assert heard == [True]
    assert shelf.clock.monotonic() - before <= 3 + 2 * LOOK_SECONDS


class StillClock(FakeClock):
    """Whoever sleeps by it sleeps on."""

    async def sleep(self, seconds: float) -> None:
        del seconds
        await anyio.sleep_forever()


async def test_who_waits_hears_the_bell_without_a_look(shelf: Shelf):
    feed = StoreFeed(shelf.store, StillClock(), shelf.box, is_kept=True)
    heard: list[bool] = []

    async def wait() -> None:
        heard.append(await feed.grown(0, timeout_seconds=60))

    async def ring() -> None:
        cursor = await shelf.add()
        while not heard:
            feed.ring(cursor)
            await lowlevel.checkpoint()

    async with anyio.create_task_group() as group:
        group.start_soon(wait)
        group.start_soon(ring)
    assert heard == [True]


async def test_many_who_wait_are_one_look_and_all_hear(shelf: Shelf):
    counted, clock = CountedReads(shelf.store), SystemClock()
    feed = StoreFeed(counted, clock, shelf.box, is_kept=True)
    heard: list[bool] = []

    async def wait() -> None:
        heard.append(await feed.grown(0, timeout_seconds=60))

    began = clock.monotonic()
    async with anyio.create_task_group() as group:
        for _ in range(WAITERS):
            group.start_soon(wait)
        await clock.sleep(3 * LOOK_SECONDS)
        await shelf.add()
    elapsed = clock.monotonic() - began
    assert heard == [True] * WAITERS
    assert counted.reads - WAITERS <= elapsed / LOOK_SECONDS + 1


async def test_when_the_one_who_looks_for_all_leaves_another_one_does(shelf: Shelf):
    feed = shelf.feed()
    heard: list[bool] = []

    async def wait(seconds: float) -> None:
        heard.append(await feed.grown(0, timeout_seconds=seconds))

    async with anyio.create_task_group() as group:
        group.start_soon(wait, 2)
        await anyio.wait_all_tasks_blocked()
        group.start_soon(wait, 60)
        await shelf.clock.sleep(5)
        await shelf.add()
    assert heard == [False, True]
