"""The bank summary: each bank account's opening and closing, and what moved it."""

from decimal import Decimal

from xero_mcp.demo_company.kernel import Answer, Call, Json, route
from xero_mcp.demo_company.parameters import month_end, query_day
from xero_mcp.demo_company.reports.cash_movements import Movement, bank_movements
from xero_mcp.demo_company.reports.periods import Span
from xero_mcp.demo_company.reports.rows import (
    cell,
    header,
    long_day,
    money,
    moneys,
    report,
    section,
    summary,
)
from xero_mcp.demo_company.rounding import ZERO


@route("GET", "/Reports/BankSummary")
def get_bank_summary(call: Call) -> Answer:
    """This month, unless days are given."""
    today = call.company.today()
    until = query_day(call, "todate") or month_end(query_day(call, "fromdate") or today)
    span = Span(query_day(call, "fromdate") or until.replace(day=1), until)
    movements = bank_movements(call.company, span)
    totals = [
        sum(values, ZERO)
        for values in zip(*(_values(movement) for movement in movements), strict=True)
    ] or [ZERO] * 4
    rows = [
        header(
            "Bank Accounts", "Opening Balance", "Cash Received", "Cash Spent", "Closing Balance"
        ),
        section("", [*map(_row, movements), summary("Total", moneys(totals))]),
    ]
    titles = [
        "Bank Summary",
        call.company.name,
        f"From {long_day(span.since)} to {long_day(span.until)}",
    ]
    return report(call, "Bank Summary", "BankSummary", titles, rows)


ROUTES = (get_bank_summary,)


def _values(movement: Movement) -> tuple[Decimal, ...]:
    return movement.opening, movement.received, movement.spent, movement.closing


def _row(movement: Movement) -> Json:
    account_id: str = movement.account["AccountID"]
    return {
        "RowType": "Row",
        "Cells": [
            cell(movement.account["Name"], account_id, "accountID"),
            cell(money(movement.opening)),
            cell(money(movement.received), account_id),
            cell(money(movement.spent), account_id),
            cell(money(movement.closing)),
        ],
    }
