"""What there is to count, as Prometheus reads it."""

from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
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
        self._buckets: Counter[float] = Counter()
        self._seconds = 0.0
        self.under_way = 0
        self._idle = anyio.Event()
        self.gauges: dict[str, Callable[[], float]] = {}

    @contextmanager
    def call(self, tool: str) -> Generator[list[str]]:
        """One call of a tool; the block puts its outcome into the list."""
        outcome: list[str] = []
        began = self._monotonic()
        self.under_way += 1
        try:
            yield outcome
        finally:
            self.under_way -= 1
            if not self.under_way:
                self._idle.set()
            took = self._monotonic() - began
            name = tool if tool in self._tools else OTHER
            self._calls[name, outcome[-1] if outcome else "broken"] += 1
            self._seconds += took
            for bound in BUCKETS_SECONDS:
                self._buckets[bound] += took <= bound

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
                f'xero_mcp_call_seconds_bucket{{le="{bound:g}"}} {self._buckets[bound]}'
                for bound in BUCKETS_SECONDS
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
