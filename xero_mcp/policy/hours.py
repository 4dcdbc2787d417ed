"""Working hours: `Mon-Fri 08:00-18:00 Europe/London`."""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from xero_mcp.policy.plain import shown

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MINUTES_AN_HOUR = 60
_MINUTES_A_DAY = 24 * _MINUTES_AN_HOUR
_SHAPE = re.compile(r"(\S+) ([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2}) (\S+)")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}")
SHAPE_SHOWN = '"Mon-Fri 08:00-18:00 Europe/London"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Open from the first minute up to, not including, the last."""

    text: str
    days: frozenset[int]
    opens_minute: int
    closes_minute: int
    zone: ZoneInfo

    def are_open(self, at: datetime) -> bool:
        there = at.astimezone(self.zone)
        minute = there.hour * _MINUTES_AN_HOUR + there.minute
        return there.weekday() in self.days and self.opens_minute <= minute < self.closes_minute

    def next_open(self, at: datetime) -> datetime:
        """The next moment at which they are open; `at` itself if they are."""
        if self.are_open(at):
            return at
        there = at.astimezone(self.zone)
        opening = time(*divmod(self.opens_minute, _MINUTES_AN_HOUR), tzinfo=self.zone)
        for days_on in range(8):
            day = there.date() + timedelta(days=days_on)
            candidate = datetime.combine(day, opening)
            if day.weekday() in self.days and candidate > there:
                return candidate.astimezone(at.tzinfo)
        raise AssertionError("a week has at least one open day")  # pragma: no cover


def parse_hours(text: str) -> Hours:
    """Read working hours.

    Raises:
        ValueError: they are not days, a span within one day, and a time zone that exists.
    """
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise ValueError(f"working hours are days, times and a time zone, such as {SHAPE_SHOWN}")
    days, opens_h, opens_m, closes_h, closes_m, zone = match.groups()
    opens, closes = _minute(opens_h, opens_m), _minute(closes_h, closes_m)
    if closes <= opens:
        raise ValueError("working hours end after they begin, on the same day")
    return Hours(
        text=text,
        days=_days(days),
        opens_minute=opens,
        closes_minute=closes,
        zone=_zone(zone),
    )


def _minute(hour: str, minute: str) -> int:
    total = int(hour) * _MINUTES_AN_HOUR + int(minute)
    if int(minute) >= _MINUTES_AN_HOUR or total > _MINUTES_A_DAY:
        raise ValueError(f"{hour}:{minute} is not a time of day")
    return total


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        start, end = _day(first), _day(last if dash else first)
        span = (end - start) % len(DAYS)
        found.update((start + step) % len(DAYS) for step in range(span + 1))
    return frozenset(found)


def _day(text: str) -> int:
    if text not in DAYS:
        raise ValueError(f"{shown(text)} is not a day: write {', '.join(DAYS)}")
    return DAYS.index(text)


def _zone(name: str) -> ZoneInfo:
    if not _ZONE.fullmatch(name):
        raise ValueError(f"{shown(name)} is not a time zone such as Europe/London")
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # not found is a KeyError
        raise ValueError(f"{shown(name)} is not a time zone such as Europe/London") from error
