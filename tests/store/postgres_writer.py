"""A replica that writes many records, or begins a call and never ends it."""

import sys

import anyio

from tests.audit.entries import REFUSAL
from xero_mcp.audit.log import AuditLog
from xero_mcp.clock import SystemClock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.postgres import PostgresStore

PAUSE_SECONDS = 0.05
MAX_TRIES = 400


async def append(url: str, count: int) -> None:
    """Say how many were written; one that could not be is tried again, as a caller would."""
    clock = SystemClock()
    store = await PostgresStore.open(url, clock=clock)
    log = AuditLog(store, clock)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    written = 0
    for _ in range(count + MAX_TRIES):
        if written == count:
            break
        try:
            await log.record(REFUSAL)
        except StoreUnavailableError:
            await anyio.sleep(PAUSE_SECONDS)
        else:
            written += 1
    await store.close()
    sys.stdout.write(f"{written}\n")


if __name__ == "__main__":
    anyio.run(append, sys.argv[1], int(sys.argv[2]))
