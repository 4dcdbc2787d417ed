"""What the server asks for itself: behind everybody's calls, and never all that there is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from tests.xero.test_fair_turns import MS_OF_A_CALL, PEOPLE, RULES, Queue, in_a_minute
from xero_mcp.agents import launched_agent
from xero_mcp.changes.fetching import CATCHING_UP, READING
from xero_mcp.store.base import Tables
from xero_mcp.store.sqlite import SqliteStore
from xero_mcp.xero.budget import BACKGROUND
from xero_mcp.xero.turnstile import Standing

OURS = f"{BACKGROUND}changes"
MANY = 80


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "a.db", clock=FakeClock())
    yield opened
    await opened.close()


async def test_in_the_queue_it_stands_behind_agents_that_come_later(store: SqliteStore):
    def work(tables: Tables) -> list[str]:
        queue = Queue(tables)
        for _ in range(RULES.at_once):
            queue.come("first")
        for one in (OURS, OURS, "agent", "another", PEOPLE):
            queue.come(one)
        queue.pass_time(4 * MS_OF_A_CALL)
        return [agent for _, agent in queue.turns[RULES.at_once :]]

    assert await store.write(work) == [PEOPLE, "agent", "another", OURS, OURS]


async def test_it_leaves_a_part_of_each_minute_to_the_others(store: SqliteStore):
    def work(tables: Tables) -> tuple[int, Standing]:
        queue = Queue(tables)
        for _ in range(MANY):
            queue.come(OURS)
        queue.pass_time(30_000)
        used = len(queue.turns)
        return used, queue.come("agent")

    used, standing = await store.write(work)
    assert used == RULES.per_minute * (100 - RULES.background_kept_percent) // 100
    assert standing is Standing.GOES


async def test_agents_that_are_busy_lose_no_turn_to_it(store: SqliteStore):
    def work(tables: Tables) -> Queue:
        queue = Queue(tables)
        keep = {"a": 20, "b": 20, OURS: 20}
        for agent, calls in keep.items():
            for _ in range(calls):
                queue.come(agent)
        queue.pass_time(185_000, keep=keep)
        return queue

    turns = in_a_minute(await store.write(work), after_ms=61_000)
    assert turns[OURS] == 0
    assert abs(turns["a"] - turns["b"]) <= 1


async def test_its_many_turns_set_no_agent_back(store: SqliteStore):
    """Rounds are counted among agents alone."""

    def work(tables: Tables) -> int:
        queue = Queue(tables)
        for _ in range(40):
            queue.come(OURS)
        queue.pass_time(20_000)
        return tables.calls.next_round("org", "agent", after_ms=0)

    assert await store.write(work) == 0


def test_no_agent_can_be_called_like_it():
    for one in (READING, CATCHING_UP):
        assert one.agent.startswith(BACKGROUND)
        with pytest.raises(ValueError, match=r"~"):
            launched_agent(one.agent)
