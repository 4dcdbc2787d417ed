"""Two processes, one store, one organisation, and a Xero that enforces its limits."""

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.store.postgres_server import Server
from tests.xero.limited_upstream import LimitedXero, Window, serving

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "tests" / "xero" / "calling_process.py"
PATIENCE_SECONDS = 80
MINUTE_SECONDS = 60.0
"""Longer than a test may take: nothing of it comes free before the test is over."""
SHORT_MINUTE_SECONDS = 2.0


@dataclass
class Outcome:
    calls: list[dict[str, Any]]

    @property
    def counts(self) -> Counter[str]:
        return Counter(call["outcome"] for call in self.calls)


def let_loose(
    url: str, database: Path | str, *, count: int, max_wait: float, minute: float
) -> Outcome:
    """Start two processes, let them begin together, and hear how each call fared."""
    command = [sys.executable, str(PROGRAM), url, str(database), str(count)]
    command += [str(max_wait), str(minute)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"}
    started = [
        subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.communicate(timeout=PATIENCE_SECONDS)[0] for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert [process.returncode for process in started] == [0, 0]
    return Outcome(calls=[call for text in said for call in json.loads(text)])


def starts_by_ticket(database: Path) -> list[int]:
    connection = sqlite3.connect(database)
    try:
        found = connection.execute(
            "SELECT since_ms FROM xero_calls WHERE minute_calls = 1 AND id NOT LIKE '%+' "
            "ORDER BY ticket"
        ).fetchall()
    finally:
        connection.close()
    return [since for (since,) in found]


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """What the two processes share."""
    if request.param == "sqlite":
        return tmp_path / "shared.db"
    server: Server = request.getfixturevalue("postgres")
    return server.url(server.new_house())


@pytest.mark.slow
@pytest.mark.parametrize("window", ["rolling", "fixed"])
def test_all_of_the_limit_is_used_and_whoever_would_wait_too_long_hears_so(
    window: Window, database: Path | str
):
    upstream = LimitedXero(window=window, window_seconds=MINUTE_SECONDS)
    with serving(upstream) as url:
        outcome = let_loose(url, database, count=24, max_wait=5.0, minute=MINUTE_SECONDS)
    assert outcome.counts == {"done": 12, "XERO_RATE_LIMITED": 36}
    assert (len(upstream.arrived), upstream.refused) == (12, 0)
    assert upstream.most_in_flight <= 5
    assert upstream.token_requests == 1
    late = [call for call in outcome.calls if call["outcome"] != "done"]
    assert all(call["retry_after_seconds"] > 5 for call in late)
    assert all(call["statuses"] == [] for call in late)


@pytest.mark.slow
@pytest.mark.parametrize("window", ["rolling", "fixed"])
def test_those_who_wait_go_in_order_and_never_too_early(window: Window, tmp_path: Path):
    """Xero is the judge of that: it refuses whoever comes before there is room."""
    upstream = LimitedXero(window=window, window_seconds=SHORT_MINUTE_SECONDS)
    database = tmp_path / "shared.db"
    with serving(upstream) as url:
        outcome = let_loose(url, database, count=24, max_wait=30, minute=SHORT_MINUTE_SECONDS)
    assert outcome.counts == {"done": 48}
    assert (len(upstream.arrived), upstream.refused) == (48, 0)
    assert upstream.most_in_flight <= 5
    assert upstream.token_requests == 1
    assert all(call["statuses"] == [200] for call in outcome.calls)
    starts = starts_by_ticket(database)
    assert len(starts) == 48
    assert starts == sorted(starts)
    assert any(call["told"] for call in outcome.calls)


@pytest.mark.slow
def test_what_others_use_of_the_limit_is_found_out_and_nobody_fails_for_it(tmp_path: Path):
    upstream = LimitedXero(window="rolling", window_seconds=3.0, others=4)
    with serving(upstream) as url:
        outcome = let_loose(url, tmp_path / "shared.db", count=12, max_wait=30, minute=3.0)
    assert outcome.counts == {"done": 24}
    # While calls fly, Xero's counter cannot tell theirs from ours: a few may run into it, once.
    assert upstream.refused <= 5


@pytest.mark.slow
def test_replicas_on_one_postgres_wait_for_the_limit_together(postgres: Server):
    upstream = LimitedXero(window="rolling", window_seconds=SHORT_MINUTE_SECONDS)
    url_of_store = postgres.url(postgres.new_house())
    with serving(upstream) as url:
        outcome = let_loose(url, url_of_store, count=24, max_wait=30, minute=SHORT_MINUTE_SECONDS)
    assert outcome.counts == {"done": 48}
    assert (len(upstream.arrived), upstream.refused) == (48, 0)
    assert upstream.most_in_flight <= 5
    assert upstream.token_requests == 1
