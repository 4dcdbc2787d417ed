"""Sixty-four calls at once, from four processes over one store."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.gate.world import OPEN_POLICY, bill, code_of, world
from tests.store.postgres_server import Server

ROOT = Path(__file__).resolve().parents[2]
RACER = Path(__file__).with_name("racer.py")
SECONDS = 50


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Nothing for the SQLite file of the folder, or an empty PostgreSQL."""
    if request.param == "sqlite":
        return ""
    server: Server = request.getfixturevalue("postgres")
    return server.url(server.new_house())


def race(folder: Path, what: str, database_url: str) -> tuple[list[str], list[Decimal]]:
    """What all of them heard, and the totals of what was made."""
    command = [sys.executable, str(RACER), str(folder), what]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    racers = [
        subprocess.Popen(
            [*command, name, database_url],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for name in "abcd"
    ]
    heard: list[str] = []
    made: list[Decimal] = []
    try:
        said = [racer.communicate(timeout=SECONDS) for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
            racer.wait()
    for racer, (out, err) in zip(racers, said, strict=True):
        assert racer.returncode == 0, err.decode()
        told = json.loads(out)
        heard += told["heard"]
        made += [Decimal(total) for total in told["made"]]
    return heard, made


@pytest.mark.slow
async def test_sixty_four_calls_never_spend_a_penny_over_the_day(tmp_path: Path, database_url: str):
    policy = f'{OPEN_POLICY}limits: {{ money_per_day: "100.00 USD" }}\n'
    async with world(tmp_path, policy=policy, database_url=database_url):
        pass  # makes the database and its policy
    heard, made = race(tmp_path, "money", database_url)
    assert len(heard) == 64
    assert set(heard) == {"ok", "LIMIT_REACHED"}
    assert heard.count("ok") == len(made)
    assert sum(made) <= Decimal("100.00")
    # What was refused did not fit: the cheapest of the bills costs 10.01.
    assert Decimal("100.00") - sum(made) < Decimal("26.00")


@pytest.mark.slow
async def test_sixty_four_calls_use_one_approval_once(tmp_path: Path, database_url: str):
    policy = f"""{OPEN_POLICY}rules:
  - name: bigger
    ask_when: {{ total_over: "500.00 USD" }}
    ask: [jane@example.com]
"""
    async with world(tmp_path, policy=policy, database_url=database_url) as house:
        asked = await house.call(
            "create-invoice", bill(house.supplier(), "600.00", number="RACE-1")
        )
        assert code_of(asked) == "APPROVAL_REQUIRED"
        found = asked.content["error"]["details"][0]["message"]
        await house.office.approvals.approve(found, "jane@example.com")
        heard, made = race(tmp_path, "approval", database_url)
        used = await house.office.approvals.get(found)
        assert (await house.office.audit.verify()).ok
        intents = [
            one for one in await house.records(kind="intent") if one["tool"] == "create-invoice"
        ]
    assert len(heard) == 64
    assert made == [Decimal("600.00")]
    assert heard.count("ok") == 1
    assert used.status == "used"
    assert len(intents) == 1
    # One that looks just after the use asks anew; one that waits too long for the log is told so.
    safe = {"APPROVAL_EXPIRED", "APPROVAL_REQUIRED", "AUDIT_UNAVAILABLE", "OUTCOME_UNKNOWN"}
    assert set(heard) <= {"ok", "repeated", *safe}
