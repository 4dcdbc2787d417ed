"""The limiter in one process, over a real store, by a clock that moves when it is slept by."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import anyio
import pytest

from tests.fakes import FakeClock
from tests.xero.limiting import ORGANISATION, RULES, make_limiter, refusal, use
from tests.xero.world import BrokenStore
from xero_mcp.clock import SystemClock
from xero_mcp.errors import XeroMcpError
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.calls import CallRow
from xero_mcp.xero.limits import Limiter, Permit

T = TypeVar("T")


async def test_sixty_go_at_once_and_the_next_hears_when_to_come_back(
    limiter: Limiter, clock: FakeClock
):
    await use(limiter, 60)
    assert clock.slept == []
    error = await refusal(limiter)
    assert error.retry_after_seconds in (60, 61)
    assert clock.slept == []


async def test_a_call_counts_until_a_minute_after_its_end(limiter: Limiter, clock: FakeClock):
    permit = await limiter.acquire(ORGANISATION)
    clock.advance(20)
    await limiter.release(permit)
    await use(limiter, 59)
    clock.advance(41)
    began = clock.monotonic()
    await use(limiter, 1)
    assert 18.9 < clock.monotonic() - began < 19.3


async def test_a_wait_within_the_bound_is_waited(limiter: Limiter, clock: FakeClock):
    await use(limiter, 60)
    clock.advance(35)
    began = clock.monotonic()
    await use(limiter, 60)
    assert 24.9 < clock.monotonic() - began < 25.3


async def test_a_wait_may_have_a_bound_of_its_own(limiter: Limiter, clock: FakeClock):
    await use(limiter, 60)
    clock.advance(50)
    with pytest.raises(XeroMcpError):
        await limiter.acquire(ORGANISATION, max_wait_seconds=5)
    await limiter.acquire(ORGANISATION, max_wait_seconds=15)


async def test_a_long_wait_is_told_every_few_seconds(limiter: Limiter, clock: FakeClock):
    await use(limiter, 60)
    clock.advance(45)
    told: list[tuple[float, float | None, str]] = []

    async def progress(done: float, total: float | None, message: str) -> None:
        told.append((done, total, message))

    await limiter.acquire(ORGANISATION, progress=progress)
    assert 4 <= len(told) <= 6
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert all(total is not None and 14.5 < total < 15.5 for _, total, _ in told)
    assert "0 calls ahead" in told[0][2]


async def test_a_short_wait_is_not_told(limiter: Limiter, clock: FakeClock):
    await use(limiter, 60)
    clock.advance(58)
    told: list[str] = []

    async def progress(done: float, total: float | None, message: str) -> None:
        told.append(f"{done} {total} {message}")

    await limiter.acquire(ORGANISATION, progress=progress)
    assert told == []


async def test_five_fly_at_once_and_the_sixth_goes_when_one_lands(real: Limiter):
    flying = [await real.acquire(ORGANISATION) for _ in range(5)]
    landed: list[Permit] = []

    async def sixth() -> None:
        landed.append(await real.acquire(ORGANISATION))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sixth)
        await anyio.sleep(0.05)
        assert landed == []
        await real.release(flying[2])
    assert len(landed) == 1


async def test_those_who_wait_go_in_the_order_in_which_they_came(real: Limiter):
    flying = [await real.acquire(ORGANISATION) for _ in range(5)]
    order: list[int] = []

    async def one(number: int) -> None:
        permit = await real.acquire(ORGANISATION)
        order.append(number)
        await real.release(permit)

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(one, number)
            await anyio.sleep(0.005)
        for permit in flying:
            await real.release(permit)
    assert order == list(range(20))


async def test_nobody_passes_while_somebody_of_another_process_waits(store: Store):
    clock = SystemClock()
    first, second = make_limiter(store, clock, holder="a"), make_limiter(store, clock, holder="b")
    flying = [await first.acquire(ORGANISATION) for _ in range(5)]
    order: list[str] = []

    async def one(limiter: Limiter, name: str) -> None:
        permit = await limiter.acquire(ORGANISATION)
        order.append(name)
        await limiter.release(permit)

    async with anyio.create_task_group() as tasks:
        for name, limiter in [("a1", first), ("b1", second), ("a2", first), ("b2", second)]:
            tasks.start_soon(one, limiter, name)
            await anyio.sleep(0.01)
        for permit in flying:
            await first.release(permit)
    assert order == ["a1", "b1", "a2", "b2"]


async def test_organisations_do_not_wait_for_each_other(limiter: Limiter):
    await use(limiter, 60)
    await use(limiter, 60, "org-2")
    await refusal(limiter)


async def test_a_cancelled_call_leaves_the_queue(real: Limiter, store: Store):
    flying = [await real.acquire(ORGANISATION) for _ in range(5)]
    with anyio.move_on_after(0.03):
        await real.acquire(ORGANISATION)
    assert await waiting(store) == 0
    await real.release(flying[0])
    await real.release(await real.acquire(ORGANISATION))


async def test_when_the_one_who_looks_is_cancelled_another_looks(real: Limiter):
    flying = [await real.acquire(ORGANISATION) for _ in range(5)]
    gone = anyio.CancelScope()
    went: list[Permit] = []

    async def impatient() -> None:
        with gone:
            await real.acquire(ORGANISATION)

    async def patient() -> None:
        went.append(await real.acquire(ORGANISATION))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(impatient)
        await anyio.sleep(0.01)
        tasks.start_soon(patient)
        await anyio.sleep(0.01)
        gone.cancel()
        await anyio.sleep(0.01)
        await real.release(flying[0])
    assert went


async def waiting(store: Store, organisation: str = ORGANISATION) -> int:
    return await store.read(lambda tables: len(tables.calls.waiting(organisation)))


def left_behind(
    tables: Tables, clock: FakeClock, *, state: str = "waiting", lease_seconds: int = 6
) -> CallRow:
    """A row as a killed process leaves it."""
    now_ms = int(clock.now().timestamp() * 1000)
    ticket = tables.calls.next_ticket(ORGANISATION)
    return CallRow(
        id=f"dead-{ticket}",
        organisation_id=ORGANISATION,
        holder="dead",
        ticket=ticket,
        state=state,
        since_ms=now_ms,
        until_ms=now_ms + lease_seconds * 1000,
    )


async def test_a_dead_processs_ticket_lapses(store: Store, clock: FakeClock):
    limiter = make_limiter(store, clock)

    def leave_ticket(tables: Tables) -> None:
        tables.calls.add(left_behind(tables, clock))

    await store.quick(leave_ticket)
    began = clock.monotonic()
    await limiter.acquire(ORGANISATION)
    assert 5 < clock.monotonic() - began < 8


async def test_a_dead_processs_calls_land_when_their_lease_ends_and_count_from_then(
    store: Store, clock: FakeClock
):
    rules = replace(RULES, per_minute=7, max_wait_seconds=200)
    limiter = make_limiter(store, clock, rules)

    def leave_calls(tables: Tables) -> None:
        for _ in range(5):
            tables.calls.add(left_behind(tables, clock, state="flying", lease_seconds=10))

    await store.quick(leave_calls)
    began = clock.monotonic()
    await use(limiter, 2)
    assert 9.9 < clock.monotonic() - began < 11
    await use(limiter, 1)
    assert 69.9 < clock.monotonic() - began < 72


async def test_a_request_that_never_left_does_not_count(limiter: Limiter, clock: FakeClock):
    for _ in range(100):
        await limiter.release(await limiter.acquire(ORGANISATION), was_sent=False)
    assert clock.slept == []


async def test_a_clock_that_was_put_back_stops_nobody_for_long(limiter: Limiter, clock: FakeClock):
    await use(limiter, 55)
    for _ in range(5):
        await limiter.acquire(ORGANISATION)
    clock.advance(-3600)
    await limiter.release(await limiter.acquire("org-2"))
    await use(limiter, 60)
    assert clock.slept == []


async def test_a_store_that_fails_after_the_answer_does_not_hide_the_answer(clock: FakeClock):
    broken = make_limiter(BrokenStore(), clock)
    permit = Permit(call_id="x", organisation_id=ORGANISATION, started_ms=0, ticket=1)
    await broken.release(permit)


class Counted:
    """A store that counts its transactions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.quick_count = 0
        self.write = store.write
        self.brief = store.brief
        self.read = store.read
        self.glance = store.glance
        self.check = store.check
        self.close = store.close

    async def quick(self, work: Callable[[Tables], T]) -> T:
        self.quick_count += 1
        return await self._store.quick(work)


async def test_a_call_that_need_not_wait_costs_two_transactions(store: Store, clock: FakeClock):
    counted = Counted(store)
    await use(make_limiter(counted, clock), 10)
    assert counted.quick_count == 20


async def test_a_full_minute_is_slept_through_not_polled(store: Store, clock: FakeClock):
    counted = Counted(store)
    limiter = make_limiter(counted, clock)
    await use(limiter, 60)
    clock.advance(40)
    before = counted.quick_count
    await limiter.acquire(ORGANISATION)
    assert counted.quick_count - before < 30


async def test_a_process_that_slept_through_its_lease_queues_again(store: Store, clock: FakeClock):
    limiter = make_limiter(store, clock)
    await use(limiter, 60)
    clock.advance(45)

    async def sleep_long(done: float, total: float | None, message: str) -> None:
        del total, message
        if done == 0:
            clock.advance(8)  # longer than a ticket lives

    permit = await limiter.acquire(ORGANISATION, progress=sleep_long)
    assert permit.ticket > 60
    await limiter.release(permit)
