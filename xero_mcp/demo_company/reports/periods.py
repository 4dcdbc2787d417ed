"""The spans of time that a report compares."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from xero_mcp.demo_company.kernel import Call, Company, RefusedError
from xero_mcp.demo_company.parameters import MIN_DAY, month_end, query_number

MAX_PERIODS: Final = 12
_MONTHS: Final = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}


@dataclass(frozen=True, slots=True)
class Span:
    """From one day to another, both included."""

    since: date
    until: date


def shifted(day: date, months: int) -> date:
    """So many months earlier; the last day of a month stays the last day of its month."""
    index = day.year * 12 + day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    last = monthrange(year, month)[1]
    return date(year, month, last if day == month_end(day) else min(day.day, last))


def asked_periods(call: Call) -> int:
    """How many earlier periods are to stand beside the first; none unless asked for."""
    return query_number(call, "periods", low=1, high=MAX_PERIODS) or 0


def asked_months(call: Call, default: str = "MONTH") -> int:
    """The length of a period in months.

    Raises:
        RefusedError: a timeframe that is none.
    """
    asked = call.query.get("timeframe", "").strip().upper() or default
    if asked not in _MONTHS:
        raise RefusedError(
            400,
            {
                "ErrorNumber": 16,
                "Type": "QueryParseException",
                "Message": "The timeframe must be MONTH, QUARTER or YEAR",
            },
        )
    return _MONTHS[asked]


def earlier(span: Span, months: int) -> Span:
    return Span(shifted(span.since, months), shifted(span.until, months))


def year_start(company: Company, day: date) -> date:
    """The first day of the financial year that this day is in."""
    month = int(company.organisation.get("FinancialYearEndMonth") or 12)
    end_day = int(company.organisation.get("FinancialYearEndDay") or 31)
    for year in (day.year, day.year - 1, day.year - 2):
        last = date(year, month, min(end_day, monthrange(year, month)[1]))
        if last < day:
            return last + timedelta(days=1)
    return MIN_DAY


def day_before(day: date) -> date:
    return day - timedelta(days=1)
