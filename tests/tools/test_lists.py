"""What every paged list has in common: how complete it is, its columns, order, dates and sums."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, code_of
from tests.tools.money_house import BANK, SALES, Fields, account_id, open_house, rows_of
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.tool.table import Column
from xero_mcp.tools import bare_pages, paging
from xero_mcp.xero.models.base import Pagination
from xero_mcp.xero.models.connection import OrganisationRef

PREPAYMENTS = "list-prepayments-and-overpayments"
ORDERED: list[tuple[str, Fields]] = [
    ("list-bank-transactions", {}),
    ("list-credit-notes", {}),
    ("list-invoices", {}),
    ("list-manual-journals", {}),
    ("list-payments", {}),
    ("list-payments", {"batches": True}),
    (PREPAYMENTS, {"kind": "overpayment"}),
    ("list-purchase-orders", {}),
    ("list-quotes", {}),
]
WITHOUT_COUNT: tuple[tuple[str, Fields], ...] = (
    ("list-quotes", {}),
    ("list-payments", {"batches": True}),
)
CONTACTS: tuple[str, Fields] = ("list-contacts", {})
COUNTED = [*(one for one in ORDERED if one not in WITHOUT_COUNT), CONTACTS]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with open_house(tmp_path) as opened:
        yield opened


def named(value: tuple[str, Fields]) -> str:
    return " ".join((value[0], *map(str, value[1].values())))


@pytest.mark.parametrize("asked", COUNTED, ids=named)
async def test_a_list_says_how_complete_it_is(house: World, asked: tuple[str, Fields]):
    tool, more = asked
    whole = await house.good(tool, {**more, "page_size": 1000})
    assert (whole["page"], whole["pages"], whole["total"]) == (1, 1, len(whole["rows"]))
    assert "next_page" not in whole
    assert whole["total"] > 0
    first = await house.good(tool, {**more, "page_size": 1})
    assert (first["page"], first["pages"]) == (1, whole["total"])
    assert first.get("next_page") == (2 if whole["total"] > 1 else None)
    assert first["rows"] == whole["rows"][:1]
    last = await house.good(tool, {**more, "page_size": 1, "page": whole["total"]})
    assert last["rows"] == whole["rows"][-1:]
    assert "next_page" not in last
    beyond = await house.good(tool, {**more, "page_size": 1, "page": whole["total"] + 1})
    assert beyond["rows"] == []
    assert beyond["note"] == f"There is no page {whole['total'] + 1}: the last is {whole['total']}."


@pytest.mark.parametrize("asked", ORDERED, ids=named)
async def test_the_newest_come_first_and_the_oldest_where_asked(
    house: World, asked: tuple[str, Fields]
):
    tool, more = asked
    plain = await house.good(tool, {**more, "page_size": 1000})
    newest = [row["date"] for row in rows_of(plain)]
    assert newest == sorted(newest, reverse=True)
    oldest = rows_of(await house.good(tool, {**more, "page_size": 1000, "order": "oldest"}))
    assert [row["date"] for row in oldest] == sorted(newest)
    full = {**more, "page_size": 1000, "order": "updated", "detail": "full"}
    updated = rows_of(await house.good(tool, full))
    moments = [row["updated_at"] for row in updated]
    assert moments == sorted(moments, reverse=True)
    assert len(moments) == len(newest)


@pytest.mark.parametrize("asked", ORDERED, ids=named)
async def test_days_bound_a_list_and_no_days_are_refused(house: World, asked: tuple[str, Fields]):
    tool, more = asked
    everything = rows_of(await house.good(tool, {**more, "page_size": 1000}))
    days = sorted(row["date"] for row in everything)
    low, high = days[len(days) // 3], days[len(days) // 2]
    span = {"date_from": low, "date_to": high}
    found = rows_of(await house.good(tool, {**more, **span, "page_size": 1000}))
    assert sorted(row["date"] for row in found) == [day for day in days if low <= day <= high]
    back = {**more, "date_from": "2026-02-01", "date_to": "2026-01-01"}
    refused = await house.call(tool, back)
    assert code_of(refused) == "INVALID_ARGUMENTS"
    assert "2026-02-01 is after 2026-01-01" in str(refused.content)


@pytest.mark.parametrize("asked", [*ORDERED, CONTACTS, ("list-linked-transactions", {})], ids=named)
async def test_columns_are_chosen_and_a_wrong_one_is_answered_with_the_right_ones(
    house: World, asked: tuple[str, Fields]
):
    tool, more = asked
    refused = await house.call(tool, {**more, "fields": ["colour"]})
    assert code_of(refused) == "INVALID_ARGUMENTS"
    detail = refused.content["error"]["details"][0]
    if "batches" in more:
        return
    assert detail["path"] == "fields"
    names = detail["message"].removeprefix("must be one of ").split(", ")
    chosen = await house.good(tool, {**more, "fields": names[::-1]})
    assert chosen["columns"] == names[::-1]
    full = await house.good(tool, {**more, "detail": "full"})
    assert full["columns"] == names


@pytest.mark.parametrize(
    ("tool", "more", "table", "wanted"),
    [
        ("list-credit-notes", {"type": "bill"}, "CreditNotes", "ACCPAYCREDIT"),
        ("list-invoices", {"type": "bill"}, "Invoices", "ACCPAY"),
        ("list-purchase-orders", {}, "PurchaseOrders", None),
        ("list-quotes", {}, "Quotes", None),
    ],
)
async def test_sums_over_all_are_what_the_books_say(
    house: World, tool: str, more: Fields, table: str, wanted: str | None
):
    found = await house.good(tool, {**more, "detail": "sums"})
    assert (found["rows"], found["summed"]) == ([], "all")
    sums: dict[str, Decimal] = {}
    for one in house.books.table(table):
        if wanted in (None, one.get("Type")):
            currency = one["CurrencyCode"]
            sums[currency] = sums.get(currency, Decimal(0)) + one["Total"]
    assert {name: Decimal(text) for name, text in found["sums"]["total"].items()} == sums
    assert any(sums.values())


async def test_what_contacts_owe_is_summed_in_base_currency(house: World):
    found = await house.good("list-contacts", {"page_size": 1000})
    shown = sum(Decimal(row["owes_us"] or 0) for row in rows_of(found))
    assert Decimal(found["sums"]["owes_us"]["base"]) == shown > 0


@pytest.mark.parametrize(
    ("tool", "asked"),
    [
        ("list-payments", {}),
        ("list-bank-transactions", {}),
        ("list-credit-notes", {}),
        (PREPAYMENTS, {"kind": "prepayment"}),
        ("list-linked-transactions", {}),
        ("list-invoices", {"fields": ["number"]}),
    ],
)
async def test_what_cannot_be_summed_is_refused_before_any_request(
    house: World, tool: str, asked: Fields
):
    await house.good("list-accounts")
    before = sum(house.demo.premises.stats.requests.values())
    answer = await house.call(tool, {**asked, "detail": "sums"})
    assert code_of(answer) == "INVALID_ARGUMENTS"
    assert sum(house.demo.premises.stats.requests.values()) == before


@pytest.mark.parametrize(
    "asked",
    [
        ("list-bank-transactions", {"date_from": "2000-01-01"}),
        ("list-credit-notes", {}),
        ("list-invoices", {}),
        (PREPAYMENTS, {"kind": "prepayment", "date_from": "2000-01-01"}),
    ],
    ids=named,
)
async def test_a_contact_is_named_by_id_or_by_exact_name(house: World, asked: tuple[str, Fields]):
    tool, more = asked
    one = rows_of(await house.good(tool, {**more, "detail": "full"}))[0]
    by_id = await house.good(tool, {**more, "contact_id": one["contact_id"]})
    by_name = await house.good(tool, {**more, "contact": one["contact"].upper()})
    assert by_name["rows"] == by_id["rows"] != []
    nobody = await house.good(tool, {**more, "contact": 'No"body'})
    assert nobody["rows"] == []
    assert "list-contacts" in nobody["note"]


@pytest.mark.parametrize(
    ("tool", "asked"),
    [
        ("list-invoices", {"page": 0}),
        ("list-invoices", {"page_size": 10_000}),
        ("list-invoices", {"page_size": 0}),
        ("list-invoices", {"fields": []}),
        ("list-invoices", {"order": "colour"}),
        ("list-invoices", {"owed_from": "5.00", "owed_to": "4.99"}),
        ("list-invoices", {"search": ""}),
        ("list-invoices", {"number": ""}),
        ("list-invoices", {"contact": ""}),
        ("list-invoices", {"date_from": "2026-02-30"}),
        ("list-contacts", {"search": ""}),
        ("list-quotes", {"page_size": 150}),
        ("list-quotes", {"page_size": 1100}),
        ("list-quotes", {"expires_from": "2026-02-01", "expires_to": "2026-01-01"}),
        ("list-bank-transactions", {"contact": "Someone"}),
        (PREPAYMENTS, {"kind": "prepayment", "status": "paid"}),
        ("list-journals", {"limit": 0}),
        ("list-payments", {"reconciled": True}),
        ("list-bank-transfers", {"date_from": "2026-02-01", "date_to": "2026-01-01"}),
    ],
)
async def test_odd_arguments_are_refused_in_words(house: World, tool: str, asked: Fields):
    answer = await house.call(tool, asked)
    assert code_of(answer) == "INVALID_ARGUMENTS"
    assert all(len(one["message"]) > 8 for one in answer.content["error"]["details"])


async def test_payments_are_chosen_by_account_and_by_what_is_reconciled(house: World):
    since = {"date_from": "2000-01-01", "page_size": 1000, "detail": "full"}
    everything = rows_of(await house.good("list-payments", since))
    for wanted in (True, False):
        found = rows_of(await house.good("list-payments", {**since, "reconciled": wanted}))
        assert found == [row for row in everything if bool(row["reconciled"]) is wanted]
    bank = account_id(house, BANK)
    found = rows_of(await house.good("list-payments", {**since, "account_id": bank}))
    assert found == [row for row in everything if row["account_code"] == BANK] != []
    batches = {**since, "batches": True}
    assert rows_of(await house.good("list-payments", {**batches, "account_id": bank}))
    other = account_id(house, SALES)
    assert not rows_of(await house.good("list-payments", {**batches, "account_id": other}))


COLUMN = [Column[int](name="n", read=Decimal, currency=lambda _: "USD")]


class Telling:
    """As much of a ScopedXero as a list needs."""

    organisation = OrganisationRef(id="1" * 8, name="Acme")

    def __init__(self) -> None:
        self.told: list[str] = []

    async def tell(self, done: float, total: float | None, message: str) -> None:
        self.told.append(f"{done:g}/{total} {message}")


async def followed(total: int, **asked: object) -> tuple[paging.SummedList, list[int], list[str]]:
    """A list of so many numbers, the pages of Xero's that it took, and what was told."""
    pages: list[int] = []

    async def fetch(page: int, size: int) -> paging.Page[int]:
        pages.append(page)
        found = range(total)[(page - 1) * size : page * size]
        told = {"page": page, "pageCount": -(-total // size), "itemCount": total}
        return found, Pagination.model_validate(told)

    xero: Any = Telling()
    answer = await paging.summed_list(
        paging.FollowedListing.model_validate(asked), COLUMN, fetch, xero
    )
    return answer, pages, xero.told


async def test_one_call_follows_xeros_pages_and_says_where_to_go_on():
    answer, pages, told = await followed(2500, page_size=2000)
    assert (pages, len(answer.rows), answer.pages, answer.next_page) == ([1, 2], 2000, 2, 2)
    assert (answer.summed, answer.total) == ("shown", 2500)
    assert told[0] == "1/2 reading rows"
    answer, pages, _ = await followed(2500, page_size=2000, page=2)
    assert (pages, len(answer.rows), answer.next_page) == ([3], 500, None)
    assert answer.rows[0] == ["2000.00"]
    _, _, told = await followed(2500, page_size=100)
    assert told == []


async def test_sums_over_all_follow_up_to_their_bound_and_give_no_half_sum():
    answer, pages, _ = await followed(4500, detail="sums")
    assert (pages, answer.summed, answer.rows) == ([1, 2, 3, 4, 5], "all", [])
    assert answer.sums == {"n": {"USD": f"{sum(range(4500))}.00"}}
    with pytest.raises(XeroMcpError, match="5001 rows") as raised:
        await followed(5001, detail="sums")
    assert raised.value.code is ErrorCode.INVALID_ARGUMENTS


async def bare(total: int, **asked: object) -> tuple[paging.SummedList, list[int]]:
    pages: list[int] = []

    async def fetch(page: int) -> Sequence[int]:
        pages.append(page)
        return range(total)[(page - 1) * 100 : page * 100]

    xero: Any = Telling()
    return await bare_pages.bare_list(
        bare_pages.BareListing.model_validate(asked), COLUMN, fetch, xero
    ), pages


async def test_a_list_without_a_count_is_followed_to_its_end_and_says_what_is_known():
    answer, pages = await bare(250)
    assert (pages, answer.next_page, answer.note) == (
        [1],
        2,
        "At least 100: Xero does not tell how many.",
    )
    assert answer.summed == "shown"
    answer, pages = await bare(250, page_size=500)
    assert (pages, answer.total, answer.pages, answer.next_page) == ([1, 2, 3], 250, 1, None)
    assert (answer.note, answer.summed) == (None, "all")
    answer, pages = await bare(250, page_size=200, page=2)
    assert (pages, len(answer.rows), answer.total, answer.pages) == ([3], 50, 250, 2)
    answer, _ = await bare(250, page=9)
    assert answer.rows == []
    assert "no page 9" in (answer.note or "")
    answer, pages = await bare(250, detail="sums")
    assert answer.sums == {"n": {"USD": f"{sum(range(250))}.00"}}
    with pytest.raises(XeroMcpError, match="More than 1000"):
        await bare(1000, detail="sums")
