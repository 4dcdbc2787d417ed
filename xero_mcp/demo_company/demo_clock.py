"""The clock that was handed in, how far a test has moved it, and the moment of a write."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

FURTHEST: Final = timedelta(days=100 * 366)


class DemoClock:
    """Called, it tells the time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._moved = timedelta()
        self._held: datetime | None = None

    def __call__(self) -> datetime:
        return self._held if self._held is not None else self._now() + self._moved

    def advance(self, seconds: float) -> None:
        """Move it on, or back with a negative number; never further than a calendar reaches."""
        moved = self._moved + timedelta(seconds=seconds)
        self._moved = max(-FURTHEST, min(moved, FURTHEST))

    def put_right(self) -> None:
        self._moved = timedelta()

    @contextmanager
    def held_at(self, moment: datetime) -> Generator[None]:
        """Stand still inside the block, so that what is done there can be done again exactly."""
        self._held = moment
        try:
            yield
        finally:
            self._held = None
