"""What the demo company saw of it: how many requests, when, and which were refused."""

import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import anyio
import httpx2

from tests.wire.demo_process import ORGANISATION

EVERY_SECONDS = 0.1
A_MINUTE = 60


@dataclass
class Watch:
    """Looks again and again how many requests of the organisation have come."""

    url: str
    samples: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])

    async def keep_looking(self) -> None:
        async with httpx2.AsyncClient(base_url=self.url, trust_env=False, timeout=30) as http:
            while True:  # until it is cancelled with what it watches
                await self.look(http)
                await anyio.sleep(EVERY_SECONDS)

    async def look(self, http: httpx2.AsyncClient) -> dict[str, Any]:
        stats = (await http.get("/_demo/stats")).json()
        self.samples.append((time.monotonic(), stats["organisations"][ORGANISATION]["calls"]))
        return stats

    def reached(self, count: int) -> float:
        """When that many had come."""
        return next(at for at, calls in self.samples if calls >= count)

    def share_used(self, minute_seconds: float) -> float:
        """What was used of what Xero allows, while all were asking.

        The first 60 go at once. From then on each minute allows 60 more: counted over whole
        minutes, from the sixtieth request to the last that is a multiple of it.
        """
        last = self.samples[-1][1] // A_MINUTE * A_MINUTE
        seconds = self.reached(last) - self.reached(A_MINUTE)
        return (last - A_MINUTE) / A_MINUTE * minute_seconds / seconds

    def longest_gap(self) -> float:
        """The longest time in which none came, though some were waiting."""
        came = [now for now, later in pairwise(self.samples) if later[1] > now[1]]
        return max(later[0] - now[0] for now, later in pairwise(came))
