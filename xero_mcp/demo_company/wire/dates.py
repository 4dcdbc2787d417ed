"""Dates as Xero writes them and as its clients send them."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final

_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS: Final = 86_400_000
_MAX_TEXT: Final = 64

_MS_DATE: Final = re.compile(r"/Date\((-?\d{1,15})([+-]\d{4})?\)/", re.ASCII)
_ISO: Final = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?"
    r"\s?(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII | re.IGNORECASE,
)


def epoch_ms(moment: date) -> int:
    """Milliseconds since 1970. A datetime without a zone is taken as UTC, a date as midnight."""
    if isinstance(moment, datetime):
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return (aware - _EPOCH) // timedelta(milliseconds=1)
    return (moment.toordinal() - _EPOCH_ORDINAL) * _DAY_MS


def ms_date(moment: date) -> str:
    """Return `/Date(1789344000000+0000)/`: documents, contacts, accounts."""
    return f"/Date({epoch_ms(moment)}+0000)/"


def bare_ms_date(moment: date) -> str:
    """Return `/Date(1789344000000)/`: the envelope, quotes and a few odd fields."""
    return f"/Date({epoch_ms(moment)})/"


def date_string(moment: date) -> str:
    """Return `2026-09-14T00:00:00`: the …String twins of dates."""
    if isinstance(moment, datetime):
        return moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{moment.isoformat()}T00:00:00"


def utc_string(moment: datetime) -> str:
    """Return `2026-09-14T10:11:12.123Z`: UpdatedDateUTCString."""
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}Z"


def ticks_string(moment: datetime) -> str:
    """Return `2026-09-14T10:11:12.1234560`, as /connections does: UTC, seven digits, no Z."""
    utc = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond:06d}0"


def parse_datetime(text: str) -> datetime | None:
    """Read what a client sent, in UTC: ISO in its usual forms or `/Date(ms+zone)/`.

    The offset inside `/Date()/` only says where it was written: the milliseconds are UTC.
    None means that it is no date at all.
    """
    if len(text) > _MAX_TEXT:
        return None
    stripped = text.strip()
    if match := _MS_DATE.fullmatch(stripped):
        return _from_ms(int(match[1]))
    if match := _ISO.fullmatch(stripped):
        return _from_iso(match)
    return None


def parse_date(text: str) -> date | None:
    """Read a calendar date; the time of an ISO text is cut off as it stands, as Xero does.

    `2026-09-14T23:00:00+12:00` is the 14th: the sender's calendar is meant, not UTC's.
    """
    if len(text) > _MAX_TEXT:
        return None
    if match := _ISO.fullmatch(text.strip()):
        return _date(match)
    moment = parse_datetime(text)
    return moment.date() if moment else None


def _date(match: re.Match[str]) -> date | None:
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _from_ms(milliseconds: int) -> datetime | None:
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None


def _from_iso(match: re.Match[str]) -> datetime | None:
    micro = int((match[7] or "0").ljust(6, "0")[:6])
    try:
        local = datetime(
            int(match[1]),
            int(match[2]),
            int(match[3]),
            int(match[4] or 0),
            int(match[5] or 0),
            int(match[6] or 0),
            micro,
            tzinfo=UTC,
        )
        return local - _offset(match[8] or "Z")
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> timedelta:
    if zone in {"Z", "z"}:
        return timedelta()
    sign = -1 if zone[0] == "-" else 1
    return sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
