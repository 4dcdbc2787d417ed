"""Four processes that write 20,000 records at once: one chain, no gap, no fork."""

import subprocess
import sys
from pathlib import Path

import pytest
from anyio import to_thread

from tests.wire.bounds import ROOT
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.sought import searched
from xero_mcp.clock import SystemClock
from xero_mcp.store.sqlite import SqliteStore

PROCESSES, RECORDS_EACH = 4, 5_000
MOST = PROCESSES * RECORDS_EACH
IN_ONE = "5"
"""Records in a transaction: each waits for the disk."""
BOUND_SECONDS = 180


@pytest.mark.slow
async def test_four_processes_write_twenty_thousand_records_into_one_chain(tmp_path: Path):
    path = tmp_path / "xero-mcp.db"
    store = await SqliteStore.open(path, clock=SystemClock())
    try:
        await to_thread.run_sync(_write_at_once, path)
        verdict = await searched(store, await AuditLog(store, SystemClock()).verify())
        assert verdict.ok, verdict
        numbers = await store.read(
            lambda tables: [row.seq for row in tables.audit.scan(0, limit=2 * MOST)]
        )
    finally:
        await store.close()
    assert numbers == list(range(1, MOST + 1))


def _write_at_once(path: Path) -> None:
    writers = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.audit.writer",
                "append",
                str(path),
                str(RECORDS_EACH),
                IN_ONE,
            ],
            cwd=ROOT,
        )
        for _ in range(PROCESSES)
    ]
    try:
        assert [writer.wait(BOUND_SECONDS) for writer in writers] == [0] * PROCESSES
    finally:
        for writer in writers:
            writer.kill()
