"""Brief work is done on the event loop, and waited for nowhere on it."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import anyio
import anyio.lowlevel
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
    await opened.write(lambda _: None)  # a first connection is made in the thread
    yield opened
    await opened.close()


def keep(key: str) -> Work:
    return lambda tables: tables.kept.put(key, "x")


def stands(path: Path) -> list[str]:
    """What another program sees of it now."""
    with closing(sqlite3.connect(path)) as plain:
        return sorted(key for (key,) in plain.execute("SELECT name FROM kept"))


def where(_: Tables) -> int:
    """The thread in which the work is done."""
    return threading.get_ident()


def refused(code: int) -> Work:
    """Work in which the database itself fails."""

    def work(tables: Tables) -> None:
        tables.kept.put("half", "x")
        error = sqlite3.OperationalError("says a test")
        error.sqlite_errorcode = code
        raise error

    return work


def owes_a_row(tables: Tables) -> None:
    """Work that only the commit refuses."""
    for sql in (
        "CREATE TABLE mother (id INTEGER PRIMARY KEY)",
        "CREATE TABLE child (of INTEGER REFERENCES mother (id) DEFERRABLE INITIALLY DEFERRED)",
        "INSERT INTO child VALUES (7)",
    ):
        tables.executor.change(sql, {})


@contextmanager
def held(path: Path) -> Generator[sqlite3.Connection]:
    """Another program's lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other
        other.execute("ROLLBACK")


def change_nothing(tables: Tables) -> None:
    """A change all the same: what is done with it waits for the disk."""
    tables.executor.change("DELETE FROM kept WHERE name = 'nobody'", {})


async def all_of(store: SqliteStore, *works: Work) -> list[object]:
    """All asked for in one turn of the loop, when several come; what each gave or raised."""
    await asyncio.gather(*(store.brief(change_nothing) for _ in range(3)))
    return await asyncio.gather(*map(store.brief, works), return_exceptions=True)


async def test_it_is_done_on_the_event_loop_and_durable_when_told(
    store: SqliteStore, database: Path
):
    assert await store.brief(where) == threading.get_ident()
    await store.brief(keep("a"))
    assert stands(database) == ["a"]


async def test_one_that_comes_alone_is_done_at_once(store: SqliteStore):
    done: list[str] = []
    task = asyncio.ensure_future(store.brief(lambda _: done.append("work")))
    asyncio.get_running_loop().call_soon(done.append, "the loop goes round")
    await task
    await anyio.lowlevel.checkpoint()
    assert done == ["work", "the loop goes round"]


async def test_all_of_one_turn_share_a_transaction(store: SqliteStore, database: Path):
    ends = await all_of(store, keep("a"), lambda _: stands(database), keep("b"))
    assert ends == [None, [], None], "others see nothing before all of it is durable"
    assert stands(database) == ["a", "b"]


async def test_those_that_come_during_a_commit_go_into_the_next(store: SqliteStore, database: Path):
    works = [keep(f"{number:03}") for number in range(2 * MAX_TOGETHER + 1)]
    seen = await all_of(store, *works, lambda _: stands(database))
    assert len(seen[-1]) == 2 * MAX_TOGETHER  # pyright: ignore[reportArgumentType] - the list of names
    assert len(stands(database)) == len(works)


async def test_one_that_fails_is_undone_alone(store: SqliteStore, database: Path):
    def half(tables: Tables) -> None:
        tables.kept.put("half", "x")
        raise LookupError("in the middle")

    ends = await all_of(store, keep("a"), half, keep("b"), refused(sqlite3.SQLITE_CONSTRAINT))
    kinds = [type(end) for end in ends]
    assert kinds == [type(None), LookupError, type(None), StoreUnavailableError]
    assert stands(database) == ["a", "b"]


@pytest.mark.parametrize("works", [(), (keep("a"),)], ids=["alone", "beside another"])
@pytest.mark.parametrize("fault", [refused(sqlite3.SQLITE_FULL), owes_a_row], ids=["work", "end"])
async def test_where_the_database_fails_none_is_told_to_be_done(
    store: SqliteStore, database: Path, works: tuple[Work, ...], fault: Work
):
    ends = await all_of(store, *works, fault)
    assert all(isinstance(end, StoreUnavailableError) for end in ends), ends
    assert stands(database) == []
    await store.brief(keep("later"))
    assert stands(database) == ["later"]


