"""An agent's part of Xero's limits."""

from pathlib import Path

import pytest

from tests.fakes import FakeClock
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.store.base import Tables
from xero_mcp.store.sqlite import SqliteStore
from xero_mcp.store.tables.calls import CallRow
from xero_mcp.xero.budget import Asked, CallBudget, take
from xero_mcp.xero.forecast import LimitRules

RULES = LimitRules(per_day=100)
NOW_MS = 1_000_000_000
BUSY, OTHER = CallBudget(agent="busy"), CallBudget(agent="other")


def try_to_take(tables: Tables, budget: CallBudget, number: int) -> bool:
    asked = Asked(call_id=f"{budget.agent}-{number}", organisation_id="org", now_ms=NOW_MS)
    try:
        take(tables, budget, asked, RULES)
    except XeroMcpError as error:
        return error.code is not ErrorCode.LIMIT_REACHED
    tables.calls.add(
        CallRow(
            id=asked.call_id,
            organisation_id="org",
            holder="here",
            ticket=number,
            state="ended",
            since_ms=NOW_MS,
            until_ms=NOW_MS,
        )
    )
    return True


async def taken(store: SqliteStore, budget: CallBudget, tries: int) -> int:
    return await store.write(
        lambda tables: sum(try_to_take(tables, budget, number) for number in range(tries))
    )


@pytest.fixture
async def store(tmp_path: Path):
    opened = await SqliteStore.open(tmp_path / "a.db", clock=FakeClock())
    yield opened
    await opened.close()


async def test_one_busy_agent_leaves_calls_of_the_day_to_the_others(store: SqliteStore):
    assert await taken(store, BUSY, 100) == 80
    assert await taken(store, OTHER, 100) == 15


async def test_the_last_calls_of_the_day_are_for_people(store: SqliteStore):
    assert await taken(store, BUSY, 100) + await taken(store, OTHER, 100) == 95


async def test_a_policys_own_limit_is_kept_for_each_organisation(store: SqliteStore):
    budget = CallBudget(agent="busy", per_minute=3, per_day=5)
    assert await taken(store, budget, 10) == 3
