"""What Xero's own counters and pauses change."""

from dataclasses import replace

import pytest

from tests.fakes import FakeClock
from tests.xero.limiting import NO_NEWS, ORGANISATION, RULES, make_limiter, refusal, use
from xero_mcp.store.base import Store
from xero_mcp.xero.limits import Limiter


async def test_calls_of_others_count_as_used(limiter: Limiter, clock: FakeClock):
    permit = await limiter.acquire(ORGANISATION)
    await limiter.release(permit, counters=replace(NO_NEWS, minute_left=9))
    await use(limiter, 9)
    await refusal(limiter)
    clock.advance(61)
    await use(limiter, 60)


async def test_a_counter_that_agrees_changes_nothing(limiter: Limiter):
    for used in range(1, 61):
        permit = await limiter.acquire(ORGANISATION)
        await limiter.release(permit, counters=replace(NO_NEWS, minute_left=60 - used))
    await refusal(limiter)


@pytest.mark.parametrize("left", [60, 59, 1000])
async def test_a_counter_that_leaves_more_gives_nothing_back(limiter: Limiter, left: int):
    for _ in range(60):
        permit = await limiter.acquire(ORGANISATION)
        await limiter.release(permit, counters=replace(NO_NEWS, minute_left=left))
    await refusal(limiter)


async def test_a_call_that_ran_out_under_way_is_not_taken_for_somebody_elses(
    limiter: Limiter, clock: FakeClock
):
    await use(limiter, 30)
    clock.advance(59)
    slow = await limiter.acquire(ORGANISATION)
    clock.advance(5)
    # Xero looked at its counter when the call began: 30 old ones and this one.
    await limiter.release(slow, counters=replace(NO_NEWS, minute_left=29))
    await use(limiter, 59)
    await refusal(limiter)


async def test_the_day_has_its_limit(store: Store, clock: FakeClock):
    limiter = make_limiter(store, clock, replace(RULES, per_day=3))
    await use(limiter, 3)
    error = await refusal(limiter)
    assert error.retry_after_seconds is not None
    assert 86_390 <= error.retry_after_seconds <= 86_401
    clock.advance(86_401)
    await use(limiter, 3)


async def test_xeros_count_of_the_day_is_believed(limiter: Limiter):
    permit = await limiter.acquire(ORGANISATION)
    await limiter.release(permit, counters=replace(NO_NEWS, day_left=1, minute_left=59))
    await use(limiter, 1)
    error = await refusal(limiter)
    assert error.retry_after_seconds is not None
    assert error.retry_after_seconds > 80_000


async def test_the_app_has_a_limit_over_all_organisations(store: Store, clock: FakeClock):
    limiter = make_limiter(store, clock, replace(RULES, app_per_minute=10))
    await use(limiter, 5, "org-1")
    await use(limiter, 5, "org-2")
    error = await refusal(limiter, "org-3")
    assert error.retry_after_seconds in (60, 61)


async def test_a_pause_of_the_app_holds_every_organisation(limiter: Limiter, clock: FakeClock):
    everyone = replace(NO_NEWS, retry_after_seconds=10, pause_everyone=True)
    await limiter.release(await limiter.acquire(ORGANISATION), counters=everyone)
    began = clock.monotonic()
    await limiter.acquire("org-2")
    assert 9.9 < clock.monotonic() - began < 10.3


async def test_a_pause_of_one_organisation_holds_no_other(limiter: Limiter, clock: FakeClock):
    one = replace(NO_NEWS, retry_after_seconds=10)
    await limiter.release(await limiter.acquire(ORGANISATION), counters=one)
    await limiter.acquire("org-2")
    assert clock.slept == []
