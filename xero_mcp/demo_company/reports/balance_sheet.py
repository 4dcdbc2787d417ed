"""The balance sheet, beside earlier days."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.chart import system_account
from xero_mcp.demo_company.kernel import ZERO_ID, Answer, Call, Json, route
from xero_mcp.demo_company.parameters import month_end, query_day
from xero_mcp.demo_company.reports.figures import Figures, accounts_by_name, figures_of
from xero_mcp.demo_company.reports.periods import (
    asked_months,
    asked_periods,
    day_before,
    shifted,
    year_start,
)
from xero_mcp.demo_company.reports.rows import (
    cell,
    header,
    long_day,
    middle_day,
    money,
    moneys,
    report,
    row,
    section,
    summary,
)
from xero_mcp.demo_company.reports.tracking_filter import asked_filters
from xero_mcp.demo_company.rounding import ZERO

_MONTHS_IN_YEAR: Final = 12
_ASSETS: Final = (
    ("Bank", frozenset({"BANK"})),
    ("Current Assets", frozenset({"CURRENT", "INVENTORY", "PREPAYMENT"})),
    ("Fixed Assets", frozenset({"FIXED"})),
    ("Non-current Assets", frozenset({"NONCURRENT"})),
)
_LIABILITIES: Final = (
    ("Current Liabilities", frozenset({"CURRLIAB", "PAYG", "LIABILITY"})),
    ("Non-Current Liabilities", frozenset({"TERMLIAB"})),
)
CURRENT_EARNINGS: Final = ZERO_ID
"""The account id that Xero gives to Current Year Earnings, which is no account."""


@route("GET", "/Reports/BalanceSheet")
def get_balance_sheet(call: Call) -> Answer:
    """At the end of this month, beside a year earlier, unless days or periods are asked for."""
    day = query_day(call, "date") or month_end(call.company.today())
    days = _days(call, day)
    figures = figures_of(call, asked_filters(call))
    rows = [header("", *(middle_day(one) for one in days)), section("Assets")]
    assets = _side(figures, days, rows, _ASSETS)
    rows.append(section("", [summary("Total Assets", moneys(assets))]))
    rows.append(section("Liabilities"))
    liabilities = _side(figures, days, rows, _LIABILITIES)
    rows.append(section("", [summary("Total Liabilities", moneys(liabilities))]))
    net = [asset - debt for asset, debt in zip(assets, liabilities, strict=True)]
    rows.append(section("", [row("Net Assets", moneys(net))]))
    rows.append(_equity(figures, days))
    titles = ["Balance Sheet", call.company.name, f"As at {long_day(day)}"]
    return report(call, "Balance Sheet", "BalanceSheet", titles, rows)


ROUTES = (get_balance_sheet,)


def _days(call: Call, day: date) -> list[date]:
    if not call.query.get("periods", "").strip():
        return [day, shifted(day, _MONTHS_IN_YEAR)]
    months = asked_months(call)
    return [shifted(day, months * at) for at in range(asked_periods(call) + 1)]


def _side(
    figures: Figures,
    days: Sequence[date],
    rows: list[Json],
    groups: Sequence[tuple[str, frozenset[str]]],
) -> list[Decimal]:
    """Add a section for each group in which there is anything; the totals of all of them."""
    totals = [ZERO] * len(days)
    for title, types in groups:
        lines: list[Json] = []
        subtotals = [ZERO] * len(days)
        for account in accounts_by_name(figures.company):
            if account["Type"] in types:
                lines += _line(figures, account, days, subtotals)
        if lines:
            total = summary(f"Total {title}", moneys(subtotals))
            rows.append(section(title, [*lines, total]))
            totals = [one + more for one, more in zip(totals, subtotals, strict=True)]
    return totals


def _line(
    figures: Figures, account: Json, days: Sequence[date], totals: list[Decimal]
) -> list[Json]:
    values = [figures.natural(account, day) for day in days]
    if not any(values):
        return []
    for at, value in enumerate(values):
        totals[at] += value
    return [row(account["Name"], moneys(values), account["AccountID"])]


def _equity(figures: Figures, days: Sequence[date]) -> Json:
    """Earnings of this year stand apart; those of earlier years are in Retained Earnings."""
    retained = system_account(figures.company, "RETAINEDEARNINGS")
    totals = [ZERO] * len(days)
    lines: list[tuple[str, Json]] = []
    for account in accounts_by_name(figures.company):
        if account["Class"] == "EQUITY" and account != retained:
            lines += [(account["Name"], line) for line in _line(figures, account, days, totals)]
    starts = [year_start(figures.company, day) for day in days]
    current = [figures.earnings(day, start) for day, start in zip(days, starts, strict=True)]
    kept = [
        figures.natural(retained, day) + figures.earnings(day_before(start))
        for day, start in zip(days, starts, strict=True)
    ]
    spans = list(zip(starts, days, strict=True))
    lines.append(
        (
            "Current Year Earnings",
            _earned("Current Year Earnings", CURRENT_EARNINGS, current, spans),
        )
    )
    if any(kept):
        name: str = retained["Name"]
        lines.append((name, row(name, moneys(kept), retained["AccountID"])))
    all_equity = [sum(values, ZERO) for values in zip(totals, current, kept, strict=True)]
    ordered = [line for _, line in sorted(lines, key=lambda pair: pair[0].lower())]
    return section("Equity", [*ordered, summary("Total Equity", moneys(all_equity))])


def _earned(
    name: str, account_id: str, values: Sequence[Decimal], spans: Sequence[tuple[date, date]]
) -> Json:
    """Cells that also say of which days they are."""
    cells = [cell(name, account_id)]
    for value, (since, until) in zip(values, spans, strict=True):
        shown = cell(money(value), account_id)
        shown["Attributes"] += [
            {"Value": _american(since), "Id": "fromDate"},
            {"Value": _american(until), "Id": "toDate"},
        ]
        cells.append(shown)
    return {"RowType": "Row", "Cells": cells}


def _american(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"
