"""The clock of tests: no time passes under somebody's work."""

import time
from collections.abc import AsyncGenerator

import anyio
from anyio import to_thread

from tests.fakes import FakeClock

AT_WORK_SECONDS = 0.05


async def one_step() -> AsyncGenerator[int]:
    await to_thread.run_sync(time.sleep, AT_WORK_SECONDS)
    yield 1


async def working(clock: FakeClock, seen: list[float]) -> None:
    seen.extend([clock.monotonic() async for _ in one_step()])


async def test_no_time_passes_while_a_generator_waits_for_a_thread():
    clock, seen = FakeClock(), list[float]()
    began = clock.monotonic()
    async with anyio.create_task_group() as group:
        group.start_soon(working, clock, seen)
        await clock.sleep(600)
    assert seen == [began]
    assert clock.monotonic() == began + 600
