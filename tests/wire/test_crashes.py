"""Killed at each step of a write, under load: nothing acknowledged is lost, nothing done unknown.

Sixty kills here; `bench/crashes.py --kills 200` does as many as asked.
"""

import os

import pytest

from tests.wire.crash_lane import STEPS
from tests.wire.crashing import Crashed, crash
from tests.wire.demo_process import DemoProcess
from tests.wire.house import House

KILLS, LANES = 66, 3


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks processes to kill them quickly")
async def test_killed_at_every_step_of_a_write_nothing_is_lost_and_nothing_done_is_missing(
    xero_house: House, demo: DemoProcess
):
    seen: Crashed = await crash(xero_house, demo, kills=KILLS, lanes=LANES, seed=6)
    assert seen.kills >= KILLS
    assert set(seen.by_step) == set(STEPS)
    assert seen.problems == []
    assert len(seen.heard) > KILLS / 2
