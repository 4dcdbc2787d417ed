"""The trial balance: this month and this year so far, debits and credits apart."""

from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.chart import DEBIT_CLASSES, system_account
from xero_mcp.demo_company.kernel import Answer, Call, Json, route
from xero_mcp.demo_company.parameters import query_day
from xero_mcp.demo_company.reports.figures import Figures, accounts_by_name, figures_of
from xero_mcp.demo_company.reports.periods import Span, day_before, year_start
from xero_mcp.demo_company.reports.rows import (
    header,
    long_day,
    money,
    report,
    row,
    section,
    summary,
)
from xero_mcp.demo_company.rounding import ZERO

_CLASSES: Final = (
    ("Revenue", "REVENUE"),
    ("Expenses", "EXPENSE"),
    ("Assets", "ASSET"),
    ("Liabilities", "LIABILITY"),
    ("Equity", "EQUITY"),
)
_RESULTS: Final = frozenset({"REVENUE", "EXPENSE"})
_COLUMNS: Final = 4


@route("GET", "/Reports/TrialBalance")
def get_trial_balance(call: Call) -> Answer:
    """Results of earlier years stand in Retained Earnings, so that both sides agree."""
    day = query_day(call, "date") or call.company.today()
    figures = figures_of(call)
    month = Span(day.replace(day=1), day)
    totals = [ZERO] * _COLUMNS
    sections: list[Json] = []
    for title, kind in _CLASSES:
        rows: list[Json] = []
        for account in accounts_by_name(call.company):
            if account["Class"] == kind:
                rows += _row(figures, account, month, totals)
        if rows:
            sections.append(section(title, rows))
    total = summary("Total", [money(value) for value in totals])
    titles = ["Trial Balance", call.company.name, f"As at {long_day(day)}"]
    rows = [
        header("Account", "Debit", "Credit", "YTD Debit", "YTD Credit"),
        *sections,
        section("", [total]),
    ]
    return report(call, "Trial Balance", "TrialBalance", titles, rows)


def _row(figures: Figures, account: Json, month: Span, totals: list[Decimal]) -> list[Json]:
    account_id: str = account["AccountID"]
    start = year_start(figures.company, month.until)
    moved = figures.net(account_id, month.until, max(month.since, start))
    if account["Class"] in _RESULTS:
        year = figures.net(account_id, month.until, start)
    else:
        year = figures.net(account_id, month.until)
        moved = figures.net(account_id, month.until, month.since)
    if account_id == system_account(figures.company, "RETAINEDEARNINGS")["AccountID"]:
        year -= figures.earnings(day_before(start))
    if not moved and not year:
        return []
    debit_grows = account["Class"] in DEBIT_CLASSES
    values = [*_sides(moved, debit=debit_grows), *_sides(year, debit=debit_grows)]
    for at, value in enumerate(values):
        totals[at] += value or ZERO
    label = f"{account['Name']} ({account['Code']})" if account.get("Code") else account["Name"]
    return [row(label, ["" if value is None else money(value) for value in values], account_id)]


def _sides(net: Decimal, *, debit: bool) -> tuple[Decimal | None, Decimal | None]:
    """A debit or a credit; nothing at all stands on the side on which the account grows."""
    if net > 0 or (not net and debit):
        return net, None
    return None, -net


ROUTES = (get_trial_balance,)
