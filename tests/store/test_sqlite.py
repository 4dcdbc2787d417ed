import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import anyio
import pytest

from tests.fakes import FakeClock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.executor import Executor
from xero_mcp.store.migrations import migrations
from xero_mcp.store.sqlite import SqliteStore

ROOT = Path(__file__).parents[2]


def keep(key: str, value: str = "x"):
    def work(tables: Tables) -> None:
        tables.kept.put(key, value)

    return work


async def kept(store: Store, key: str, clock: FakeClock) -> str | bytes | None:
    return await store.read(lambda tables: tables.kept.get(key, clock.now()))


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Another program holds the write lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def taken_away(path: Path) -> Generator[None]:
    """Somebody moves the file while it is in use, and puts it back."""
    aside = path.with_suffix(".aside")
    path.rename(aside)
    yield
    assert not path.exists(), "no empty log takes the place of the lost one"
    aside.rename(path)


async def test_a_new_database_is_for_its_owner_alone(store: SqliteStore, database: Path):
    await store.write(keep("a"))
    assert stat.S_IMODE(database.parent.stat().st_mode) == 0o700
    files = sorted(database.parent.iterdir())
    assert [file.name for file in files] == ["xero-mcp.db", "xero-mcp.db-shm", "xero-mcp.db-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


async def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path, clock: FakeClock):
    path = tmp_path / "open.db"
    path.touch(mode=0o666)
    path.chmod(0o666)
    store = await SqliteStore.open(path, clock=clock)
    await store.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_what_was_written_is_there_after_opening_again(database: Path, clock: FakeClock):
    first = await SqliteStore.open(database, clock=clock)
    await first.write(keep("a", "one"))
    await first.quick(keep("b", "two"))
    await first.close()
    again = await SqliteStore.open(database, clock=clock)
    assert [await kept(again, key, clock) for key in "ab"] == ["one", "two"]
    await again.close()


def test_many_processes_that_open_a_new_database_at_once_prepare_it_once(database: Path):
    script = (
        "import sys, anyio\n"
        "from pathlib import Path\n"
        "from xero_mcp.clock import SystemClock\n"
        "from xero_mcp.store.sqlite import SqliteStore\n"
        "async def main():\n"
        "    store = await SqliteStore.open(Path(sys.argv[1]), clock=SystemClock())\n"
        "    await store.write(lambda tables: tables.kept.put(sys.argv[2], 'here'))\n"
        "    await store.close()\n"
        "anyio.run(main)\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(database), f"p{number}"],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(6)
    ]
    errors = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0] * 6, errors
    with closing(sqlite3.connect(database)) as plain:
        steps = [name for (name,) in plain.execute("SELECT name FROM migrations ORDER BY name")]
        assert steps == [step.name for step in migrations("sqlite")]
        assert plain.execute("SELECT COUNT(*) FROM kept").fetchone() == (6,)


async def test_a_database_of_a_newer_version_is_left_alone(
    store: SqliteStore, database: Path, clock: FakeClock
):
    del store
    with closing(sqlite3.connect(database, isolation_level=None)) as plain:
        plain.execute("INSERT INTO migrations VALUES ('9999_of_the_future', '2030')")
    with pytest.raises(StoreUnavailableError, match=r"newer xero-mcp .*9999_of_the_future"):
        await SqliteStore.open(database, clock=clock)


async def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path, clock: FakeClock):
    path = tmp_path / "letter.txt"
    path.write_text("Dear auditor, " * 100)
    with pytest.raises(StoreUnavailableError, match=r"is not a database.*XERO_MCP_DATABASE_URL"):
        await SqliteStore.open(path, clock=clock)
    assert path.read_text() == "Dear auditor, " * 100


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, clock: FakeClock):
    (tmp_path / "file").touch()
    with pytest.raises(StoreUnavailableError, match="cannot be opened or made"):
        await SqliteStore.open(tmp_path / "file" / "x.db", clock=clock)


async def test_work_that_fails_leaves_nothing_behind(store: Store, clock: FakeClock):
    def half(tables: Tables) -> None:
        tables.kept.put("a", "half")
        raise LookupError("in the middle")

    with pytest.raises(LookupError, match="in the middle"):
        await store.write(half)
    assert await kept(store, "a", clock) is None
    await store.write(keep("a", "whole"))
    assert await kept(store, "a", clock) == "whole"


async def test_tables_are_of_no_use_after_their_transaction(store: Store):
    escaped = await store.write(lambda tables: tables)
    with pytest.raises(RuntimeError, match="after their transaction"):
        escaped.kept.put("a", "late")


