"""Long lists: followed inside one call, summed by currency, and honest about what is left."""

from decimal import Decimal
from typing import Any

import pytest

from tests.gate.world import World, code_of
from xero_mcp.tools import paging


def sums_in_the_books(house: World, field: str, **wanted: str) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for one in house.books.table("Invoices"):
        if all(one[name] == value for name, value in wanted.items()):
            currency = one["CurrencyCode"]
            sums[currency] = sums.get(currency, Decimal(0)) + one[field]
    return sums


def as_decimals(sums: dict[str, str]) -> dict[str, Decimal]:
    return {currency: Decimal(text) for currency, text in sums.items()}


async def test_a_page_that_is_everything_is_summed_as_everything(house: World):
    one = next(iter(house.books.table("Invoices")))
    house.change("Invoices", one["InvoiceID"], CurrencyCode="EUR")
    found = await house.good("list-invoices", {"page_size": 500})
    assert (found["summed"], found["pages"]) == ("all", 1)
    sums = as_decimals(found["sums"]["total"])
    for word, kind in (("sales", "ACCREC"), ("bill", "ACCPAY")):
        expected = sums_in_the_books(house, "Total", Type=kind)
        assert {key: sums.pop(f"{key} {word}") for key in expected} == expected
    assert not sums, "what is owed to us and what we owe are kept apart"


async def test_a_page_of_many_says_that_its_sums_are_its_own(house: World):
    found = await house.good("list-invoices", {"page_size": 3})
    assert (found["summed"], len(found["rows"])) == ("shown", 3)
    place = found["columns"].index("total")
    shown = sum(Decimal(row[place]) for row in found["rows"])
    assert sum(as_decimals(found["sums"]["total"]).values()) == shown


async def test_sums_alone_need_no_rows(house: World):
    found = await house.good("list-invoices", {"type": "bill", "detail": "sums", "page_size": 2})
    assert (found["rows"], found["summed"]) == ([], "all")
    expected = sums_in_the_books(house, "AmountDue", Type="ACCPAY")
    assert as_decimals(found["sums"]["amount_due"]) == expected


async def test_a_long_page_is_followed_over_several_of_xeros(house: World):
    whole = await house.good("list-invoices", {"page_size": 1000})
    before = house.processed("GET /Invoices")
    followed = await house.good("list-invoices", {"page_size": 2000})
    assert followed["rows"] == whole["rows"]
    assert house.processed("GET /Invoices") == before + 1
    assert followed["total"] == len(followed["rows"])


async def test_a_page_size_that_xero_cannot_make_up_is_refused(house: World):
    answer = await house.call("list-invoices", {"page_size": 1500})
    assert code_of(answer) == "INVALID_ARGUMENTS"
    assert "multiple" in answer.content["error"]["details"][0]["message"]


@pytest.mark.parametrize(("least", "most"), [("500", None), ("0.01", "300.00"), (None, "0")])
async def test_amount_ranges(house: World, least: str | None, most: str | None):
    asked = {"owed_from": least, "owed_to": most}
    filters = {name: value for name, value in asked.items() if value is not None}
    found = await house.good("list-invoices", {**filters, "page_size": 500})
    expected = {
        one["InvoiceID"]
        for one in house.books.table("Invoices")
        if Decimal(least or 0) <= one["AmountDue"] <= Decimal(most or 10**9)
    }
    assert {row[0] for row in found["rows"]} == expected
    assert expected


async def test_a_wrong_column_is_answered_with_the_right_ones(house: World):
    answer = await house.call("list-invoices", {"fields": ["amount"]})
    assert code_of(answer) == "INVALID_ARGUMENTS"
    assert "amount_due" in answer.content["error"]["details"][0]["message"]


async def test_following_stops_at_its_bound():
    calls: list[int] = []
    told: list[str] = []

    class Telling:
        async def tell(self, done: float, total: float, message: str) -> None:
            told.append(f"{done:g}/{total:g} {message}")

    async def fetch(page: int, size: int) -> paging.Page[int]:
        calls.append(page)
        return [page], paging.Pagination.model_validate({"pageCount": 99, "itemCount": 99 * size})

    xero: Any = Telling()
    followed = await paging.all_of(fetch, xero, what="bills")
    assert not followed.complete
    assert len(calls) == paging.MAX_INSIDE_PAGES == len(followed.items)
    assert told[0] == f"1/{paging.MAX_INSIDE_PAGES} reading bills"
