"""Duplicates are found however they are spelled, and regular bills are not taken for them."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gate.world import World, code_of
from tests.tools.reading import reader
from xero_mcp.tool.access import Area
from xero_mcp.tools.likeness import Outgoing, Pair, pairs, plain_name, plain_number

DAY = date(2026, 2, 1)
SPAN = {"from_date": "2026-01-01", "to_date": "2026-03-01"}


def one(number: str = "", **more: object) -> Outgoing:
    said: dict[str, Any] = {
        "id": more.pop("id", number or "x"),
        "kind": "bill",
        "number": number,
        "contact_id": "c",
        "contact": "Bolt Ltd",
        "dated": DAY,
        "currency": "USD",
        "total": Decimal(100),
        "status": "draft",
        **more,
    }
    return Outgoing(**said)


def strengths(found: Sequence[Pair]) -> list[str]:
    return [pair.strength for pair in found]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("INV-0042", "inv 42"),
        ("A.7/0", "a70"),
        ("BL-7781", "BL7781"),
        ("0012", "12"),
        ("R\u00c9F 1", "r\u00e9f-01"),
    ],
)
def test_numbers_are_read_as_a_person_reads_them(first: str, second: str):
    assert plain_number(first) == plain_number(second)


@pytest.mark.parametrize(("first", "second"), [("INV-42", "INV-43"), ("7-1", "8-1"), ("A1", "B1")])
def test_other_numbers_stay_other_numbers(first: str, second: str):
    assert plain_number(first) != plain_number(second)


@given(number=st.text(max_size=30))
def test_punctuation_around_a_number_changes_nothing(number: str):
    assert plain_number(f" -{number}.") == plain_number(number)


def test_a_company_is_known_without_its_suffix():
    assert plain_name("The Bolt Company, Ltd.") == plain_name("bolt limited") == "bolt"
    assert plain_name("Limited") == "limited"


def test_one_number_in_two_spellings_and_two_names_is_strong():
    other = one("inv-7781", id="b", contact_id="d", contact="BOLT Limited")
    found = pairs([one("INV 07781", id="a"), other])
    assert strengths(found) == ["strong"]
    assert "spelled in two ways" in found[0].why


def test_the_same_total_within_a_week_is_likely_and_later_is_nothing():
    first = one("A-1", id="a")
    near, far = (one(f"B-{d}", id=f"b{d}", dated=DAY + timedelta(days=d)) for d in (7, 8))
    assert strengths(pairs([first, near])) == ["likely"]
    assert pairs([first, far]) == []
    assert pairs([first, one("C", id="c", contact_id="other", contact="Someone Else")]) == []
    assert pairs([one("A-1", total=Decimal(0)), one("A-2", total=Decimal(0), id="z")]) == []


def test_a_bill_that_was_also_spent_is_likely():
    spent = one("", id="s", kind="spent money", dated=DAY + timedelta(days=20))
    assert strengths(pairs([one("A-1"), spent])) == ["likely"]


def test_a_regular_series_is_marked_down():
    weekly = [one(f"W{at}", id=f"w{at}", dated=DAY + timedelta(days=7 * at)) for at in range(4)]
    assert set(strengths(pairs(weekly))) == {"series"}
    repeating = [one("R-1", id="r1", repeating_id="t"), one("R-2", id="r2", repeating_id="t")]
    assert strengths(pairs(repeating)) == ["series"]


BILLS = st.lists(
    st.builds(
        one,
        st.sampled_from(["A-1", "a1", "B-22", "B-022", "", "C"]),
        id=st.uuids().map(str),
        total=st.sampled_from([Decimal(10), Decimal(20)]),
        dated=st.dates(DAY, DAY + timedelta(days=40)),
        kind=st.sampled_from(["bill", "spent money"]),
    ),
    max_size=12,
)


@given(outgoing=BILLS)
def test_order_does_not_matter_and_no_pair_comes_twice(outgoing: list[Outgoing]):
    found = {frozenset({pair.first.id, pair.second.id}) for pair in pairs(outgoing)}
    turned = pairs(outgoing[::-1])
    assert found == {frozenset({pair.first.id, pair.second.id}) for pair in turned}
    assert len(found) == len(turned)


def test_thousands_of_look_alikes_are_compared_in_a_moment():
    many = [one("SUB", id=f"{at}", dated=DAY + timedelta(days=at)) for at in range(3_000)]
    assert len(pairs(many)) < 6_000


async def bills(house: World, **change: object) -> list[dict[str, Any]]:
    found = [
        one
        for one in house.books.table("Invoices")
        if one["Type"] == "ACCPAY" and str(one["Date"]) >= SPAN["from_date"]
    ][:2]
    for bill in found:
        house.change("Invoices", bill["InvoiceID"], **change)
    return found


async def test_the_demo_companys_own_duplicate_is_found(tmp_path: Path):
    async with reader(tmp_path) as house:
        found = await house.good("find-duplicates", SPAN)
        numbers = [row[found["columns"].index("number")] for row in found["rows"]]
        assert "BL-7781" in numbers
        assert found["rows"][0][0] == "strong"
        assert found["complete"] is True
        assert found["pairs"] == len(found["rows"])
        assert house.processed("GET /Invoices") == house.processed("GET /BankTransactions") == 1


async def test_voided_ones_are_left_out(tmp_path: Path):
    async with reader(tmp_path) as house:
        first, second = await bills(house, InvoiceNumber="TWICE-001")
        house.change("Invoices", second["InvoiceID"], Contact=first["Contact"])
        assert "TWICE-001" in str(await house.good("find-duplicates", SPAN))
        house.change("Invoices", first["InvoiceID"], Status="VOIDED")
        assert "TWICE-001" not in str(await house.good("find-duplicates", SPAN))


async def test_an_agent_without_the_bank_compares_bills_with_bills(tmp_path: Path):
    async with reader(tmp_path, without=Area.BANK_TRANSACTIONS) as house:
        assert (await house.good("find-duplicates", SPAN))["rows"]
        assert house.processed("GET /BankTransactions") == 0
        refused = await house.call("find-duplicates", {**SPAN, "against": "spent-money"})
        assert code_of(refused) == "NOT_ALLOWED"


async def test_without_bills_there_is_nothing_to_compare(tmp_path: Path):
    async with reader(tmp_path, without=Area.BILLS) as house:
        assert code_of(await house.call("find-duplicates", SPAN)) == "NOT_ALLOWED"


async def test_days_in_the_wrong_order_are_refused(tmp_path: Path):
    async with reader(tmp_path) as house:
        turned = {"from_date": SPAN["to_date"], "to_date": SPAN["from_date"]}
        assert code_of(await house.call("find-duplicates", turned)) == "INVALID_ARGUMENTS"
