"""Many replicas, one PostgreSQL: one chain, and nothing given out twice."""

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.store.postgres_server import Server
from xero_mcp.audit.log import AuditLog
from xero_mcp.clock import SystemClock
from xero_mcp.store.postgres import PostgresStore

ROOT = Path(__file__).resolve().parents[2]
WRITER = Path(__file__).with_name("postgres_writer.py")
SECONDS = 100


@contextmanager
def writers(url: str, *, count: int, of: int) -> Generator[list[subprocess.Popen[str]]]:
    """Replicas that begin to write together when the block begins."""
    started = [
        subprocess.Popen(
            [sys.executable, str(WRITER), url, str(count)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(of)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait(SECONDS)
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()


def heard(started: list[subprocess.Popen[str]]) -> list[int]:
    return [int(process.communicate(timeout=SECONDS)[0]) for process in started]


async def verified(url: str) -> int:
    """How many records there are, in one chain without a gap."""
    store = await PostgresStore.open(url, clock=SystemClock())
    verdict = await AuditLog(store, SystemClock()).verify()
    await store.close()
    assert verdict.ok, verdict.finding
    return verdict.records


@pytest.mark.slow
async def test_four_replicas_write_eight_thousand_records_in_one_chain(postgres: Server):
    url = postgres.url(postgres.new_house())
    await PostgresStore.migrate(url, clock=SystemClock())
    with writers(url, count=2_000, of=4) as started:
        assert heard(started) == [2_000] * 4
    assert await verified(url) == 8_000


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["stop", "crash"])
async def test_replicas_go_on_by_themselves_when_the_server_was_away(postgres: Server, ending: str):
    url = postgres.url(postgres.new_house())
    await PostgresStore.migrate(url, clock=SystemClock())
    with writers(url, count=300, of=4) as started:
        for _ in range(3):
            getattr(postgres, ending)()
            postgres.start()
        assert heard(started) == [300] * 4
    # What a replica was told is written is there, once; and what it was told is not, is not.
    assert await verified(url) == 1_200
