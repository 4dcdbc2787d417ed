"""Writes that wait at the same time share one transaction, and know nothing of each other."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from tests.fakes import FakeClock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Tables
from xero_mcp.store.lane_thread import MAX_TOGETHER
from xero_mcp.store.sqlite import SqliteStore

PATIENCE_SECONDS = 10
Work = Callable[[Tables], object]


@pytest.fixture
async def store(database: Path, clock: FakeClock):
    opened = await SqliteStore.open(database, clock=clock)
    yield opened
    await opened.close()


def keep(key: str) -> Work:
    return lambda tables: tables.kept.put(key, "x")


def stands(path: Path) -> list[str]:
    """What another program sees of it now."""
    with closing(sqlite3.connect(path)) as plain:
        return sorted(key for (key,) in plain.execute("SELECT name FROM kept"))


async def at_once(store: SqliteStore, *works: Work) -> list[object]:
    """All of these handed over while another write goes on; what each gave or raised."""
    begun, go_on = threading.Event(), threading.Event()
    ends: list[object] = [None] * len(works)

    def first(tables: Tables) -> None:
        del tables
        begun.set()
        assert go_on.wait(PATIENCE_SECONDS)

    async def hear(place: int, work: Work) -> None:
        try:
            ends[place] = await store.write(work)
        except Exception as error:  # noqa: BLE001 - what was raised is what the test is about
            ends[place] = error

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            group.start_soon(store.write, first)
            await anyio.to_thread.run_sync(begun.wait, PATIENCE_SECONDS)
            for place, work in enumerate(works):
                group.start_soon(hear, place, work)
            await anyio.wait_all_tasks_blocked()
            go_on.set()
    return ends


async def test_they_share_a_transaction_and_each_sees_what_came_before(
    store: SqliteStore, database: Path
):
    def seen(_: Tables) -> list[str]:
        return stands(database)

    def own(tables: Tables) -> bool:
        return tables.kept.get("a", FakeClock().now()) is not None

    ends = await at_once(store, keep("a"), own, seen)
    assert ends[1:] == [True, []], "the first is written, and not yet for others"
    assert stands(database) == ["a"]


async def test_one_that_fails_is_undone_alone(store: SqliteStore, database: Path):
    def half(tables: Tables) -> None:
        tables.kept.put("half", "x")
        raise LookupError("in the middle")

    def against_the_rules(tables: Tables) -> None:
        tables.kept.put("wrong", "x")
        error = sqlite3.IntegrityError("a rule of the table")
        error.sqlite_errorcode = sqlite3.SQLITE_CONSTRAINT
        raise error

    ends = await at_once(store, keep("a"), half, keep("b"), against_the_rules, keep("c"))
    assert [type(end) for end in ends] == [
        type(None), LookupError, type(None), StoreUnavailableError, type(None),
    ]  # fmt: skip
    assert stands(database) == ["a", "b", "c"]


async def test_where_the_database_fails_none_is_told_to_be_done(store: SqliteStore, database: Path):
    def on_a_full_disk(tables: Tables) -> None:
        tables.kept.put("full", "x")
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    ends = await at_once(store, keep("a"), on_a_full_disk, keep("b"))
    assert all(isinstance(end, StoreUnavailableError) for end in ends), ends
    assert all("Free some space" in str(end) for end in ends)
    assert stands(database) == []
    await store.write(keep("later"))
    assert stands(database) == ["later"]


async def test_where_the_commit_fails_none_is_told_to_be_done(store: SqliteStore, database: Path):
    def owes_a_row(tables: Tables) -> None:
        executor = tables.kept._executor  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - no table of ours lets a commit fail
        executor.change("CREATE TABLE mother (id INTEGER PRIMARY KEY)", {})
        executor.change(
            "CREATE TABLE child (of INTEGER REFERENCES mother (id) DEFERRABLE INITIALLY DEFERRED)",
            {},
        )
        executor.change("INSERT INTO child VALUES (7)", {})

    ends = await at_once(store, keep("a"), owes_a_row)
    assert all(isinstance(end, StoreUnavailableError) for end in ends), ends
    assert stands(database) == []
    await store.write(keep("later"))
    assert stands(database) == ["later"]


async def test_none_is_told_before_all_are_durable(store: SqliteStore, database: Path):
    told: list[list[str]] = []

    async def tell(key: str) -> None:
        await store.write(keep(key))
        told.append(stands(database))

    begun, go_on = threading.Event(), threading.Event()

    def slow(tables: Tables) -> None:
        tables.kept.put("slow", "x")
        begun.set()
        assert go_on.wait(PATIENCE_SECONDS)

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            group.start_soon(at_once, store, keep("a"), slow)
            await anyio.to_thread.run_sync(begun.wait, PATIENCE_SECONDS)
            group.start_soon(tell, "b")
            await anyio.wait_all_tasks_blocked()
            assert told == []
            go_on.set()
    assert told == [["a", "b", "slow"]]


async def test_more_than_fit_into_one_go_into_the_next(store: SqliteStore, database: Path):
    def seen(_: Tables) -> list[str]:
        return stands(database)

    ends = await at_once(store, *(keep(f"{number:03}") for number in range(MAX_TOGETHER)), seen)
    assert len(ends[-1]) == MAX_TOGETHER  # pyright: ignore[reportArgumentType] - the list of `seen`


async def test_who_is_cancelled_after_handing_over_hears_the_result(
    store: SqliteStore, database: Path
):
    begun, go_on = threading.Event(), threading.Event()
    heard: list[str] = []

    def slow(tables: Tables) -> str:
        begun.set()
        assert go_on.wait(PATIENCE_SECONDS)
        tables.kept.put("slow", "x")
        return "written"

    async def ask(scope: anyio.CancelScope) -> None:
        with scope:
            heard.append(await store.write(slow))
            await anyio.sleep_forever()

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            scope = anyio.CancelScope()
            group.start_soon(ask, scope)
            await anyio.to_thread.run_sync(begun.wait, PATIENCE_SECONDS)
            scope.cancel()
            await anyio.wait_all_tasks_blocked()
            go_on.set()
    assert heard == ["written"]
    assert stands(database) == ["slow"]


async def test_who_is_cancelled_before_asks_for_nothing(store: SqliteStore, database: Path):
    with anyio.CancelScope() as scope:
        scope.cancel()
        await store.write(keep("a"))
    await store.write(keep("b"))
    assert stands(database) == ["b"]


async def test_a_closed_store_says_so_to_all_who_wait(database: Path, clock: FakeClock):
    store = await SqliteStore.open(database, clock=clock)
    await store.close()
    for attempt in (store.write(keep("a")), store.quick(keep("a")), store.read(lambda _: None)):
        with pytest.raises(StoreUnavailableError, match="the server is stopping"):
            await attempt


def test_one_store_serves_one_event_loop_after_another(database: Path, clock: FakeClock):
    async def opened() -> SqliteStore:
        return await SqliteStore.open(database, clock=clock)

    store = anyio.run(opened)
    for key in "ab":
        anyio.run(store.write, keep(key))
    anyio.run(store.close)
    assert stands(database) == ["a", "b"]
