"""The lines of an account explain what the report says: for every account of every organisation."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.gate.world import World, code_of
from tests.tools.reading import GLOBAL, NZ, UK, column, company, decimals, reader
from xero_mcp.demo_company.kernel import Company
from xero_mcp.tool.access import Area

UNSEEN = {"ROUNDING", "REALISEDCURRENCYGAIN", "RETAINEDEARNINGS"}
CONTROLS = {"DEBTORS", "CREDITORS"}
CENTS_OF_ROUNDING = Decimal("0.02")
"""What is left of parts of a foreign invoice, each rounded to base currency."""
SPAN = {"from_date": "2025-09-15", "to_date": "2026-02-20"}


def moved(books: Company, account_id: str) -> Decimal:
    since, until = date(2025, 9, 15), date(2026, 2, 20)
    return books.ledger.balance(account_id, until=until, since=since)


@pytest.mark.parametrize("organisation", [GLOBAL, NZ, UK])
async def test_every_account_is_explained_to_the_cent(tmp_path: Path, organisation: str):
    async with reader(tmp_path, organisation) as house:
        books = company(house, organisation)
        explained = 0
        for one in books.table("Accounts"):
            net = moved(books, one["AccountID"])
            if not net:
                continue
            house.clock.advance(61)
            asked = {"account": one["AccountID"], **SPAN}
            found = await house.good("account-detail", asked)
            assert Decimal(found["report_movement"]) == net, one["Name"]
            if one.get("SystemAccount") not in UNSEEN:
                foreign = one.get("SystemAccount") in CONTROLS and organisation != GLOBAL
                most = CENTS_OF_ROUNDING if foreign else Decimal(0)
                assert abs(Decimal(found["difference"])) <= most, one["Name"]
                assert sum(decimals(column(found, "amount"))) == Decimal(found["lines_total"])
                explained += 1
        assert explained >= 12


async def test_every_line_names_its_document(tmp_path: Path):
    async with reader(tmp_path) as house:
        found = await house.good("account-detail", {"account": "200", **SPAN})
        known = {one["InvoiceID"] for one in house.books.table("Invoices")}
        known |= {one["CreditNoteID"] for one in house.books.table("CreditNotes")}
        known |= {one["BankTransactionID"] for one in house.books.table("BankTransactions")}
        assert set(column(found, "document_id")) <= known
        assert found["lines"] == len(found["rows"]) > 10
        days = column(found, "date")
        assert days == sorted(days)


async def test_a_gap_is_shown_and_not_explained_away(tmp_path: Path):
    async with reader(tmp_path) as house:
        one = next(
            one
            for one in house.books.table("ManualJournals")
            if one["Status"] == "POSTED" and one["Date"] <= date(2026, 2, 20)
        )
        house.change("ManualJournals", one["ManualJournalID"], Status="DRAFT")
        line = one["JournalLines"][0]
        found = await house.good("account-detail", {"account": line["AccountID"], **SPAN})
        assert Decimal(found["difference"]) == line["LineAmount"]
        assert found["not_visible"]


async def test_a_page_beyond_the_last_is_empty_and_the_total_stays(tmp_path: Path):
    async with reader(tmp_path) as house:
        first = await house.good("account-detail", {"account": "200", **SPAN})
        beyond = await house.good("account-detail", {"account": "200", **SPAN, "page": 2})
        assert (beyond["rows"], beyond.get("next_page")) == ([], None)
        assert beyond["lines_total"] == first["lines_total"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"account": "no such", **SPAN},
        {"account": "200", "from_date": "2026-02-01", "to_date": "2026-01-01"},
        {"account": "200"},
    ],
)
async def test_what_cannot_be_is_refused(tmp_path: Path, arguments: dict[str, str]):
    async with reader(tmp_path) as house:
        answer = await house.call("account-detail", arguments)
        assert code_of(answer) == "INVALID_ARGUMENTS"


async def test_it_takes_every_area_that_it_reads(tmp_path: Path):
    async with reader(tmp_path, without=Area.MANUAL_JOURNALS) as house:
        answer = await house.call("account-detail", {"account": "200", **SPAN})
        assert code_of(answer) == "NOT_ALLOWED"
        assert "manual-journals" in answer.content["error"]["message"]


async def test_the_books_are_left_as_they_were(house: World):
    before = len(house.books.ledger.journals)
    answer = await house.call("account-detail", {"account": "200", **SPAN})
    assert code_of(answer) == "NOT_ALLOWED"
    assert len(house.books.ledger.journals) == before
