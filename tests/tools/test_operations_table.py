"""Every operation of Xero's that is to be had is reached, by one tool, and the docs say which."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from docs.operations_table import name_of, operations_table, wrong
from xero_mcp.demo_company.operations import operations
from xero_mcp.tool.access import Reach
from xero_mcp.tool.card import ToolCard
from xero_mcp.tools.catalog import CATALOG

SHARED = Path(__file__).parents[3] / "shared" / "xero" / "operations.tsv"
LEFT_OUT = {"Receipts", "ExpenseClaims", "PaymentServices", "Setup"}
PAGE = Path(__file__).parents[2] / "docs" / "tools.md"


def cards() -> dict[str, ToolCard]:
    return {tool.name: tool.card for tool in CATALOG}


def declaring(name: str, *reaches: Reach, cards: Mapping[str, ToolCard]) -> dict[str, ToolCard]:
    """The catalogue where one tool declares just these."""
    return {**cards, name: replace(cards[name], reaches=reaches)}


def test_every_operation_is_reached_by_exactly_one_tool():
    assert list(wrong(cards())) == []


def test_a_forgotten_operation_is_noticed():
    found = list(wrong(declaring("email-invoice", cards=cards())))
    assert found == ["POST /Invoices/{InvoiceID}/Email is reached by no tool"]


def test_an_operation_reached_twice_is_noticed():
    all_cards = cards()
    twice = (*all_cards["email-invoice"].reaches, Reach(method="PUT", path="/Invoices"))
    found = list(wrong(declaring("email-invoice", *twice, cards=all_cards)))
    assert found == ["PUT /Invoices is reached by create-invoice, email-invoice"]


@pytest.mark.parametrize("path", ["/Invoices/{InvoiceID}/Emails", "/Setup"])
def test_an_operation_that_is_not_to_be_had_is_noticed(path: str):
    all_cards = cards()
    more = (*all_cards["email-invoice"].reaches, Reach(method="POST", path=path))
    (found,) = wrong(declaring("email-invoice", *more, cards=all_cards))
    assert found.startswith(f"POST {path} is no")


def test_what_a_tool_reads_besides_is_an_operation_too():
    all_cards = cards()
    odd = Reach(method="GET", path="/Invoice")
    tool = replace(all_cards["coding-history"], also=(odd,))
    (found,) = wrong({**all_cards, "coding-history": tool})
    assert found == "coding-history reads GET /Invoice, which is no operation of Xero's"


def test_the_page_shows_the_table_of_all_of_them():
    table = operations_table()
    assert table in PAGE.read_text(encoding="utf-8")
    rows = [line.split(" | ")[1] for line in table.splitlines() if line.startswith("| ")][1:]
    assert sorted(rows) == sorted(f"`{name_of(one)}`" for one in operations() if one.offered)
    assert "MISSING" not in table


def test_every_core_operation_that_xero_documents_is_reached_by_one_tool():
    if not SHARED.exists():
        pytest.skip("the shared table of operations is not on this machine")
    with SHARED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    reached = [str(reach) for card in cards().values() for reach in card.reaches]
    asked = 0
    for row in rows:
        if row["resource"] in LEFT_OUT or "PaymentServices" in row["path"]:
            continue
        assert reached.count(f"{row['method']} {row['path']}") == 1, row["operationId"]
        asked += row["kind"] == "core"
    assert asked == 131
