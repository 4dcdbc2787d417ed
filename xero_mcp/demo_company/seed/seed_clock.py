"""The clock of an organisation that is being filled: it can stand in the past."""

from collections.abc import Callable
from datetime import datetime


class SeedClock:
    """Tells the moment it was set to; after `release`, the real one."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._moment: datetime | None = now()

    def __call__(self) -> datetime:
        return self._now() if self._moment is None else self._moment

    def stand_at(self, moment: datetime) -> None:
        self._moment = moment

    def release(self) -> None:
        self._moment = None
