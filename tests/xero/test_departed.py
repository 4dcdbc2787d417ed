"""What a dead process left in the queue is cleared away by the others, before its leases end."""

from dataclasses import replace

from tests.fakes import FakeClock
from tests.xero.limiting import ORGANISATION, RULES, make_limiter, use
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.calls import CallRow

LEASE_SECONDS = 60
ROUNDING_SECONDS = 0.1
SLOW = replace(RULES, ticket_lease_seconds=LEASE_SECONDS, max_wait_seconds=200)
DEAD, ALIVE = "dead", "alive"


class Roll:
    """Who is alive; it notes how often it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, holder: str) -> bool:
        self.asked.append(holder)
        return holder != DEAD


async def left(
    store: Store, clock: FakeClock, *, holder: str = DEAD, state: str = "waiting", count: int = 1
) -> None:
    """Rows as a killed process leaves them, with a minute of their leases before them."""
    now_ms = int(clock.now().timestamp() * 1000)

    def work(tables: Tables) -> None:
        for number in range(count):
            row = CallRow(
                id=f"{holder}-{state}-{number}",
                organisation_id=ORGANISATION,
                holder=holder,
                ticket=tables.calls.next_ticket(ORGANISATION),
                state=state,
                since_ms=now_ms,
                until_ms=now_ms + LEASE_SECONDS * 1000,
            )
            tables.calls.add(row)

    await store.quick(work)


async def test_nobody_waits_for_the_lease_of_a_dead_process(store: Store, clock: FakeClock):
    limiter = make_limiter(store, clock, SLOW, is_live=Roll())
    await left(store, clock, count=3)
    began = clock.monotonic()
    await limiter.acquire(ORGANISATION)
    assert clock.monotonic() - began <= RULES.look_for_dead_seconds


async def test_a_process_that_is_slow_keeps_its_place(store: Store, clock: FakeClock):
    limiter = make_limiter(store, clock, SLOW, is_live=Roll())
    await left(store, clock, holder=ALIVE)
    began = clock.monotonic()
    await limiter.acquire(ORGANISATION)
    assert LEASE_SECONDS - ROUNDING_SECONDS < clock.monotonic() - began < LEASE_SECONDS + 2


async def test_calls_in_flight_of_a_dead_process_end_after_the_time_that_xero_may_need(
    store: Store, clock: FakeClock
):
    limiter = make_limiter(store, clock, replace(SLOW, per_minute=7), is_live=Roll())
    await left(store, clock, state="flying", count=5)
    began = clock.monotonic()
    await use(limiter, 2)
    took = clock.monotonic() - began
    longest = RULES.orphan_seconds + 2 * RULES.look_for_dead_seconds
    assert RULES.orphan_seconds - ROUNDING_SECONDS < took < longest
    await use(limiter, 1)
    took = clock.monotonic() - began + ROUNDING_SECONDS
    assert took > RULES.orphan_seconds + RULES.minute_seconds, "they count for a minute from then"


async def test_calls_in_flight_of_a_live_process_are_left_alone(store: Store, clock: FakeClock):
    limiter = make_limiter(store, clock, SLOW, is_live=Roll())
    await left(store, clock, holder=ALIVE, state="flying", count=5)
    began = clock.monotonic()
    await use(limiter, 1)
    assert clock.monotonic() - began > LEASE_SECONDS - ROUNDING_SECONDS


async def test_who_is_alive_is_asked_now_and_then_and_only_where_somebody_waits(
    store: Store, clock: FakeClock
):
    roll = Roll()
    limiter = make_limiter(store, clock, SLOW, is_live=roll)
    await use(limiter, 50)
    assert roll.asked == []
    await left(store, clock, holder=ALIVE, state="flying", count=5)
    await use(limiter, 1)
    assert 0 < len(roll.asked) <= LEASE_SECONDS / RULES.look_for_dead_seconds + 2
    assert set(roll.asked) == {ALIVE}, "a process need not ask about itself"


async def test_a_live_process_that_is_taken_for_dead_only_loses_its_place(
    store: Store, clock: FakeClock
):
    limiter = make_limiter(store, clock, SLOW, holder=DEAD)
    await use(limiter, RULES.per_minute)

    async def bury(done: float, total: float | None, message: str) -> None:
        del done, total, message
        await store.quick(lambda tables: tables.calls.bury(DEAD, end_ms=0))

    began = clock.monotonic()
    permit = await limiter.acquire(ORGANISATION, progress=bury)
    assert clock.monotonic() - began < RULES.minute_seconds + 2
    await limiter.release(permit)
