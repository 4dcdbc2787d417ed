"""Profit and loss: for one span, beside earlier ones, or cut up by tracking."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.kernel import Answer, Call, Json, route
from xero_mcp.demo_company.ledger import Entry
from xero_mcp.demo_company.parameters import month_end, query_day
from xero_mcp.demo_company.reports.figures import Figures, Keep, accounts_by_name, figures_of
from xero_mcp.demo_company.reports.periods import (
    Span,
    asked_months,
    asked_periods,
    earlier,
)
from xero_mcp.demo_company.reports.rows import (
    header,
    long_day,
    moneys,
    report,
    row,
    section,
    short_day,
    summary,
)
from xero_mcp.demo_company.reports.tracking_filter import asked_filters, option_columns
from xero_mcp.demo_company.rounding import ZERO

OTHER_INCOME: Final = frozenset({"OTHERINCOME"})
COST_OF_SALES: Final = frozenset({"DIRECTCOSTS"})
_NAMES: Final = {
    "income": ("Income", "Total Income"),
    "costs": ("Less Cost of Sales", "Total Cost of Sales"),
    "other": ("Plus Other Income", "Total Other Income"),
    "expenses": ("Less Operating Expenses", "Total Operating Expenses"),
}


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    span: Span
    figures: Figures


def group_of(account: Json) -> str:
    """Where an account stands in the report; empty where it is not part of it."""
    if account["Class"] == "REVENUE":
        return "other" if account["Type"] in OTHER_INCOME else "income"
    if account["Class"] == "EXPENSE":
        return "costs" if account["Type"] in COST_OF_SALES else "expenses"
    return ""


@route("GET", "/Reports/ProfitAndLoss")
def get_profit_and_loss(call: Call) -> Answer:
    span = _span(call)
    columns = _columns(call, span)
    rows: list[Json] = [header("", *(column.title for column in columns))]
    totals = {name: _group(call, name, columns, rows) for name in ("income", "costs")}
    gross = _minus(totals["income"], totals["costs"])
    rows.append(section("", [row("Gross Profit", moneys(gross))]))
    totals |= {name: _group(call, name, columns, rows) for name in ("other", "expenses")}
    net = _minus(_plus(gross, totals["other"]), totals["expenses"])
    rows.append(section("", [row("Net Profit", moneys(net))]))
    titles = [
        "Profit and Loss",
        call.company.name,
        f"{long_day(span.since)} to {long_day(span.until)}",
    ]
    return report(call, "Profit and Loss", "ProfitAndLoss", titles, rows)


ROUTES = (get_profit_and_loss,)


def _span(call: Call) -> Span:
    """This month, unless days were given; one day alone takes its other from its own month."""
    since, until = query_day(call, "fromdate"), query_day(call, "todate")
    today = call.company.today()
    if until is None:
        until = month_end(since or today)
    if since is None:
        since = until.replace(day=1)
    return Span(since, until)


def _columns(call: Call, span: Span) -> list[Column]:
    filters = asked_filters(call)
    options = option_columns(call)
    if options:
        return [
            Column(title, span, figures_of(call, _both(filters, keep))) for title, keep in options
        ]
    figures = figures_of(call, filters)
    months = asked_months(call)
    spans = [earlier(span, months * at) for at in range(asked_periods(call) + 1)]
    return [Column(short_day(one.until), one, figures) for one in spans]


def _both(first: Keep | None, second: Keep | None) -> Keep | None:
    if first is None or second is None:
        return first or second

    def keep(entry: Entry) -> bool:
        return first(entry) and second(entry)

    return keep


def _group(call: Call, name: str, columns: Sequence[Column], rows: list[Json]) -> list[Decimal]:
    """Add the section of a group to the rows, unless nothing is in it; its totals either way."""
    totals = [ZERO] * len(columns)
    lines: list[Json] = []
    for account in accounts_by_name(call.company):
        if group_of(account) != name:
            continue
        values = [
            column.figures.natural(account, column.span.until, column.span.since)
            for column in columns
        ]
        if any(values):
            lines.append(row(account["Name"], moneys(values), account["AccountID"]))
            totals = _plus(totals, values)
    if lines:
        title, total = _NAMES[name]
        rows.append(section(title, [*lines, summary(total, moneys(totals))]))
    return totals


def _plus(left: Sequence[Decimal], right: Sequence[Decimal]) -> list[Decimal]:
    return [one + other for one, other in zip(left, right, strict=True)]


def _minus(left: Sequence[Decimal], right: Sequence[Decimal]) -> list[Decimal]:
    return [one - other for one, other in zip(left, right, strict=True)]
