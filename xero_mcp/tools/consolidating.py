"""Reports of several organisations as one: matched by account code, converted, nothing hidden."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from xero_mcp.money import round_cents, to_text
from xero_mcp.tools.report_rows import FlatReport, amount
from xero_mcp.xero.models.account import Account

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One organisation's report, and what makes its figures comparable."""

    organisation: str
    currency: str
    rate: Decimal
    """How much of the common currency one of its own is worth."""
    flat: FlatReport
    chart: Mapping[str, Account]
    """Account id -> account."""
    codes: Mapping[str, str] = field(default_factory=dict[str, str])
    """Its own code -> the code under which it is to stand."""

    def converted(self, value: Decimal) -> Decimal:
        return round_cents(value * self.rate)

    def in_common(self) -> FlatReport:
        """The report as it reads when each of its figures is converted for itself."""
        first = self.flat.values_from
        return FlatReport(
            columns=[*self.flat.columns[:first], "converted"],
            values_from=first,
            rows=[[*row[:first], self._text_of(row[first:])] for row in self.flat.rows],
            totals=[[*total[:2], self._text_of(total[2:])] for total in self.flat.totals],
        )

    def _text_of(self, values: Sequence[object]) -> str:
        return to_text(self.converted(self.amount_of(values)))

    def amount_of(self, values: Sequence[object]) -> Decimal:
        """The one figure of a row: the balance of a trial balance, else the first period."""
        periods = self.flat.periods
        if "YTD Debit" in periods:
            places = (periods.index("YTD Debit"), periods.index("YTD Credit"))
            debit, credit = (amount(values[place]) for place in places)
            return debit - credit
        return amount(values[0]) if values else _ZERO


@dataclass(frozen=True, slots=True)
class Key:
    """What makes accounts of two organisations the same: code and class, else the name."""

    code: str
    class_: str
    name: str = ""


@dataclass(slots=True, kw_only=True)
class Line:
    """An account over all organisations."""

    section: str
    account: str
    amounts: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    """Organisation -> amount in the common currency."""


def consolidated(parts: Sequence[Part]) -> dict[Key, Line]:
    """Every account row, in the order in which the organisations show them."""
    lines: dict[Key, Line] = {}
    for part in parts:
        for row in part.flat.rows:
            key = _key(part, row)
            line = lines.setdefault(key, Line(section=str(row[0]), account=str(row[1])))
            value = part.converted(part.amount_of(row[part.flat.values_from :]))
            line.amounts[part.organisation] = line.amounts.get(part.organisation, _ZERO) + value
    return lines


def as_rows(lines: Mapping[Key, Line], parts: Sequence[Part]) -> list[list[object]]:
    """Section, code, account, a column for each organisation, and the total."""
    return [
        [line.section, key.code or None, line.account, *_columns(line.amounts, parts)]
        for key, line in lines.items()
    ]


def totals_of(parts: Sequence[Part]) -> list[list[object]]:
    """The totals of the reports by their titles, each converted as Xero states it."""
    titles: dict[str, dict[str, Decimal]] = {}
    for part in parts:
        for total in part.flat.totals:
            value = part.converted(part.amount_of(total[2:]))
            titles.setdefault(str(total[1]), {})[part.organisation] = value
    return [[title, *_columns(amounts, parts)] for title, amounts in titles.items()]


def not_matched(lines: Mapping[Key, Line], parts: Sequence[Part]) -> list[list[object]]:
    """Accounts with an amount that some other organisation has no counterpart for."""
    known = {part.organisation: set(_keys_of_chart(part)) for part in parts}
    found: list[list[object]] = []
    for key, line in lines.items():
        lacking = [part.organisation for part in parts if key not in known[part.organisation]]
        lacking = [name for name in lacking if name not in line.amounts]
        if lacking and any(line.amounts.values()):
            names = ", ".join(line.amounts)
            found.append([names, key.code or None, line.account, ", ".join(lacking)])
    return found


def rounding(lines: Mapping[Key, Line], parts: Sequence[Part]) -> Iterator[str]:
    """A trial balance whose converted sides differ, by as much as rounding made them."""
    for part in parts:
        if "YTD Debit" not in part.flat.periods:
            continue
        values = (line.amounts.get(part.organisation, _ZERO) for line in lines.values())
        left = sum(values, _ZERO)
        if left:
            yield f"{part.organisation}: debits less credits come to {to_text(left)} converted"


def _key(part: Part, row: Sequence[object]) -> Key:
    account = part.chart.get(str(row[2]))
    return _key_of(part, account) if account else Key("", "", str(row[1]).casefold())


def _key_of(part: Part, account: Account) -> Key:
    if not account.code:
        return Key("", account.class_ or "", account.name.casefold())
    return Key(part.codes.get(account.code, account.code), account.class_ or "")


def _keys_of_chart(part: Part) -> Iterator[Key]:
    return (_key_of(part, account) for account in part.chart.values())


def _columns(amounts: Mapping[str, Decimal], parts: Sequence[Part]) -> list[object]:
    each = [amounts.get(part.organisation) for part in parts]
    total = sum((value for value in each if value is not None), _ZERO)
    return [*(None if value is None else to_text(value) for value in each), to_text(total)]
