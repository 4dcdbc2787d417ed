"""Xero's nested rows become one table: accounts in rows, totals apart."""

from decimal import Decimal

import pytest

from tests.gate.world import World
from xero_mcp.tools.report_rows import flatten
from xero_mcp.xero.models.report import Cell, CellAttribute, Report, Row


def account(name: str, *amounts: str) -> Row:
    first = Cell(
        value=name,
        attributes=(CellAttribute.model_validate({"Id": "account", "Value": f"id-{name}"}),),
    )
    return Row(row_type="Row", cells=(first, *(Cell(value=one) for one in amounts)))


def summary(name: str, *amounts: str) -> Row:
    cells = (Cell(value=name), *(Cell(value=one) for one in amounts))
    return Row(row_type="SummaryRow", cells=cells)


def plain(name: str, *amounts: str) -> Row:
    return summary(name, *amounts).model_copy(update={"row_type": "Row"})


def section(title: str, *rows: Row) -> Row:
    return Row(row_type="Section", title=title, rows=rows)


HEADER = Row(row_type="Header", cells=tuple(Cell(value=one) for one in ("", "2026", "2025")))


def test_accounts_stand_under_their_section_and_totals_apart():
    report = Report(
        rows=(
            HEADER,
            section(
                "Income",
                account("Sales", "100.00", "90.00"),
                account("Interest", "-1.5", ""),
                summary("Total Income", "98.50", "90.00"),
            ),
            section("", plain("Net Profit", "98.50", "90.00")),
        )
    )
    flat = flatten(report, "accounts")
    assert flat.columns == ["section", "account", "account_id", "2026", "2025"]
    assert flat.rows == [
        ["Income", "Sales", "id-Sales", "100.00", "90.00"],
        ["Income", "Interest", "id-Interest", "-1.50", None],
    ]
    assert flat.totals == [
        ["Income", "Total Income", "98.50", "90.00"],
        ["", "Net Profit", "98.50", "90.00"],
    ]


@pytest.mark.parametrize("shape", [(), (HEADER,), (section("Empty"),), (Row(row_type="Row"),)])
def test_strange_shapes_are_no_trouble(shape: tuple[Row, ...]):
    flat = flatten(Report(rows=shape), "accounts")
    assert flat.rows == []


def test_thousands_marks_and_percentages_are_read_as_they_are_meant():
    rows = (account("Sales", "1,234.50", "12.5%"), account("Other", "0.50", "n/a"))
    report = Report(rows=(HEADER, section("Income", *rows, summary("T", "1,235.00", ""))))
    flat = flatten(report, "accounts")
    assert [row[3:] for row in flat.rows] == [["1234.50", "12.5%"], ["0.50", "n/a"]]


async def test_profit_is_what_the_accounts_come_to(house: World):
    period = {"from_date": "2025-09-01", "to_date": "2026-02-28"}
    answer = await house.good("run-report", {"report": "profit-and-loss", **period})
    by_section: dict[str, Decimal] = {}
    for title, _, _, amount in answer["rows"]:
        by_section[title] = by_section.get(title, Decimal(0)) + Decimal(amount)
    costs = sum(amount for title, amount in by_section.items() if title.startswith("Less"))
    others = sum(amount for title, amount in by_section.items() if not title.startswith("Less"))
    net = next(row[2] for row in answer["totals"] if row[1] == "Net Profit")
    assert Decimal(net) == others - costs
