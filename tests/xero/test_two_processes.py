"""Two processes, one store, one organisation, and a Xero that enforces its limits."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.store.postgres_server import Server
from tests.xero.limited_upstream import LimitedXero, Window, serving

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "tests" / "xero" / "calling_process.py"
PATIENCE_SECONDS = 40


@dataclass
class Outcome:
    calls: list[dict[str, Any]]
    seconds: float

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
        began = time.monotonic()
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        said = [process.communicate(timeout=PATIENCE_SECONDS)[0] for process in started]
        seconds = time.monotonic() - began
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert [process.returncode for process in started] == [0, 0]
    return Outcome(calls=[call for text in said for call in json.loads(text)], seconds=seconds)


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


@pytest.mark.slow
@pytest.mark.parametrize("window", ["rolling", "fixed"])
def test_all_of_the_limit_is_used_in_order_and_never_more(window: Window, tmp_path: Path):
    upstream = LimitedXero(window=window, window_seconds=2.0)
    database = tmp_path / "shared.db"
    with serving(upstream) as url:
        outcome = let_loose(url, database, count=24, max_wait=30, minute=2.0)
    assert outcome.counts == {"done": 48}
    assert upstream.refused == 0
    assert 2 <= upstream.most_in_flight <= 5
    assert len(upstream.arrived) == 48
    # 48 calls at 12 in 2 s: the last dozen can begin after 6 s at the earliest.
    assert 6 <= upstream.arrived[-1] - upstream.arrived[0] < 6 + 1.5
    assert upstream.bursts() == [12, 12, 12, 12]
    assert upstream.token_requests == 1
    assert all(call["statuses"] == [200] for call in outcome.calls)
    starts = starts_by_ticket(database)
    assert len(starts) == 48
    assert starts == sorted(starts)
    assert any(call["told"] for call in outcome.calls)


@pytest.mark.slow
def test_those_who_would_wait_too_long_hear_at_once_when_to_come_back(tmp_path: Path):
    upstream = LimitedXero(window="rolling", window_seconds=3.0)
    with serving(upstream) as url:
        outcome = let_loose(url, tmp_path / "shared.db", count=50, max_wait=5.0, minute=3.0)
    assert outcome.counts == {"done": 24, "XERO_RATE_LIMITED": 76}
    assert upstream.refused == 0
    assert upstream.most_in_flight <= 5
    assert upstream.bursts() == [12, 12]
    late = [call for call in outcome.calls if call["outcome"] != "done"]
    assert all(call["retry_after_seconds"] >= 5 for call in late)
    assert all(call["statuses"] == [] for call in late)


@pytest.mark.slow
def test_what_others_use_of_the_limit_is_found_out_and_nobody_fails_for_it(tmp_path: Path):
    upstream = LimitedXero(window="rolling", window_seconds=3.0, others=4)
    with serving(upstream) as url:
        outcome = let_loose(url, tmp_path / "shared.db", count=12, max_wait=30, minute=3.0)
    assert outcome.counts == {"done": 24}
    # While calls fly, Xero's counter cannot tell theirs from ours: a few may run into it, once.
    assert upstream.refused <= 5


@pytest.mark.slow
def test_replicas_on_one_postgres_share_the_limit_and_one_token(postgres: Server):
    upstream = LimitedXero(window="rolling", window_seconds=2.0)
    database = postgres.url(postgres.new_house())
    with serving(upstream) as url:
        outcome = let_loose(url, database, count=24, max_wait=30, minute=2.0)
    assert outcome.counts == {"done": 48}
    assert upstream.refused == 0
    assert upstream.token_requests == 1
    assert len(upstream.arrived) == 48
    assert 2 <= upstream.most_in_flight <= 5
    assert upstream.bursts() == [12, 12, 12, 12]
