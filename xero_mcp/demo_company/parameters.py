"""Query parameters that are days or whole numbers."""

from datetime import date, timedelta
from typing import Final

from xero_mcp.demo_company.kernel import Call, RefusedError
from xero_mcp.demo_company.wire.dates import parse_date

MIN_DAY: Final = date(1900, 1, 1)
MAX_DAY: Final = date(2199, 12, 31)
_MAX_DIGITS: Final = 10
_MAX_ECHO: Final = 60


def query_day(call: Call, name: str) -> date | None:
    """A date among the query parameters, by its lower-case name; a bad one is a 400."""
    value = call.query.get(name, "").strip()
    if not value:
        return None
    parsed = parse_date(value)
    if parsed is None or not MIN_DAY <= parsed <= MAX_DAY:
        raise _bad(name, value, "a date")
    return parsed


def query_number(call: Call, name: str, *, low: int, high: int) -> int | None:
    """A whole number among the query parameters, held within its bounds as Xero holds it."""
    value = call.query.get(name, "").strip()
    if not value:
        return None
    digits = value.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > _MAX_DIGITS:
        raise _bad(name, value, "a number")
    return min(max(int(value), low), high)


def month_end(day_in_month: date) -> date:
    """The last day of the month that this day is in."""
    first = day_in_month.replace(day=1)
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _bad(name: str, value: str, wanted: str) -> RefusedError:
    message = f"Parameter '{name}' is not {wanted}: {value[:_MAX_ECHO]}"
    return RefusedError(400, {"ErrorNumber": 16, "Type": "QueryParseException", "Message": message})
