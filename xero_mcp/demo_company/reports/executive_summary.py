"""The executive summary: this month beside the last one."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.chart import system_account
from xero_mcp.demo_company.currencies import to_base
from xero_mcp.demo_company.kernel import Answer, Call, Company, Json, route
from xero_mcp.demo_company.parameters import month_end, query_day
from xero_mcp.demo_company.reports.cash_movements import bank_movements
from xero_mcp.demo_company.reports.figures import Figures
from xero_mcp.demo_company.reports.periods import Span, earlier
from xero_mcp.demo_company.reports.profit_and_loss import group_of
from xero_mcp.demo_company.reports.rows import header, money, report, row, section
from xero_mcp.demo_company.rounding import ZERO, cents

_ONE_PLACE: Final = Decimal("0.1")
_HUNDRED: Final = Decimal(100)
_CURRENT_ASSETS: Final = frozenset({"BANK", "CURRENT", "INVENTORY", "PREPAYMENT"})
_CURRENT_LIABILITIES: Final = frozenset({"CURRLIAB", "LIABILITY", "PAYG"})
_TERM_ASSETS: Final = frozenset({"FIXED", "NONCURRENT"})
_TERM_LIABILITIES: Final = frozenset({"TERMLIAB"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Month:
    """All that the report says of a month; a ratio without a divisor is None."""

    days: int
    received: Decimal
    spent: Decimal
    bank: Decimal
    groups: dict[str, Decimal]
    debtors: Decimal
    creditors: Decimal
    net_assets: Decimal
    invoices: int
    invoiced: Decimal
    current_ratio: Decimal | None
    term_ratio: Decimal | None

    @property
    def gross(self) -> Decimal:
        return self.groups["income"] - self.groups["costs"]

    @property
    def profit(self) -> Decimal:
        return self.gross + self.groups["other"] - self.groups["expenses"]


_Value = Decimal | None


@route("GET", "/Reports/ExecutiveSummary")
def get_executive_summary(call: Call) -> Answer:
    day = query_day(call, "date") or call.company.today()
    span = Span(day.replace(day=1), month_end(day))
    before_span = earlier(span, 1)
    now, before = _month(call.company, span), _month(call.company, before_span)
    rows = [
        header("", f"{span.until:%b %Y}", f"{before_span.until:%b %Y}", "Variance"),
        *_sections(now, before),
    ]
    titles = ["Executive Summary", call.company.name, f"For the month of {span.until:%B %Y}"]
    return report(call, "Executive Summary", "ExecutiveSummary", titles, rows)


ROUTES = (get_executive_summary,)


def _month(company: Company, span: Span) -> _Month:
    figures = Figures(company)
    movements = bank_movements(company, span, transfers=False)
    groups: dict[str, Decimal] = {"income": ZERO, "costs": ZERO, "other": ZERO, "expenses": ZERO}
    for account in company.table("Accounts"):
        group = group_of(account)
        if group:
            groups[group] += figures.natural(account, span.until, span.since)
    issued = _issued(company, span)
    return _Month(
        days=(span.until - span.since).days + 1,
        received=sum((one.received for one in movements), ZERO),
        spent=sum((one.spent for one in movements), ZERO),
        bank=_sum(figures, frozenset({"BANK"}), span.until),
        groups=groups,
        debtors=figures.natural(system_account(company, "DEBTORS"), span.until),
        creditors=figures.natural(system_account(company, "CREDITORS"), span.until),
        net_assets=_net_assets(figures, span.until),
        invoices=len(issued),
        invoiced=sum(issued, ZERO),
        current_ratio=_ratio(figures, span.until, _CURRENT_ASSETS, _CURRENT_LIABILITIES),
        term_ratio=_ratio(figures, span.until, _TERM_ASSETS, _TERM_LIABILITIES),
    )


def _issued(company: Company, span: Span) -> list[Decimal]:
    """What the approved sales invoices of the span are worth without tax."""
    return [
        to_base(invoice["SubTotal"], invoice["CurrencyRate"])
        for invoice in company.table("Invoices")
        if invoice["Type"] == "ACCREC"
        and invoice["Status"] in {"AUTHORISED", "PAID"}
        and span.since <= invoice["Date"] <= span.until
    ]


def _sum(figures: Figures, types: frozenset[str], until: date) -> Decimal:
    return sum(
        (
            figures.natural(account, until)
            for account in figures.company.table("Accounts")
            if account["Type"] in types
        ),
        ZERO,
    )


def _net_assets(figures: Figures, until: date) -> Decimal:
    return sum(
        (
            figures.net(account["AccountID"], until)
            for account in figures.company.table("Accounts")
            if account["Class"] in {"ASSET", "LIABILITY"}
        ),
        ZERO,
    )


def _ratio(
    figures: Figures, until: date, assets: frozenset[str], debts: frozenset[str]
) -> Decimal | None:
    return _quotient(_sum(figures, assets, until), _sum(figures, debts, until))


def _sections(now: _Month, before: _Month) -> list[Json]:
    return [
        section("Cash", _cash(now, before)),
        section("Profitability", _profitability(now, before)),
        section("Balance Sheet", _balance_sheet(now, before)),
        section("Income", _income(now, before)),
        section("Performance", _performance(now, before)),
        section("Position", _position(now, before)),
    ]


def _cash(now: _Month, before: _Month) -> list[Json]:
    surplus = (now.received - now.spent, before.received - before.spent)
    return [
        _amounts("Cash received", now.received, before.received),
        _amounts("Cash spent", now.spent, before.spent),
        _amounts("Cash surplus (deficit)", *surplus),
        _amounts("Closing bank balance", now.bank, before.bank),
    ]


def _profitability(now: _Month, before: _Month) -> list[Json]:
    this, last = now.groups, before.groups
    return [
        _amounts("Income", this["income"], last["income"]),
        _amounts("Direct costs", this["costs"], last["costs"]),
        _amounts("Gross profit (loss)", now.gross, before.gross),
        _amounts("Other Income", this["other"], last["other"]),
        _amounts("Expenses", this["expenses"], last["expenses"]),
        _amounts("Profit (loss)", now.profit, before.profit),
    ]


def _balance_sheet(now: _Month, before: _Month) -> list[Json]:
    return [
        _amounts("Debtors", now.debtors, before.debtors),
        _amounts("Creditors", now.creditors, before.creditors),
        _amounts("Net assets", now.net_assets, before.net_assets),
    ]


def _income(now: _Month, before: _Month) -> list[Json]:
    return [
        _numbers("Number of invoices issued", Decimal(now.invoices), Decimal(before.invoices)),
        _amounts("Average value of invoices", _average(now), _average(before)),
    ]


def _performance(now: _Month, before: _Month) -> list[Json]:
    return [
        _percents("Gross profit margin", _margin(now.gross, now), _margin(before.gross, before)),
        _percents("Net profit margin", _margin(now.profit, now), _margin(before.profit, before)),
        _percents("Return on investment (p.a.)", _return(now), _return(before)),
    ]


def _position(now: _Month, before: _Month) -> list[Json]:
    forecast = (now.debtors - now.creditors, before.debtors - before.creditors)
    return [
        _numbers("Average debtors days", _debtor_days(now), _debtor_days(before)),
        _numbers("Average creditors days", _creditor_days(now), _creditor_days(before)),
        _amounts("Short term cash forecast", *forecast),
        _numbers("Current assets to liabilities", now.current_ratio, before.current_ratio),
        _numbers("Term assets to liabilities", now.term_ratio, before.term_ratio),
    ]


def _amounts(label: str, this: Decimal, last: Decimal) -> Json:
    return row(label, [money(this), money(last), _variance(this, last)])


def _numbers(label: str, this: _Value, last: _Value) -> Json:
    return row(label, [_plain(this), _plain(last), _variance(this or ZERO, last or ZERO)])


def _percents(label: str, this: _Value, last: _Value) -> Json:
    return row(label, [_percent(this), _percent(last), _variance(this or ZERO, last or ZERO)])


def _variance(this: Decimal, last: Decimal) -> str:
    change = _quotient((this - last) * _HUNDRED, abs(last))
    return f"{(change or ZERO).quantize(_ONE_PLACE):.1f}%"


def _quotient(over: Decimal, under: Decimal) -> Decimal | None:
    return over / under if under else None


def _percent(value: Decimal | None) -> str:
    return "" if value is None else f"{value.quantize(_ONE_PLACE):.1f}%"


def _plain(value: Decimal | None) -> str:
    if value is None:
        return ""
    return str(int(value)) if value == value.to_integral_value() else str(cents(value))


def _average(month: _Month) -> Decimal:
    return cents(month.invoiced / month.invoices) if month.invoices else ZERO


def _margin(value: Decimal, month: _Month) -> Decimal | None:
    return _quotient(value * _HUNDRED, month.groups["income"])


def _return(month: _Month) -> Decimal | None:
    return _quotient(month.profit * 12 * _HUNDRED, month.net_assets)


def _debtor_days(month: _Month) -> Decimal | None:
    return _quotient(month.debtors * month.days, month.groups["income"])


def _creditor_days(month: _Month) -> Decimal | None:
    costs = month.groups["costs"] + month.groups["expenses"]
    return _quotient(month.creditors * month.days, costs)
