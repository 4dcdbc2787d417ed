"""What has begun is written down, whoever stops waiting for it."""

import anyio

from xero_mcp.gate.grace import to_the_end

PATIENCE_SECONDS = 10


class Call:
    """One call that waits for Xero, and whoever waits for the call."""

    def __init__(self, *, grace_seconds: float) -> None:
        self._grace_seconds = grace_seconds
        self.waiting = anyio.Event()
        self.answer = anyio.Event()
        self.seen: list[str] = []

    async def _run(self) -> None:
        self.waiting.set()
        await self.answer.wait()
        self.seen.append("answered")

    async def _record(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.seen.append("recorded")

    async def __call__(self) -> None:
        await to_the_end(self._run, self._record, grace_seconds=self._grace_seconds)
        self.seen.append("heard")


async def test_a_call_that_is_waited_for_runs_is_recorded_and_heard():
    for grace_seconds in (0.0, 5.0):
        call = Call(grace_seconds=grace_seconds)
        call.answer.set()
        with anyio.fail_after(PATIENCE_SECONDS):
            await call()
        assert call.seen == ["answered", "recorded", "heard"]


async def test_a_read_that_nobody_waits_for_is_cut_off_and_recorded():
    call = Call(grace_seconds=0.0)
    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            group.start_soon(call)
            await call.waiting.wait()
            group.cancel_scope.cancel()
    assert call.seen == ["recorded"]


async def test_a_write_that_nobody_waits_for_may_still_hear_its_answer():
    call = Call(grace_seconds=PATIENCE_SECONDS)
    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            group.start_soon(call)
            await call.waiting.wait()
            group.cancel_scope.cancel()
            call.answer.set()
    assert call.seen[:2] == ["answered", "recorded"]


async def test_what_goes_wrong_on_the_way_is_recorded_and_goes_on():
    seen: list[str] = []

    async def run() -> None:
        raise LookupError("a bug")

    async def record() -> None:
        seen.append("recorded")

    try:
        await to_the_end(run, record, grace_seconds=0.0)
    except LookupError:
        seen.append("raised")
    assert seen == ["recorded", "raised"]
