"""Nothing is written on or before the day up to which the books are locked."""

from collections.abc import Iterator
from datetime import date

from xero_mcp.demo_company.kernel import Company


def lock_problems(company: Company, *days: date | None) -> Iterator[str]:
    """Xero's words for each lock that one of the days is under; the year's lock comes first."""
    for field, name in (
        ("EndOfYearLockDate", "end of year lock date"),
        ("PeriodLockDate", "period lock date"),
    ):
        locked: date | None = company.organisation.get(field)
        if locked is not None and any(day is not None and day <= locked for day in days):
            yield (
                f"The document date cannot be before the {name}, currently set at "
                f"{locked.day} {locked:%B %Y}"
            )
            return
