"""Limiters for tests, and what is done with them."""

import pytest

from xero_mcp.clock import Clock
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.store.base import Store
from xero_mcp.xero.departed import IsLive, everybody_is_live
from xero_mcp.xero.limits import Limiter, LimitRules, Process
from xero_mcp.xero.turnstile import Counters

RULES = LimitRules(guard_seconds=0.0)
ORGANISATION = "org-1"
NO_NEWS = Counters(
    minute_left=None, day_left=None, app_left=None, retry_after_seconds=None, pause_everyone=False
)


class Names:
    """Names for calls, in order."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._count = 0

    def __call__(self) -> str:
        self._count += 1
        return f"{self._prefix}{self._count}"


def make_limiter(
    store: Store,
    clock: Clock,
    rules: LimitRules = RULES,
    *,
    holder: str = "p",
    is_live: IsLive = everybody_is_live,
) -> Limiter:
    process = Process(name=holder, new_id=Names(holder), is_live=is_live)
    return Limiter(store, clock, rules, process)


async def use(limiter: Limiter, count: int, organisation: str = ORGANISATION) -> None:
    for _ in range(count):
        await limiter.release(await limiter.acquire(organisation))


async def refusal(limiter: Limiter, organisation: str = ORGANISATION) -> XeroMcpError:
    with pytest.raises(XeroMcpError) as raised:
        await limiter.acquire(organisation)
    assert raised.value.code is ErrorCode.XERO_RATE_LIMITED
    return raised.value
