"""A call that has begun is written down to its end, whoever stops waiting for it."""

from collections.abc import Awaitable, Callable

import anyio

WRITE_GRACE_SECONDS = 1.0
"""What a write gets to end after a cancellation; less than the two seconds to be gone within."""
RECORD_SECONDS = 10.0
"""How long at most the outcome may take to become durable."""


async def to_the_end(
    run: Callable[[], Awaitable[None]],
    record: Callable[[], Awaitable[None]],
    *,
    grace_seconds: float,
) -> None:
    """Run, then record, also where the caller is cancelled meanwhile.

    On a cancellation `run` gets `grace_seconds` more and is then cut off; `record` is not cut
    off. The cancellation itself goes on to the caller after that.
    """
    if grace_seconds:
        await _run_on(run, record, grace_seconds=grace_seconds)
        return
    try:
        await run()
    finally:
        with anyio.move_on_after(RECORD_SECONDS, shield=True):
            await record()


async def _run_on(
    run: Callable[[], Awaitable[None]],
    record: Callable[[], Awaitable[None]],
    *,
    grace_seconds: float,
) -> None:
    """The same with somebody beside it who hears of the cancellation while `run` is shielded."""
    shield = anyio.CancelScope(shield=True)

    async def watch() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            shield.deadline = min(shield.deadline, anyio.current_time() + grace_seconds)

    async with anyio.create_task_group() as group:
        group.start_soon(watch)
        with shield:
            await run()
        with anyio.move_on_after(RECORD_SECONDS, shield=True):
            await record()
        group.cancel_scope.cancel()