async def test_a_locked_database_is_refused_after_a_while_and_taken_again_when_free(
    store: SqliteStore, database: Path, clock: FakeClock
):
    with locked(database):
        for attempt in (store.write(keep("a")), store.quick(keep("a")), store.check()):
            with pytest.raises(StoreUnavailableError, match="locked by another program"):
                await attempt
        assert await kept(store, "a", clock) is None, "reading goes on meanwhile"
    await store.check()
    await store.write(keep("a"))
    assert await kept(store, "a", clock) == "x"


async def test_a_locked_database_does_not_stop_the_event_loop(store: SqliteStore, database: Path):
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await anyio.sleep(0.01)
            ticks += 1

    with locked(database):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tick)
            with pytest.raises(StoreUnavailableError):
                await store.write(keep("a"))
            tasks.cancel_scope.cancel()
    assert ticks > 3, "others went on while the lock was waited for: 0.3 s"


async def test_a_lock_that_is_freed_in_time_costs_only_the_wait(store: SqliteStore, database: Path):
    async with anyio.create_task_group() as tasks:
        with locked(database):
            tasks.start_soon(store.write, keep("a"))
            await anyio.sleep(0.1)


async def test_cancelling_does_not_cut_a_transaction(store: Store, clock: FakeClock):
    def slow(tables: Tables) -> None:
        tables.kept.put("a", "first")
        time.sleep(0.2)
        tables.kept.put("b", "second")

    with anyio.move_on_after(0.05) as scope:
        await store.write(slow)
    assert scope.cancelled_caught or scope.cancel_called
    assert [await kept(store, key, clock) for key in "ab"] == ["first", "second"]


async def test_a_task_cancelled_from_outside_does_not_mix_two_transactions(
    store: Store, clock: FakeClock
):
    import asyncio  # noqa: PLC0415 - the one place where asyncio's own cancellation is meant

    def slow(tables: Tables) -> None:
        tables.kept.put("a", "first")
        time.sleep(0.2)
        raise LookupError("rolled back")

    task = asyncio.create_task(store.write(slow))
    await anyio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.write(keep("b", "mine"))
    assert [await kept(store, key, clock) for key in "ab"] == [None, "mine"]


async def test_a_database_that_is_taken_away_is_missed_at_once(
    store: SqliteStore, database: Path, clock: FakeClock
):
    await store.write(keep("a"))
    with taken_away(database):
        with pytest.raises(StoreUnavailableError, match="removed or replaced"):
            await store.write(keep("b"))
        with pytest.raises(StoreUnavailableError, match="removed or replaced"):
            await store.check()
    await store.write(keep("c"))
    assert [await kept(store, key, clock) for key in "abc"] == ["x", None, "x"]


async def test_too_little_space_on_the_disk_is_told_by_the_check(database: Path, clock: FakeClock):
    store = await SqliteStore.open(database, clock=clock, min_free_bytes=2**62)
    with pytest.raises(StoreUnavailableError, match="bytes are free"):
        await store.check()
    await store.close()


def test_a_full_disk_refuses_the_write_whole_and_service_returns(database: Path):
    assert run("full_disk", database) == [
        "before: ok",
        "full: StoreUnavailableError",
        "kept meanwhile: None",
        "after: ok",
    ]


def test_a_read_only_database_is_refused_and_service_returns():
    assert run("read_only") == [
        "before: ok",
        "read-only: StoreUnavailableError",
        "again: StoreUnavailableError",
        "after: ok",
    ]


def run(scene: str, *arguments: object) -> list[str]:
    """Play one scene of `tests/store/scenes.py` in a process of its own."""
    command = [sys.executable, "-m", "tests.store.scenes", scene, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def setting_of(name: str):
    def ask(tables: Tables) -> object:
        executor: Executor = vars(tables.kept)["_executor"]
        [[value]] = executor.rows(f"PRAGMA {name}", {})
        return value

    return ask


@pytest.mark.usefixtures("database")  # SQLite's own words
async def test_only_evidence_waits_for_the_disk_and_every_connection_keeps_the_rules(
    store: SqliteStore,
):
    full, normal = 2, 1
    assert await store.write(setting_of("synchronous")) == full
    assert await store.quick(setting_of("synchronous")) == normal
    for run_in in (store.write, store.quick, store.read):
        assert await run_in(setting_of("journal_mode")) == "wal"
        assert await run_in(setting_of("foreign_keys")) == 1
        assert await run_in(setting_of("recursive_triggers")) == 1
        assert await run_in(setting_of("fullfsync")) == 1


async def test_a_closed_store_says_so(database: Path, clock: FakeClock):
    store = await SqliteStore.open(database, clock=clock)
    await store.close()
    with pytest.raises(StoreUnavailableError, match="stopping"):
        await store.write(keep("a"))
