"""The budget summary: the overall budget, month by month or in longer steps."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.kernel import Answer, Call, Company, Json, RefusedError, route
from xero_mcp.demo_company.parameters import query_day, query_number
from xero_mcp.demo_company.reports.figures import accounts_by_name
from xero_mcp.demo_company.reports.periods import MAX_PERIODS, shifted
from xero_mcp.demo_company.reports.profit_and_loss import group_of
from xero_mcp.demo_company.reports.rows import header, moneys, report, row, section, summary
from xero_mcp.demo_company.rounding import ZERO

_TIMEFRAMES: Final = frozenset({1, 3, 12})
_GROUPS: Final = (("income", "Income"), ("costs", "Less Cost of Sales"))
_LATER_GROUPS: Final = (("other", "Plus Other Income"), ("expenses", "Less Operating Expenses"))

_Amounts = dict[tuple[str, str], Decimal]


@route("GET", "/Reports/BudgetSummary")
def get_budget_summary(call: Call) -> Answer:
    """Twelve months from this one, unless date, periods or timeframe say otherwise."""
    first = (query_day(call, "date") or call.company.today()).replace(day=1)
    months = _timeframe(call)
    count = query_number(call, "periods", low=1, high=MAX_PERIODS) or MAX_PERIODS
    starts = [shifted(first, -months * at) for at in range(count)]
    amounts = _amounts(call.company)
    columns = [[shifted(start, -at) for at in range(months)] for start in starts]
    rows = [header("Account", *(f"{column[-1]:%b-%y}" for column in columns))]
    totals = _groups(call.company, amounts, columns, rows, _GROUPS)
    gross = _minus(totals["income"], totals["costs"])
    rows.append(section("", [summary("Gross Profit", moneys(gross))]))
    totals |= _groups(call.company, amounts, columns, rows, _LATER_GROUPS)
    rows.append(section("", [summary("Total Expenses", moneys(totals["expenses"]))]))
    net = _minus(gross, _minus(totals["expenses"], totals["other"]))
    rows.append(section("", [summary("Net Profit", moneys(net))]))
    titles = [
        "Overall Budget",
        "Budget Summary",
        call.company.name,
        f"{columns[0][0]:%B %Y} to {columns[-1][-1]:%B %Y}",
    ]
    return report(call, "Budget Summary", "BudgetSummary", titles, rows)


ROUTES = (get_budget_summary,)


def _timeframe(call: Call) -> int:
    months = query_number(call, "timeframe", low=0, high=MAX_PERIODS + 1)
    if months is not None and months not in _TIMEFRAMES:
        message = "The timeframe must be 1, 3 or 12 months"
        raise RefusedError(
            400, {"ErrorNumber": 16, "Type": "QueryParseException", "Message": message}
        )
    return months or 1


def _amounts(company: Company) -> _Amounts:
    """The overall budget by account and month."""
    return {
        (line["AccountID"], balance["Period"]): Decimal(balance["Amount"])
        for budget in company.table("Budgets")
        if budget["Type"] == "OVERALL"
        for line in budget["BudgetLines"]
        for balance in line["BudgetBalances"]
    }


def _groups(
    company: Company,
    amounts: _Amounts,
    columns: Sequence[Sequence[date]],
    rows: list[Json],
    groups: Sequence[tuple[str, str]],
) -> dict[str, list[Decimal]]:
    totals: dict[str, list[Decimal]] = {}
    for name, title in groups:
        lines: list[Json] = []
        totals[name] = [ZERO] * len(columns)
        for account in accounts_by_name(company):
            values = [_sum(amounts, account["AccountID"], column) for column in columns]
            if group_of(account) == name and any(values):
                lines.append(row(account["Name"], moneys(values), account["AccountID"]))
                totals[name] = [a + b for a, b in zip(totals[name], values, strict=True)]
        if lines:
            rows.append(section(title, lines))
    return totals


def _sum(amounts: _Amounts, account_id: str, months: Sequence[date]) -> Decimal:
    return sum((amounts.get((account_id, f"{month:%Y-%m}"), ZERO) for month in months), ZERO)


def _minus(left: Sequence[Decimal], right: Sequence[Decimal]) -> list[Decimal]:
    return [one - other for one, other in zip(left, right, strict=True)]
