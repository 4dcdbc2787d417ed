"""Scenes that need a process of their own: they bend its limits or its user."""

import os
import resource
import signal
import stat
import sys
import tempfile
from pathlib import Path

import anyio

from xero_mcp.clock import SystemClock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Tables
from xero_mcp.store.sqlite import SqliteStore

BIG = "x" * 500_000
NOBODY = 65534


async def say(word: str, store: SqliteStore, key: str, value: str = "x") -> None:
    def work(tables: Tables) -> None:
        tables.kept.put(f"{key} first", "x")
        tables.kept.put(key, value)

    try:
        await store.write(work)
    except StoreUnavailableError as error:
        print(f"{word}: {type(error).__name__}")  # noqa: T201 - the test reads it
    else:
        print(f"{word}: ok")  # noqa: T201


async def full_disk(path: Path) -> None:
    """No file may grow beyond a limit, as on a full disk or over a quota."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = await SqliteStore.open(path, clock=SystemClock())
    await say("before", store, "a")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    await say("full", store, "b", BIG)
    now = SystemClock().now()
    half = await store.read(lambda tables: tables.kept.get("b first", now))
    print(f"kept meanwhile: {half}")  # noqa: T201
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await say("after", store, "b", BIG)
    await store.close()


async def read_only() -> None:
    """As a user whom the system does not let write, which it would let root."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        store = await SqliteStore.open(path, clock=SystemClock())
        await say("before", store, "a")
        await store.close()
        if os.geteuid() == 0:
            for each in (Path(folder), path):
                os.chown(each, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        path.chmod(stat.S_IRUSR)
        await try_to_open("read-only", path)
        await try_to_open("again", path)
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
        await try_to_open("after", path)
        if os.getuid() == 0:
            os.seteuid(0)


async def try_to_open(word: str, path: Path) -> None:
    try:
        store = await SqliteStore.open(path, clock=SystemClock())
    except StoreUnavailableError as error:
        print(f"{word}: {type(error).__name__}")  # noqa: T201
    else:
        await say(word, store, "b")
        await store.close()


if __name__ == "__main__":
    scene, *paths = sys.argv[1:]
    if scene == "full_disk":
        anyio.run(full_disk, Path(paths[0]))
    else:
        anyio.run(read_only)
