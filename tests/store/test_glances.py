"""A glance reads on the event loop, waits for nothing, and sees what is there."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from tests.fakes import FakeClock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.sqlite import SqliteStore


@pytest.fixture
async def store(database: Path, clock: FakeClock):
    opened = await SqliteStore.open(database, clock=clock)
    yield opened
    await opened.close()


def a_of(tables: Tables) -> object:
    return tables.kept.get("a", FakeClock().now())


def where(_: Tables) -> int:
    return threading.get_ident()


async def test_it_is_done_on_the_event_loop(store: SqliteStore):
    assert await store.glance(where) == threading.get_ident()


async def test_it_sees_what_was_written_just_before_by_whomever(store: Store, database: Path):
    assert await store.glance(a_of) is None
    await store.write(lambda tables: tables.kept.put("a", "own"))
    assert await store.glance(a_of) == "own"
    with closing(sqlite3.connect(database)) as other, other:
        other.execute("UPDATE kept SET value = 'other' WHERE name = 'a'")
    assert await store.glance(a_of) == "other"


async def test_it_waits_for_no_writer(store: SqliteStore, database: Path):
    await store.write(lambda tables: tables.kept.put("a", "before"))
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE kept SET value = 'not yet' WHERE name = 'a'")
        assert await store.glance(a_of) == "before"
        other.execute("ROLLBACK")


async def test_it_changes_nothing(store: SqliteStore):
    for look in (store.glance, store.read):
        with pytest.raises(StoreUnavailableError, match="read-only"):
            await look(lambda tables: tables.kept.put("a", "x"))
    assert await store.read(a_of) is None


async def test_what_the_work_raises_is_heard_and_the_next_one_sees(store: SqliteStore):
    def odd(tables: Tables) -> None:
        a_of(tables)
        raise LookupError("in the middle")

    with pytest.raises(LookupError, match="in the middle"):
        await store.glance(odd)
    assert await store.glance(where) == threading.get_ident()


async def test_what_fails_is_left_to_the_reader(store: SqliteStore):
    fails = iter([True, False])

    def once(tables: Tables) -> int:
        if next(fails):
            raise sqlite3.OperationalError("says a test")
        return where(tables)

    assert await store.glance(once) != threading.get_ident()
    assert await store.glance(where) == threading.get_ident(), "by a new connection"


async def test_a_database_that_was_taken_away_is_missed_at_once(store: SqliteStore, database: Path):
    await store.glance(where)
    kept = database.with_suffix(".kept")
    await anyio.Path(database).rename(kept)
    with pytest.raises(StoreUnavailableError, match="removed or replaced"):
        await store.glance(where)
    await anyio.Path(kept).rename(database)
    assert await store.glance(where) == threading.get_ident()


async def test_a_closed_store_says_so(database: Path, clock: FakeClock):
    store = await SqliteStore.open(database, clock=clock)
    await store.glance(where)
    await store.close()
    with pytest.raises(StoreUnavailableError, match="the server is stopping"):
        await store.glance(where)
