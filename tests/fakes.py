"""Stand-ins that several rooms' tests share."""

import asyncio
import gc
from datetime import UTC, datetime, timedelta
from types import AsyncGeneratorType
from typing import Any, Final

import anyio
from anyio import lowlevel

START = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
QUIET_ROUNDS: Final = 3
"""Looks in a row that find nobody at work, before time may pass."""
MAX_ROUNDS: Final = 20_000
"""Looks at all: some twenty seconds of work in a thread, and more than any test waits for."""


class FakeClock:
    """A clock that moves only when it is told to, or when all that is left to do is to sleep.

    Time never passes under somebody's work, however slow the machine is: as long as a task
    could go on or a thread is busy, sleepers wait; then it jumps to the earliest of them.
    """

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._monotonic = 1000.0
        self._sleepers: list[float] = []
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until = self._monotonic + seconds
        self._sleepers.append(until)
        try:
            await self._until(until)
        finally:
            self._sleepers.remove(until)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    async def _until(self, until: float) -> None:
        quiet = 0
        for _ in range(MAX_ROUNDS):
            await lowlevel.checkpoint()
            if self._monotonic >= until:
                return
            busy = _threads_at_work()
            quiet = 0 if busy or _tasks_at_work() > len(self._sleepers) - 1 else quiet + 1
            if quiet >= QUIET_ROUNDS and until <= min(self._sleepers):
                self.advance(until - self._monotonic)
                return
            if busy:
                await anyio.sleep(0.001)
        raise AssertionError("somebody was at work all the time that a sleeper waited")


MAX_DEPTH: Final = 200
"""Functions that wait for one another, of one task."""
IN_A_THREAD = frozenset({"Piece.end", "AsyncIOBackend.run_sync_in_worker_thread"})
"""What a task does that waits for work in a thread: the store's own, or one of anyio's."""


def _threads_at_work() -> int:
    """Tasks of this loop that wait for a thread."""
    return sum(_innermost(task.get_coro()) in IN_A_THREAD for task in asyncio.all_tasks())


def _innermost(waiting: Any) -> str:  # noqa: ANN401 - anything that can be awaited
    """The name of the function in which a task waits."""
    name = ""
    for _ in range(MAX_DEPTH):
        code = getattr(waiting, "cr_code", None) or getattr(waiting, "ag_code", None)
        if code is not None:
            name = code.co_qualname
            waiting = waiting.cr_await if hasattr(waiting, "cr_await") else waiting.ag_await
            continue
        waiting = _generator_of(waiting)
        if waiting is None:
            return name
    return name


def _generator_of(step: object) -> object | None:
    """Whose step it is that an `async for` waits for: it names its generator nowhere else."""
    if type(step).__name__ not in {"async_generator_asend", "async_generator_athrow"}:
        return None
    found: list[object] = [
        one for one in gc.get_referents(step) if isinstance(one, AsyncGeneratorType)
    ]
    return found[0] if found else None


def _tasks_at_work() -> int:
    """Steps that the loop would take at once."""
    return len(getattr(asyncio.get_running_loop(), "_ready", ()))
