"""A process that writes to the log: many records, an intent and never an outcome, or half of it."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import anyio

from tests.audit.entries import INTENT, REFUSAL
from xero_mcp.audit.log import AuditLog
from xero_mcp.clock import SystemClock
from xero_mcp.store.base import Tables
from xero_mcp.store.instances import Instances
from xero_mcp.store.sqlite import SqliteStore


async def append(path: Path, count: int, at_once: int = 1) -> None:
    """So many records, `at_once` of them in each transaction."""
    clock = SystemClock()
    store = await SqliteStore.open(path, clock=clock)
    log = AuditLog(store, clock)
    for _ in range(count // at_once):
        await store.write(lambda tables: [log.append(tables, REFUSAL) for _ in range(at_once)])
    await store.close()


async def die(path: Path, count: int) -> None:
    """So many records, one by one; the last of them is never committed."""
    clock = SystemClock()
    store = await SqliteStore.open(path, clock=clock)
    log = AuditLog(store, clock)
    for _ in range(count - 1):
        await log.record(REFUSAL)

    def work(tables: Tables) -> None:
        log.append(tables, REFUSAL)
        os._exit(os.EX_TEMPFAIL)

    await store.write(work)


async def begin(path: Path) -> None:
    clock = SystemClock()
    store = await SqliteStore.open(path, clock=clock)
    log = AuditLog(store, clock)
    presence = Instances(path.parent / "run").enter()
    intent = replace(INTENT, id=log.new_id())

    def work(tables: Tables) -> None:
        log.append(tables, intent)
        tables.running.open(intent.id, presence.instance, clock.now())

    await store.write(work)
    print(intent.id, flush=True)  # noqa: T201 - the test reads it
    await anyio.sleep(60)


if __name__ == "__main__":
    if sys.argv[1] == "append":
        anyio.run(append, Path(sys.argv[2]), *map(int, sys.argv[3:]))
    elif sys.argv[1] == "die":
        anyio.run(die, Path(sys.argv[2]), int(sys.argv[3]))
    else:
        anyio.run(begin, Path(sys.argv[2]))
