from collections.abc import AsyncIterator

import pytest

from tests.fakes import FakeClock
from tests.xero.limiting import make_limiter
from tests.xero.world import World, make_world
from xero_mcp.clock import SystemClock
from xero_mcp.store.base import Store
from xero_mcp.xero.limits import Limiter


@pytest.fixture
async def world(store: Store, clock: FakeClock) -> AsyncIterator[World]:
    made = make_world(store, clock)
    yield made
    await made.client.close()


@pytest.fixture
def limiter(store: Store, clock: FakeClock) -> Limiter:
    return make_limiter(store, clock)


@pytest.fixture
def real(store: Store) -> Limiter:
    """By the real clock: for tests in which several wait at once."""
    return make_limiter(store, SystemClock())
