"""A process that appends to the audit log as servers do, until its input ends.

`python appending_process.py RECORDS` with the settings of its environment. It says `ready`, and at
the end how many records it wrote, as JSON.
"""

import json
import sys
from dataclasses import replace

import anyio
from anyio import CapacityLimiter, to_thread

from tests.audit.entries import INTENT, OUTCOME
from xero_mcp.app import Office, open_office
from xero_mcp.settings import load_settings

AT_ONCE = 4
"""Writes that wait at the same moment share a transaction."""


async def append(office: Office, most: int) -> int:
    written = 0
    is_over = anyio.Event()

    async def until_told() -> None:
        await to_thread.run_sync(sys.stdin.read, limiter=CapacityLimiter(1))
        is_over.set()

    async def calls() -> None:
        nonlocal written
        while not is_over.is_set() and written < most:
            begun = await office.audit.record(replace(INTENT, id=""))
            await office.audit.record(replace(OUTCOME, id="", intent_id=begun.id))
            written += 2

    async with anyio.create_task_group() as group:
        group.start_soon(until_told)
        for _ in range(AT_ONCE):
            group.start_soon(calls)
    return written


async def run(most: int) -> None:
    async with open_office(load_settings()) as office:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        written = await append(office, most)
    sys.stdout.write(json.dumps(written))


if __name__ == "__main__":
    anyio.run(run, int(sys.argv[1]))
