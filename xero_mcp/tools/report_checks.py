"""Does a report add up? Its totals against its rows, and against each other."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal

from xero_mcp.money import to_text
from xero_mcp.tools.report_rows import FlatReport, amount

MAX_TOLD = 20
"""Differences that an answer names; one is enough to distrust a report."""

_TAKEN_AWAY = re.compile(
    r"\b(less|costs?|expenses?|overheads?|depreciation|tax(ation)?)\b", re.IGNORECASE
)
_NET = ("Net Profit", "Net Income", "Net Loss", "Net Profit (Loss)", "Profit for the Year")
_ZERO = Decimal(0)

Check = Callable[[FlatReport], Iterator[str]]


def differences(report: str, flat: FlatReport) -> list[str] | None:
    """What does not add up, in words; None where the report has nothing to check."""
    checks = CHECKS.get(report)
    if checks is None:
        return None
    return [one for check in checks for one in check(flat)][:MAX_TOLD]


def _section_totals(flat: FlatReport) -> Iterator[str]:
    """Each section's total against the sum of its rows."""
    for total in flat.totals:
        rows = [row for row in flat.rows if row[0] == total[0]]
        if total[0] and rows:
            yield from _compare(flat, str(total[1]), total[2:], _sums(flat, rows))


def _net_profit(flat: FlatReport) -> Iterator[str]:
    """The bottom line against the sections, costs and expenses taken away."""
    stated = flat.total_titled(*_NET)
    if stated is None:
        return
    summed = [_ZERO] * len(flat.periods)
    for row in flat.rows:
        sign = -1 if _TAKEN_AWAY.search(str(row[0])) else 1
        summed = [one + sign * more for one, more in zip(summed, _values(flat, row), strict=True)]
    yield from _compare(flat, "net profit", stated, summed)


def _balance(flat: FlatReport) -> Iterator[str]:
    """Assets less liabilities are net assets, and these are the equity."""
    assets, debts = flat.total_titled("Total Assets"), flat.total_titled("Total Liabilities")
    net, equity = flat.total_titled("Net Assets"), flat.total_titled("Total Equity")
    if assets is None or debts is None or net is None:
        return
    summed = [amount(one) - amount(less) for one, less in zip(assets, debts, strict=True)]
    yield from _compare(flat, "net assets", net, summed)
    if equity is not None:
        yield from _compare(flat, "equity and net assets", equity, [amount(one) for one in net])


def _debits_are_credits(flat: FlatReport) -> Iterator[str]:
    sums = dict(zip(flat.periods, _sums(flat, flat.rows), strict=True))
    total = flat.total_titled("Total")
    if total is not None:
        yield from _compare(flat, "total", total, list(sums.values()))
    for prefix in ("", "YTD "):
        debit, credit = (sums.get(f"{prefix}{side}", _ZERO) for side in ("Debit", "Credit"))
        if debit != credit:
            yield f"{prefix}debits {to_text(debit)}, credits {to_text(credit)}"


def _bank_rows(flat: FlatReport) -> Iterator[str]:
    """Opening, plus received, less spent, is closing."""
    for row in flat.rows:
        values = _values(flat, row)
        if len(values) == 4 and values[0] + values[1] - values[2] != values[3]:  # noqa: PLR2004 - the four columns
            yield f"{row[1]}: opening, received and spent do not come to closing"


def _whole(flat: FlatReport) -> Iterator[str]:
    """One total over all rows."""
    total = flat.total_titled("Total")
    if total is not None and flat.rows:
        yield from _compare(flat, "total", total, _sums(flat, flat.rows))


def _aged(flat: FlatReport) -> Iterator[str]:
    yield from _whole(flat)
    opening, total = flat.total_titled("Opening Balance"), flat.total_titled("Total")
    closing = flat.total_titled("Closing Balance")
    if opening and total and closing:
        summed = amount(opening[-1]) + amount(total[-1])
        if summed != amount(closing[-1]):
            yield f"closing balance: stated {closing[-1]}, opening and total {to_text(summed)}"


CHECKS: Mapping[str, tuple[Check, ...]] = {
    "profit-and-loss": (_section_totals, _net_profit),
    "balance-sheet": (_section_totals, _balance),
    "trial-balance": (_debits_are_credits,),
    "bank-summary": (_bank_rows, _whole),
    "budget-summary": (_net_profit,),
    "aged-receivables": (_aged,),
    "aged-payables": (_aged,),
}


def _values(flat: FlatReport, row: Sequence[object]) -> list[Decimal]:
    return [amount(value) for value in row[flat.values_from :][: _width(flat)]]


def _width(flat: FlatReport) -> int:
    """How many columns are amounts; an aged report's last one is an id."""
    return len(flat.periods) - (flat.columns[-1] == "document_id")


def _sums(flat: FlatReport, rows: Sequence[Sequence[object]]) -> list[Decimal]:
    summed = [_ZERO] * _width(flat)
    for row in rows:
        summed = [one + more for one, more in zip(summed, _values(flat, row), strict=True)]
    return summed


def _compare(
    flat: FlatReport, title: str, stated: Sequence[object], summed: Sequence[Decimal]
) -> Iterator[str]:
    for period, value, sum_ in zip(flat.periods, stated, summed, strict=False):
        if amount(value) != sum_:
            said, found = to_text(amount(value)), to_text(sum_)
            yield f"{title}, {period or 'amount'}: stated {said}, rows come to {found}"
