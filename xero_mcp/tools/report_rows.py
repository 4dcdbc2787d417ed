"""From Xero's nested report rows to one table, and whether it adds up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from xero_mcp.money import parse_amount, to_text
from xero_mcp.xero.models.report import Report, Row

LEADING = ("section", "account", "account_id")


@dataclass(slots=True, kw_only=True)
class FlatReport:
    """A report as rows of accounts, totals apart."""

    columns: list[str]
    rows: list[list[object]] = field(default_factory=list[list[object]])
    totals: list[list[object]] = field(default_factory=list[list[object]])
    differences: list[str] = field(default_factory=list[str])


def flatten(report: Report) -> FlatReport:
    """Every account row under its section; each section's total checked against its rows."""
    periods = _periods(report.rows)
    flat = FlatReport(columns=[*LEADING, *periods])
    for section, row in _walk(report.rows, ""):
        if row.row_type == "Section":
            _check(row, flat)
        elif row.row_type == "SummaryRow" or not _account_id(row):
            flat.totals.append([section, _title(row), *_values(row)])
        else:
            flat.rows.append([section, _title(row), _account_id(row), *_values(row)])
    return flat


def _walk(rows: Sequence[Row], section: str) -> Iterator[tuple[str, Row]]:
    """Every row but the header, with the title of its section; Xero nests one level deep."""
    for row in rows:
        if row.row_type == "Header":
            continue
        yield section, row
        if row.row_type == "Section":
            for inner in row.rows:
                yield row.title, inner


def _periods(rows: Sequence[Row]) -> list[str]:
    for row in rows:
        if row.row_type == "Header":
            return [cell.value for cell in row.cells[1:]]
    return []


def _title(row: Row) -> str:
    return row.cells[0].value if row.cells else ""


def _account_id(row: Row) -> str:
    for cell in row.cells[:1]:
        for attribute in cell.attributes:
            if attribute.id.lower().startswith("account"):
                return attribute.value
    return ""


def _values(row: Row) -> list[object]:
    return [_money(cell.value) for cell in row.cells[1:]]


def _money(text: str) -> str | None:
    """A cell as money text; empty where Xero shows nothing, and as it is where it is no number."""
    if not text.strip():
        return None
    try:
        return to_text(parse_amount(text.strip().replace(",", "")))
    except ValueError:
        return text


def _check(section: Row, flat: FlatReport) -> None:
    """Compare the section's summary row with the sum of its account rows, column by column."""
    accounts = [row for row in section.rows if row.row_type == "Row" and _account_id(row)]
    for summary in (row for row in section.rows if row.row_type == "SummaryRow"):
        for index, cell in enumerate(summary.cells[1:], start=1):
            stated = _amount(cell.value)
            summed = sum((_amount(_cell(row, index)) for row in accounts), Decimal(0))
            if accounts and stated != summed:
                flat.differences.append(
                    f"{_title(summary)}: stated {to_text(stated)}, rows sum to {to_text(summed)}"
                )


def _cell(row: Row, index: int) -> str:
    return row.cells[index].value if index < len(row.cells) else ""


def _amount(text: str) -> Decimal:
    shown = _money(text)
    try:
        return parse_amount(shown) if shown is not None else Decimal(0)
    except ValueError:
        return Decimal(0)
