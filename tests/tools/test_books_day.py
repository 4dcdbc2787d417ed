"""Today is the organisation's own: it may be yesterday or tomorrow elsewhere."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.fakes import FakeClock
from xero_mcp.tools.books_day import ZONES, today


class Books:
    """As much of a ScopedXero as the day needs."""

    def __init__(self, zone: str | None, at: datetime) -> None:
        self.clock = FakeClock(at)
        self.reference = self
        self._zone = zone

    async def organisation(self) -> SimpleNamespace:
        return SimpleNamespace(timezone=self._zone)


@pytest.mark.parametrize("zone", sorted(ZONES))
def test_every_zone_is_one_that_there_is(zone: str):
    assert ZoneInfo(ZONES[zone]).utcoffset(datetime(2026, 1, 1, tzinfo=UTC)) is not None


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("NEWZEALANDSTANDARDTIME", date(2026, 3, 2)),
        ("New Zealand Standard Time", date(2026, 3, 2)),
        ("PACIFICSTANDARDTIME", date(2026, 3, 1)),
        (None, date(2026, 3, 1)),
        ("ATLANTISSTANDARDTIME", date(2026, 3, 1)),
    ],
)
async def test_the_day_is_that_of_the_books(zone: str | None, day: date):
    books: Any = Books(zone, datetime(2026, 3, 1, 20, 0, tzinfo=UTC))
    assert await today(books) == day