async def test_a_failure_of_its_own_is_heard_as_it_is(store: SqliteStore, database: Path):
    def odd(tables: Tables) -> None:
        tables.kept.put("half", "x")
        raise LookupError("in the middle")

    with pytest.raises(LookupError, match="in the middle"):
        await store.brief(odd)
    assert stands(database) == []
    assert await store.brief(where) == threading.get_ident(), "nobody kept the turn"


async def test_anothers_lock_is_waited_for_in_a_thread(store: SqliteStore, database: Path):
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while ticks < 5:
            await anyio.lowlevel.checkpoint()
            ticks += 1

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            with held(database):
                group.start_soon(store.brief, keep("a"))
                await tick()
                assert stands(database) == []
    assert ticks == 5
    assert stands(database) == ["a"]


async def test_a_lock_that_is_never_freed_is_refused_after_a_while(
    database: Path, clock: FakeClock
):
    store = await SqliteStore.open(database, clock=clock, lock_wait_seconds=0.05)
    await store.write(keep("first"))
    with held(database), pytest.raises(StoreUnavailableError, match="locked by another program"):
        await store.brief(keep("a"))
    await store.brief(keep("b"))
    await store.close()
    assert stands(database) == ["b", "first"]


async def test_it_waits_behind_work_of_a_thread_and_the_loop_goes_on(
    store: SqliteStore, database: Path
):
    begun, go_on = threading.Event(), threading.Event()

    def slow(tables: Tables) -> None:
        tables.kept.put("slow", "x")
        begun.set()
        assert go_on.wait(PATIENCE_SECONDS)

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            group.start_soon(store.write, slow)
            await anyio.to_thread.run_sync(begun.wait, PATIENCE_SECONDS)
            group.start_soon(store.brief, keep("a"))
            await anyio.wait_all_tasks_blocked()
            assert stands(database) == []
            go_on.set()
    assert stands(database) == ["a", "slow"]


async def test_work_of_a_thread_gets_its_turn_among_much_brief_work(store: SqliteStore):
    over = False

    async def brief_for_ever() -> None:
        while not over:
            await store.brief(where)

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(brief_for_ever)
            for number in range(20):
                await store.write(keep(f"w{number}"))
                await store.quick(keep(f"q{number}"))
            over = True


async def test_who_is_cancelled_meanwhile_hears_the_result(store: SqliteStore, database: Path):
    heard: list[object] = []
    with anyio.CancelScope() as scope:

        def work(tables: Tables) -> str:
            tables.kept.put("a", "x")
            scope.cancel()  # between the work and the end of its transaction
            return "written"

        heard.append(await store.brief(work))
        await anyio.sleep_forever()
    assert heard == ["written"]
    assert stands(database) == ["a"]


async def test_who_is_cancelled_by_asyncio_itself_goes_when_all_is_durable(
    store: SqliteStore, database: Path
):
    def work(tables: Tables) -> None:
        tables.kept.put("a", "x")
        task.cancel()

    task = asyncio.create_task(store.brief(work))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stands(database) == ["a"]


async def test_who_is_cancelled_before_asks_for_nothing(store: SqliteStore, database: Path):
    with anyio.CancelScope() as scope:
        scope.cancel()
        await store.brief(keep("a"))
    await store.brief(keep("b"))
    assert stands(database) == ["b"]


async def test_a_closed_store_says_so(database: Path, clock: FakeClock):
    store = await SqliteStore.open(database, clock=clock)
    await store.brief(keep("a"))
    await store.close()
    with pytest.raises(StoreUnavailableError, match="the server is stopping"):
        await store.brief(keep("b"))


def test_one_store_serves_one_event_loop_after_another(database: Path, clock: FakeClock):
    async def opened() -> SqliteStore:
        return await SqliteStore.open(database, clock=clock)

    async def left_in_the_middle() -> None:
        """The loop ends while the disk is waited for."""
        asked = asyncio.ensure_future(store.brief(keep("b")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asked.cancel()

    store = anyio.run(opened)
    anyio.run(store.brief, keep("a"))
    asyncio.run(left_in_the_middle())
    anyio.run(store.brief, keep("c"))
    anyio.run(store.close)
    assert {"a", "c"} <= set(stands(database))


async def test_two_loops_at_once_share_one_store(store: SqliteStore, database: Path):
    async def ten(name: str) -> None:
        for number in range(10):
            await store.brief(keep(f"{name}{number}"))

    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, lambda: anyio.run(ten, "other"))
            await ten("own")
    assert len(stands(database)) == 20
