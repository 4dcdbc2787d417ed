"""Three replicas on one PostgreSQL, twenty agents, 600 calls for one organisation, while replicas
are killed and started again; Xero enforces its limits, in minutes of twenty seconds.

One trial, looked at from all sides. `bench/replicas.py` runs it in other sizes, and with
Xero's own minute.
"""

from collections.abc import Iterator

import anyio
import pytest

from tests.replicas.crowd import BROKEN
from tests.replicas.trial import Seen, Size, trial
from tests.replicas.trouble import kills
from tests.store.postgres_server import Server
from tests.wire.demo_process import demo_process

SIZE = Size()
KILLS = 3
AT_ONCE = 5
HEARD_OF_A_KILL = {BROKEN, "OUTCOME_UNKNOWN"}
"""An agent whose replica was killed sends the same call again, through another one."""

SPARE = 0.25
"""With less than this of the processors left over, it is not Xero that keeps calls waiting."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("replicas")
    with demo_process(folder, "--strict-limits", **SIZE.settings) as demo:

        async def run() -> Seen:
            place = postgres.url(postgres.new_house())
            return await trial(folder, demo, place, SIZE, trouble=kills(KILLS))

        yield anyio.run(run)


def test_every_call_is_done_in_the_end(seen: Seen):
    assert seen.failed == []
    assert sum(len(agent.done_at) for agent in seen.agents) == SIZE.calls
    assert len(seen.made) == SIZE.calls / 2


def test_nobody_hears_of_xeros_limits_and_xero_refuses_nothing(seen: Seen):
    assert set(seen.told) <= HEARD_OF_A_KILL
    assert seen.door["refused"] == 0
    assert "429" not in seen.statuses
    assert seen.door["max_in_flight"] <= AT_ONCE


def test_all_but_a_twentieth_of_what_xero_allows_is_used(seen: Seen):
    assert seen.share_used >= (0.95 if seen.idle > SPARE else 0.8)


def test_no_agent_waits_more_than_twice_its_fair_share(seen: Seen):
    assert seen.latest <= 2


def test_the_token_is_refreshed_once(seen: Seen):
    assert seen.tokens == 1


def test_no_write_is_lost_or_doubled_or_unrecorded(seen: Seen):
    assert len(seen.in_books) == SIZE.calls / 2
    assert seen.wrong_in_books() == []


def test_replicas_were_killed_under_calls_and_came_back(seen: Seen):
    started = [one for one in seen.records if one["kind"] == "started"]
    assert len(started) == SIZE.replicas + KILLS
    assert seen.told[BROKEN] > 0


def test_there_is_one_valid_chain(seen: Seen):
    assert seen.chain_is_valid, seen.verified
