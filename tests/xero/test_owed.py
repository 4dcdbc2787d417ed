"""The store is away for a moment: what it missed of calls that ended takes no lane for long."""

from collections.abc import Callable
from typing import TypeVar

import anyio
import pytest

from tests.fakes import FakeClock
from tests.xero.limiting import NO_NEWS, ORGANISATION, RULES, make_limiter, use
from xero_mcp.errors import StoreUnavailableError, XeroMcpError
from xero_mcp.store.base import Store, Tables
from xero_mcp.xero.limits import Limiter
from xero_mcp.xero.turnstile import Counters

T = TypeVar("T")


class Leaving:
    """A store that is away while a test says so; of some transactions only the answer is lost."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_away = False
        self.loses_answers = False
        self.write = store.write
        self.brief = store.brief
        self.read = store.read
        self.glance = store.glance
        self.check = store.check
        self.close = store.close

    async def quick(self, work: Callable[[Tables], T]) -> T:
        if self.is_away:
            raise StoreUnavailableError("away")
        done = await self._store.quick(work)
        if self.loses_answers:
            raise StoreUnavailableError("the answer is lost")
        return done


@pytest.fixture
def leaving(store: Store) -> Leaving:
    return Leaving(store)


@pytest.fixture
def limiter(leaving: Leaving, clock: FakeClock) -> Limiter:
    return make_limiter(leaving, clock)


async def states(store: Store) -> list[tuple[int, int]]:
    """How many calls of the organisation fly, and how many ended."""

    def work(tables: Tables) -> list[tuple[int, int]]:
        flying = tables.calls.flying_since(ORGANISATION)
        ended = tables.calls.ended(ORGANISATION, after_ms=0)
        return [(len(flying), sum(one.minute_calls for one in ended))]

    return await store.read(work)


async def test_calls_that_ended_meanwhile_free_their_lanes_with_the_next_call(
    leaving: Leaving, limiter: Limiter, store: Store, clock: FakeClock
):
    flying = [await limiter.acquire(ORGANISATION) for _ in range(RULES.at_once)]
    leaving.is_away = True
    for permit in flying:
        await limiter.release(permit, counters=NO_NEWS)
    leaving.is_away = False
    assert await states(store) == [(5, 0)]
    await use(limiter, 1)
    assert clock.slept == [], "nobody waits for a lease"
    assert await states(store) == [(0, 6)]


async def test_they_count_from_when_they_ended(
    leaving: Leaving, limiter: Limiter, clock: FakeClock
):
    flying = [await limiter.acquire(ORGANISATION) for _ in range(RULES.at_once)]
    leaving.is_away = True
    for permit in flying:
        await limiter.release(permit)
    clock.advance(45)
    leaving.is_away = False
    await use(limiter, RULES.per_minute - RULES.at_once)
    began = clock.monotonic()
    await use(limiter, 1)
    assert 14 < clock.monotonic() - began < 16


async def test_what_the_store_may_have_heard_is_told_again_and_counts_once(
    leaving: Leaving, limiter: Limiter, store: Store
):
    permit = await limiter.acquire(ORGANISATION)
    leaving.loses_answers = True
    others = Counters(
        minute_left=40, day_left=None, app_left=None, retry_after_seconds=None, pause_everyone=False
    )
    await limiter.release(permit, counters=others)
    leaving.loses_answers = False
    assert await states(store) == [(0, 20)], "Xero counted twenty"
    await limiter.release(await limiter.acquire(ORGANISATION))
    assert await states(store) == [(0, 21)]


async def test_a_turn_whose_grant_was_not_heard_is_given_back(
    leaving: Leaving, limiter: Limiter, store: Store, clock: FakeClock
):
    leaving.loses_answers = True
    for _ in range(RULES.at_once):
        with pytest.raises(StoreUnavailableError):
            await limiter.acquire(ORGANISATION)
    leaving.loses_answers = False
    await use(limiter, 1)
    assert clock.slept == []
    assert await states(store) == [(0, 1)], "what was never sent does not count"


async def test_news_waits_until_a_transaction_takes_it(
    leaving: Leaving, limiter: Limiter, store: Store
):
    permit = await limiter.acquire(ORGANISATION)
    leaving.is_away = True
    await limiter.release(permit)
    for _ in range(3):
        with pytest.raises(StoreUnavailableError):
            await limiter.acquire(ORGANISATION)
    leaving.is_away = False
    await use(limiter, RULES.per_minute - 1)
    with pytest.raises(XeroMcpError), anyio.fail_after(5):
        await limiter.acquire(ORGANISATION, max_wait_seconds=1)
    assert await states(store) == [(0, RULES.per_minute)]
