"""The one place that reads the clock. Everyone else takes a Clock."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

import anyio

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Clock(Protocol):
    """Time as the house sees it: wall time in UTC, monotonic seconds, and waiting."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


def to_iso(moment: datetime) -> str:
    """UTC with milliseconds and a Z: one form everywhere, and it sorts as text."""
    utc = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return f"{utc.removesuffix('+00:00')}Z"


def from_iso(text: str) -> datetime:
    """Read what `to_iso` wrote.

    Raises:
        ValueError: the text is not such a moment.
    """
    return datetime.fromisoformat(text)


def distance(until: datetime, now: datetime) -> str:
    """How far off, as exactly as matters: `in 3 h 59 min`, `12 min ago`, `in 3 days`."""
    left = until - now
    size = abs(left)
    if size < MINUTE:
        return "now"
    amount = f"{size // MINUTE} min"
    if size >= 2 * DAY:
        amount = f"{size // DAY} days"
    elif size >= HOUR:
        rest = size % HOUR // MINUTE
        amount = f"{size // HOUR} h {rest} min" if rest else f"{size // HOUR} h"
    return f"in {amount}" if left > timedelta(0) else f"{amount} ago"
