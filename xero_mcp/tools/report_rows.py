"""From Xero's nested report rows to one table: accounts in rows, totals apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from xero_mcp.money import parse_amount, to_text
from xero_mcp.xero.models.report import Report, Row, TenNinetyNineContact

Layout = Literal["accounts", "lines", "documents"]
"""What the rows of a report are: accounts; named lines without an account; invoices or bills."""

LEADING: dict[Layout, tuple[str, ...]] = {
    "accounts": ("section", "account", "account_id"),
    "lines": ("section", "line"),
    "documents": ("date", "number", "due_date", "overdue", "total", "paid", "credited", "due"),
}
BOXES = tuple(f"box{number}" for number in (*range(1, 12), 14))


@dataclass(slots=True, kw_only=True)
class FlatReport:
    """A report as rows of amounts; `values_from` is where the amounts of a row begin."""

    columns: list[str]
    values_from: int
    rows: list[list[object]] = field(default_factory=list[list[object]])
    totals: list[list[object]] = field(default_factory=list[list[object]])

    @property
    def periods(self) -> list[str]:
        return self.columns[self.values_from :]

    def total_titled(self, *titles: str) -> list[object] | None:
        """The values of the last total under one of these titles, in whatever case."""
        wanted = {title.casefold() for title in titles}
        for total in reversed(self.totals):
            if str(total[1]).casefold() in wanted:
                return total[2:]
        return None


def flatten(report: Report, layout: Layout) -> FlatReport:
    """Every row under the title of its section; what only sums others up stands in `totals`."""
    if layout == "documents":
        return _documents(report)
    leading = LEADING[layout]
    flat = FlatReport(columns=[*leading, *_periods(report.rows)], values_from=len(leading))
    for section, row in _walk(report.rows, ""):
        if row.row_type == "SummaryRow" or (layout == "accounts" and not account_id_of(row)):
            flat.totals.append([section, title_of(row), *values_of(row)])
        elif layout == "accounts":
            flat.rows.append([section, title_of(row), account_id_of(row), *values_of(row)])
        else:
            flat.rows.append([section, title_of(row), *values_of(row)])
    return flat


def flatten_contacts(reports: Sequence[Report]) -> FlatReport:
    """The 1099 reports: a row for each contact, with the boxes in which there is anything.

    Tax numbers stay out: nobody needs them to answer a question about amounts.
    """
    paid = [(report, contact) for report in reports for contact in report.contacts]
    used = [box for box in BOXES if any(_box(contact, box) for _, contact in paid)]
    leading = ("report", "contact", "contact_id")
    flat = FlatReport(columns=[*leading, *used], values_from=len(leading))
    for report, contact in paid:
        boxes = [to_text(_box(contact, box)) for box in used]
        flat.rows.append([report.report_name, contact.name, contact.contact_id, *boxes])
    return flat


def _box(contact: TenNinetyNineContact, box: str) -> Decimal:
    return getattr(contact, box) or Decimal(0)


def _documents(report: Report) -> FlatReport:
    """An aged report: a row for each document with its id; opening and closing are totals."""
    flat = FlatReport(columns=[*LEADING["documents"], "document_id"], values_from=4)
    for _, row in _walk(report.rows, ""):
        cells = [cell.value for cell in row.cells]
        document_id = _attribute(row, "invoice")
        if document_id:
            days = [_day(cells[0]), cells[1], _day(cells[2]), cells[3] or None]
            flat.rows.append([*days, *map(money, cells[4:8]), document_id])
        else:
            title = cells[1] if row.row_type == "Row" else cells[0]
            flat.totals.append(["", title, *map(money, cells[4:8])])
    return flat


def _walk(rows: Sequence[Row], section: str) -> Iterator[tuple[str, Row]]:
    """Every row but headers, with the title of its section; Xero nests one level deep."""
    for row in rows:
        if row.row_type == "Section":
            yield from ((row.title, inner) for inner in row.rows if inner.row_type != "Header")
        elif row.row_type != "Header":
            yield section, row


def _periods(rows: Sequence[Row]) -> list[str]:
    for row in rows:
        if row.row_type == "Header":
            return [cell.value for cell in row.cells[1:]]
    return []


def title_of(row: Row) -> str:
    return row.cells[0].value if row.cells else ""


def account_id_of(row: Row) -> str:
    return _attribute(row, "account")


def _attribute(row: Row, kind: str) -> str:
    """The id that the first cell carries; Xero calls it account, accountID or invoiceID."""
    for cell in row.cells[:1]:
        for attribute in cell.attributes:
            if attribute.id.lower().startswith(kind):
                return attribute.value
    return ""


def values_of(row: Row) -> list[object]:
    return [money(cell.value) for cell in row.cells[1:]]


def money(text: str) -> str | None:
    """A cell as money text; empty where Xero shows nothing, and as it is where it is no number."""
    if not text.strip():
        return None
    try:
        return to_text(parse_amount(text.strip().replace(",", "")))
    except ValueError:
        return text


def amount(value: object) -> Decimal:
    """A cell of a flat report as a number; nothing where it is none."""
    try:
        return parse_amount(str(value)) if value is not None else Decimal(0)
    except ValueError:
        return Decimal(0)


def _day(text: str) -> str | None:
    return text[:10] or None
