"""Every write whose answer is lost is found again in Xero: as done, or as not done."""

from typing import Any

import pytest

from tests.gate.lost_writes import EVERYTHING, LOST
from tests.gate.test_reconciling import look, state_of
from tests.gate.world import World, code_of
from xero_mcp.store.tables.writes import WriteState
from xero_mcp.tools.catalog import CATALOG

AFTER_A_WHILE_SECONDS = 601


def test_there_is_a_case_for_every_tool_that_writes():
    tried = {tool for tool, _ in LOST.values()}
    assert {one.name for one in CATALOG if one.card.writes} == tried


async def lose(house: World, tool: str, arguments: dict[str, Any], *, done: bool) -> str:
    """Ask while every answer to a write is lost, whether Xero did it or not."""
    kind = "drop_after" if done else "drop_before"
    for method in ("PUT", "POST", "DELETE"):
        house.fault(kind, method=method, path="/api.xro/2.0/*", times=20)
    answer = await house.call(tool, arguments)
    assert code_of(answer) == "OUTCOME_UNKNOWN", answer.content
    house.demo.premises.faults.clear()
    return (await house.records(kind="intent", tool=tool))[-1]["id"]


@pytest.mark.slow
@pytest.mark.parametrize("case", LOST)
async def test_what_was_not_done_and_what_was_is_found_out(house: World, case: str):
    tool, prepare = LOST[case]
    house.write_policy(EVERYTHING)
    arguments = await prepare(house)
    house.clock.advance(3600)
    first = await lose(house, tool, arguments, done=False)
    early = await look(house, first)
    assert early.ruling.done is not True, early.ruling.evidence
    house.clock.advance(AFTER_A_WHILE_SECONDS)
    found = early if early.settled else await look(house, first)
    assert found.ruling.done is False, found.ruling.evidence
    assert await state_of(house, first) is WriteState.SETTLED

    second = await lose(house, tool, arguments, done=True)
    assert second != first
    house.clock.advance(AFTER_A_WHILE_SECONDS)
    found = await look(house, second)
    assert found.ruling.done is True, found.ruling.evidence
    assert await state_of(house, second) is WriteState.SETTLED
    assert (await house.good(tool, arguments))["repeated"] is True
