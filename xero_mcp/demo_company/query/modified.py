"""If-Modified-Since: what changed at or after a second."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.wire.dates import epoch_ms, parse_datetime

_FIELDS: Final = ("UpdatedDateUTC", "CreatedDateUTC")


def modified_since(headers: Mapping[str, str]) -> Callable[[Json], bool] | None:
    """Return the test for an If-Modified-Since header, None where there is none to obey.

    Both `2026-09-14T10:00:00` and HTTP's own form are read, as UTC and to the second. A text that
    is no date is ignored, as HTTP says of this header.
    """
    text = headers.get("if-modified-since", "").strip()
    moment = (parse_datetime(text) or _http_date(text)) if text else None
    if moment is None:
        return None
    since_ms = epoch_ms(moment.replace(microsecond=0))

    def changed(document: Json) -> bool:
        stamp: Any = document.get(_FIELDS[0]) or document.get(_FIELDS[1])
        return isinstance(stamp, date) and epoch_ms(stamp) >= since_ms

    return changed


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text[:64])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
