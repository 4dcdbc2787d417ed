"""Things to do on days, done in the order of the days, so that numbers and dates agree."""

from collections.abc import Callable
from datetime import date
from heapq import heappop, heappush

Deed = Callable[[date], None]


class Agenda:
    """A deed may put more deeds on days to come. What would happen after `last` never does."""

    def __init__(self, last: date) -> None:
        self.last = last
        self._heap: list[tuple[date, int, Deed]] = []
        self._made = 0

    def add(self, day: date, deed: Deed) -> None:
        if day <= self.last:
            self._made += 1
            heappush(self._heap, (day, self._made, deed))

    def run(self) -> None:
        while self._heap:
            day, _, deed = heappop(self._heap)
            deed(day)
