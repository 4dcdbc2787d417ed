"""The keeper: everything that keeps the feed up, running by itself."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from tests.changes.kept_world import DEAD, Kept, kept_world
from xero_mcp.changes.feed import StoreFeed
from xero_mcp.changes.keeping import DELIVERIES_FOR, SIGN_FOR
from xero_mcp.changes.sealed import Box
from xero_mcp.store.base import Tables
from xero_mcp.tool.feed import KEPT_FOR
from xero_mcp.xero.secret import Sealer

MAX_SECONDS = 4_000
STEP_SECONDS = 0.5


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    async with kept_world(tmp_path, every_seconds=900) as opened:
        yield opened


async def until(kept: Kept, found: Callable[[], Awaitable[bool]]) -> None:
    """Let time pass while the keeper works, until it is so."""
    for _ in range(int(MAX_SECONDS / STEP_SECONDS)):
        if await found():
            return
        await kept.house.clock.sleep(STEP_SECONDS)
    raise AssertionError("it never came to that")


async def begun(kept: Kept) -> bool:
    return bool(await kept.house.office.store.read(lambda tables: tables.change_work.positions()))


async def test_it_reads_what_was_told_and_asks_for_what_was_not(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]

    async def both() -> bool:
        found = await kept.feed.after(0, limit=100)
        return {"invoices", "payments"} <= {one.resource for one in found}

    before = kept.house.clock.now()
    async with anyio.create_task_group() as group:
        group.start_soon(kept.keeper.keep)
        await until(kept, lambda: begun(kept))
        await kept.pay(invoice, "6.00")
        await kept.told("invoices", invoice)
        kept.keeper.wake()
        await until(kept, both)
        group.cancel_scope.cancel()
    assert kept.house.clock.now() - before <= timedelta(seconds=3)


async def test_other_processes_hear_that_the_feed_is_kept_and_that_it_is_no_longer(kept: Kept):
    office = kept.house.office
    box = Box(Sealer(b"a key for tests alone"))
    elsewhere = StoreFeed(office.store, kept.house.clock, box, is_kept=False)
    of_a_demo = StoreFeed(office.store, kept.house.clock, box, is_kept=False, is_alone=True)
    assert not await elsewhere.is_filled()
    async with anyio.create_task_group() as group:
        group.start_soon(kept.keeper.keep)
        await until(kept, elsewhere.is_filled)
        await kept.house.clock.sleep(600)
        assert await elsewhere.is_filled()
        assert not await of_a_demo.is_filled()
        group.cancel_scope.cancel()
    kept.house.clock.advance(SIGN_FOR.total_seconds())
    assert not await elsewhere.is_filled()


async def test_accounts_that_others_changed_are_not_taken_from_memory(kept: Kept):
    await kept.catch_up.begin([kept.organisation_id], is_start=False)
    account = next(
        one for one in kept.house.books.table("Accounts").in_order() if one.get("Code") == "400"
    )

    async def shown() -> str:
        listed = await kept.house.good("list-accounts")
        names = {str(row[0]): str(row[1]) for row in listed["rows"]}
        return names["400"]

    async def is_new() -> bool:
        return await shown() == "Renamed by a person"

    assert not await is_new()
    kept.change("Accounts", account["AccountID"], Name="Renamed by a person")
    before = kept.house.clock.now()
    async with anyio.create_task_group() as group:
        group.start_soon(kept.keeper.keep)
        await kept.house.office.store.write(
            lambda tables: tables.change_work.poll_soon(
                kept.organisation_id, "accounts", kept.house.clock.now()
            )
        )
        await until(kept, is_new)
        group.cancel_scope.cancel()
    assert kept.house.clock.now() - before <= timedelta(seconds=10)


async def test_what_is_old_is_swept_away(kept: Kept):
    store = kept.house.office.store
    await kept.told("invoices", kept.invoice()["InvoiceID"])
    await kept.read(after_seconds=1)
    for seconds in (2, 31):
        await kept.read(after_seconds=seconds)
    long_ago = kept.house.clock.now()
    await store.write(lambda tables: tables.webhooks.add_delivery("digest", long_ago))

    async def is_clean() -> bool:
        delivered = await store.read(lambda tables: tables.webhooks.delivered_at("digest"))
        return delivered is None and await kept.feed.after(0, limit=1) == []

    assert not await is_clean()
    kept.house.clock.advance(max(KEPT_FOR, DELIVERIES_FOR).total_seconds() + 1)
    async with anyio.create_task_group() as group:
        group.start_soon(kept.keeper.keep)
        await until(kept, is_clean)
        group.cancel_scope.cancel()


async def test_what_a_process_had_that_died_is_read_soon(kept: Kept):
    invoice = kept.invoice()["InvoiceID"]
    kept.change("Invoices", invoice, Reference="left behind")
    await kept.told("invoices", invoice)
    kept.house.clock.advance(1)
    now = kept.house.clock.now()

    def take(tables: Tables) -> None:
        ends_at = now + timedelta(days=1)
        assert tables.change_work.take(DEAD, now=now, ends_at=ends_at, limit=9)
        for resource in ("payments", "quotes"):
            tables.change_work.open_position(kept.organisation_id, resource, since=now, next_at=now)
        assert tables.change_work.take_position(DEAD, now=now, ends_at=ends_at)

    await kept.house.office.store.write(take)

    async def is_told() -> bool:
        return bool(await kept.feed.after(0, limit=1))

    async with anyio.create_task_group() as group:
        group.start_soon(kept.keeper.keep)
        await until(kept, is_told)
        group.cancel_scope.cancel()
    assert kept.house.clock.now() - now <= timedelta(seconds=10)
    holders = await kept.house.office.store.read(lambda tables: tables.change_work.holders())
    assert DEAD not in holders


async def test_it_goes_on_after_the_store_was_away(kept: Kept, tmp_path: Path):
    """A locked database ends no keeper."""
    database = tmp_path / "home" / "xero-mcp.db"
    invoice = kept.invoice()["InvoiceID"]
    kept.change("Invoices", invoice, Reference="after all")

    async def is_told() -> bool:
        return bool(await kept.feed.after(0, limit=1))

    async with anyio.create_task_group() as group:
        group.start_soon(kept.keeper.keep)
        await until(kept, lambda: begun(kept))
        with closing(sqlite3.connect(database, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await kept.house.clock.sleep(5)
            other.execute("ROLLBACK")
        await kept.told("invoices", invoice)
        await until(kept, is_told)
        group.cancel_scope.cancel()
