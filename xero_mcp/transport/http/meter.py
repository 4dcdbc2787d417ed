"""What there is to count, as Prometheus reads it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from itertools import accumulate
from typing import Final

import anyio

BUCKETS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
OTHER: Final = "other"
"""A name that is no tool's: what a client makes up must not become a series."""


class Meter:
    """Counts calls and requests of this process; holds no name of agent, organisation or person."""

    def __init__(self, *, tools: Iterable[str], monotonic: Callable[[], float]) -> None:
        self._tools = frozenset(tools)
        self._monotonic = monotonic
        self._calls: Counter[tuple[str, str]] = Counter()
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets = [0] * (len(BUCKETS_SECONDS) + 1)
        """How many calls took longer than the bound before, and no longer than their own."""
        self._seconds = 0.0
        self.under_way = 0
        self._idle: anyio.Event | None = None
        self.gauges: dict[str, Callable[[], float]] = {}

    def call(self, tool: str) -> AbstractContextManager[list[str]]:
        """One call of a tool; the block puts its outcome into the list."""
        return _Call(self, tool, self._monotonic)

    def ended(self, tool: str, outcome: str, *, took_seconds: float) -> None:
        """A call that was under way is so no more."""
        self.under_way -= 1
        if self._idle is not None and not self.under_way:
            self._idle.set()
        name = tool if tool in self._tools else OTHER
        self._calls[name, outcome] += 1
        self._seconds += took_seconds
        self._buckets[bisect_left(BUCKETS_SECONDS, took_seconds)] += 1

    async def until_idle(self) -> None:
        """Wait until no call is under way."""
        while self.under_way:
            self._idle = anyio.Event()
            await self._idle.wait()

    def request(self, route: str, status: int) -> None:
        """One HTTP request that was answered."""
        self._requests[route, status] += 1

    def text(self) -> str:
        """Everything, in the text format 0.0.4."""
        return "\n".join([*self._call_lines(), *self._request_lines(), *self._gauge_lines(), ""])

    def _call_lines(self) -> list[str]:
        total = sum(self._calls.values())
        return [
            "# HELP xero_mcp_calls_total Calls of tools by how they ended.",
            "# TYPE xero_mcp_calls_total counter",
            *(
                f'xero_mcp_calls_total{{tool="{tool}",outcome="{outcome}"}} {number}'
                for (tool, outcome), number in sorted(self._calls.items())
            ),
            "# HELP xero_mcp_call_seconds How long calls took.",
            "# TYPE xero_mcp_call_seconds histogram",
            *(
                f'xero_mcp_call_seconds_bucket{{le="{bound:g}"}} {number}'
                for bound, number in zip(BUCKETS_SECONDS, accumulate(self._buckets), strict=False)
            ),
            f'xero_mcp_call_seconds_bucket{{le="+Inf"}} {total}',
            f"xero_mcp_call_seconds_sum {self._seconds:.6f}",
            f"xero_mcp_call_seconds_count {total}",
        ]

    def _request_lines(self) -> list[str]:
        return [
            "# HELP xero_mcp_http_requests_total HTTP requests by route and status.",
            "# TYPE xero_mcp_http_requests_total counter",
            *(
                f'xero_mcp_http_requests_total{{route="{route}",status="{status}"}} {number}'
                for (route, status), number in sorted(self._requests.items())
            ),
        ]

    def _gauge_lines(self) -> list[str]:
        gauges = {"calls_under_way": lambda: float(self.under_way), **self.gauges}
        return [
            line
            for name, read in sorted(gauges.items())
            for line in (f"# TYPE xero_mcp_{name} gauge", f"xero_mcp_{name} {read():g}")
        ]


class _Call(AbstractContextManager[list[str]]):
    """A call that is under way."""

    __slots__ = ("_began", "_meter", "_monotonic", "_outcome", "_tool")

    def __init__(self, meter: Meter, tool: str, monotonic: Callable[[], float]) -> None:
        self._meter = meter
        self._tool = tool
        self._monotonic = monotonic
        self._began = 0.0
        self._outcome: list[str] = []

    def __enter__(self) -> list[str]:
        self._began = self._monotonic()
        self._meter.under_way += 1
        return self._outcome

    def __exit__(self, *_: object) -> None:
        outcome = self._outcome[-1] if self._outcome else "broken"
        self._meter.ended(self._tool, outcome, took_seconds=self._monotonic() - self._began)
