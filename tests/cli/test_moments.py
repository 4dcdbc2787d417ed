from datetime import UTC, datetime, timedelta

import pytest

from xero_mcp.cli.audit_filters import moment
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.moments import distance, local

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ahead", "says"),
    [
        (timedelta(seconds=30), "now"),
        (timedelta(minutes=59), "in 59 min"),
        (timedelta(hours=1, minutes=59), "in 1 h 59 min"),
        (timedelta(hours=4), "in 4 h"),
        (timedelta(days=3), "in 3 days"),
        (timedelta(hours=-5), "5 h ago"),
    ],
)
def test_a_distance_is_told_as_exactly_as_matters(ahead: timedelta, says: str) -> None:
    assert distance(NOW + ahead, NOW) == says


def test_a_moment_is_told_with_its_zone() -> None:
    told = local("2026-03-02T09:30:00.123Z")
    assert len(told.split()) == 3
    assert told == local(NOW)


def test_text_that_is_no_moment_is_given_back() -> None:
    assert local("yesterday") == "yesterday"


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "",
        "2026-02-30",
        "0001-01-01",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:00-14:00",
        "2026-03-02T09:30+24:00",
    ],
)
def test_what_is_no_moment_in_every_zone_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(CommandError, match=r"^--since: .+ is no moment\. Write 2026-03-02"):
        moment(text, "--since")


def test_a_moment_without_a_zone_is_of_this_machine() -> None:
    assert moment("2026-03-02T09:30", "--since") == datetime(2026, 3, 2, 9, 30).astimezone()
    assert moment("2026-03-02T09:30+13:00", "--since") == NOW - timedelta(hours=13)
