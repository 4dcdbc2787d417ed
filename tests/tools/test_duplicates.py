"""A bill that looks like one that is there is refused, and told which, unless it is known."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, bill, code_of, world
from tests.tools.full_house import FULL_POLICY, draft, line, stored

EVERY_TRY = 9


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, policy=FULL_POLICY) as opened:
        yield opened


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "DUPLICATE"),
        ({"number": " d-1 "}, "DUPLICATE"),
        ({"date": "2025-01-01"}, "DUPLICATE"),
        ({"lines": [line("1.00")]}, "DUPLICATE"),
        ({"number": "D-2"}, "DUPLICATE"),
        ({"number": "D-2", "date": "2026-02-08"}, "DUPLICATE"),
        ({"number": "D-2", "date": "2026-02-07"}, "ok"),
        ({"number": "D-2", "date": "2026-02-22"}, "DUPLICATE"),
        ({"number": "D-2", "date": "2026-02-23"}, "ok"),
        ({"number": "D-2", "lines": [line("100.01")]}, "ok"),
        ({"number": "D-2", "lines": [line("60.00"), line("40.00")]}, "DUPLICATE"),
        ({"type": "sales"}, "ok"),
        ({"duplicate_of_known": True}, "ok"),
    ],
)
async def test_what_looks_the_same(house: World, change: dict[str, Any], code: str):
    first = bill(house.supplier(), number="D-1", date="2026-02-15")
    made = await house.good("create-invoice", first)
    answer = await house.call("create-invoice", {**first, **change, "request_id": "second"})
    assert code_of(answer) == code, answer.content
    if code == "DUPLICATE":
        told = answer.content["error"]["details"][0]["message"]
        assert made["id"] in told
        assert "100.00 USD" in told


async def test_another_suppliers_bill_is_no_duplicate(house: World):
    first, second = [one["ContactID"] for one in list(house.books.table("Contacts"))[:2]]
    await house.good("create-invoice", bill(first, number="D-9"))
    assert code_of(await house.call("create-invoice", bill(second, number="D-9"))) == "ok"


async def test_one_that_was_deleted_is_no_duplicate(house: World):
    made = await draft(house, number="D-3")
    sent = {"type": "bill", "invoice_id": made["id"], "status": "deleted"}
    await house.good("update-invoice", sent)
    again = bill(house.supplier(), number="D-3", request_id="again")
    assert code_of(await house.call("create-invoice", again)) == "ok"


async def test_a_second_try_does_not_take_the_first_ones_bill_for_another(house: World):
    arguments = bill(house.supplier(), number="D-4")
    await house.good("list-accounts")
    house.fault("drop_after", method="PUT", path="/Invoices", times=EVERY_TRY)
    lost = await house.call("create-invoice", arguments)
    assert code_of(lost) == "OUTCOME_UNKNOWN"
    house.demo.premises.faults.clear()
    found = await house.good("create-invoice", arguments)
    assert found["id"] == house.invoices("D-4")[0]["InvoiceID"]
    assert len(house.invoices("D-4")) == 1


async def test_many_are_compared_with_each_other_and_with_the_books(house: World):
    contact = house.supplier()
    made = await draft(house, number="D-5", lines=[line("5.00")], date="2026-02-01")

    def one(number: str, amount: str) -> dict[str, Any]:
        lines = [line(amount)]
        return {"contact_id": contact, "lines": lines, "number": number, "date": "2026-02-01"}

    bills = [one("N-1", "6.00"), one("N-2", "5.00"), one("N-3", "6.00"), one("N-1", "8.00")]
    sent = {"type": "bill", "status": "draft", "invoices": bills}
    answer = await house.call("save-invoices", sent)
    assert code_of(answer) == "DUPLICATE"
    told = {one["path"]: one["message"] for one in answer.content["error"]["details"]}
    assert set(told) == {"invoices.1", "invoices.2", "invoices.3"}
    assert made["id"] in told["invoices.1"]
    assert told["invoices.2"] == told["invoices.3"] == "is the same as invoices.0"
    assert house.invoices("N-1") == []
    known = await house.good("save-invoices", {**sent, "duplicate_of_known": True})
    assert known["ok"] is True
    assert stored(house, "Invoices", known["results"][1]["id"])["InvoiceNumber"] == "N-2"


@pytest.mark.parametrize("spelled", ["inv 77", "INV77", "Inv77", " INV 77 ", "INV\u00a077"])
async def test_another_spelling_of_an_old_number_is_the_same_number(house: World, spelled: str):
    await draft(house, number="INV 77", date="2025-01-15")
    again = bill(house.supplier(), "3.00", number=spelled, date="2026-02-01", request_id="2")
    if spelled in {"INV77", "Inv77"}:  # a space that only the old one has is seen within the week
        again["date"] = "2025-01-20"
    assert code_of(await house.call("create-invoice", again)) == "DUPLICATE"


async def test_what_a_hyphen_means_is_the_suppliers_affair(house: World):
    await draft(house, number="1-11")
    other = bill(house.supplier(), "3.00", number="11-1", request_id="2")
    assert code_of(await house.call("create-invoice", other)) == "ok"


async def test_a_voided_one_is_no_duplicate(house: World):
    made = await draft(house, number="D-7", status="authorised", due_date="2027-01-31")
    await house.good(
        "update-invoice", {"type": "bill", "invoice_id": made["id"], "status": "voided"}
    )
    again = bill(house.supplier(), number="D-7", request_id="again")
    assert code_of(await house.call("create-invoice", again)) == "ok"


async def test_a_suppliers_credit_note_is_no_duplicate_of_their_bill(house: World):
    note = {"type": "bill", "contact_id": house.supplier(), "number": "D-8", "lines": [line()]}
    await house.good("save-credit-notes", {"credit_notes": [note]})
    assert code_of(await house.call("create-invoice", bill(house.supplier(), number="D-8"))) == "ok"


async def test_two_of_one_call_within_a_week_are_the_same(house: World):
    def one(number: str, date: str) -> dict[str, Any]:
        lines = [line("6.00")]
        return {"contact_id": house.supplier(), "lines": lines, "number": number, "date": date}

    bills = [one("W-1", "2026-02-01"), one("W-2", "2026-02-08"), one("W-3", "2026-02-16")]
    answer = await house.call(
        "save-invoices", {"type": "bill", "status": "draft", "invoices": bills}
    )
    assert code_of(answer) == "DUPLICATE"
    assert [one["path"] for one in answer.content["error"]["details"]] == ["invoices.1"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": "d-10"}, "DUPLICATE"),
        ({"number": "d-10", "duplicate_of_known": True}, "ok"),
        ({"number": "D-11"}, "ok"),
        ({"lines": [line("100.00")], "date": "2026-02-09"}, "DUPLICATE"),
        ({"due_date": "2027-01-31"}, "ok"),
    ],
)
async def test_a_change_may_not_make_a_bill_look_like_another(
    house: World, change: dict[str, Any], code: str
):
    await draft(house, number="D-10", date="2026-02-10")
    other = await draft(house, number="D-11", lines=[line("5.00")], date="2026-05-01")
    if "lines" in change:
        read = stored(house, "Invoices", other["id"])["LineItems"][0]["LineItemID"]
        change = {**change, "lines": [{"line_item_id": read, "unit_amount": "100.00"}]}
    sent = {"type": "bill", "invoice_id": other["id"], "status": "draft", **change}
    answer = await house.call("update-invoice", sent)
    assert code_of(answer) == code, answer.content


async def test_the_same_bill_of_a_sales_invoice_is_none_of_its_business(house: World):
    sale = {"type": "sales", "contact_id": house.supplier(), "lines": [line(account_code="200")]}
    first = await house.good("create-invoice", {**sale, "date": "2026-02-01"})
    second = await house.good("create-invoice", {**sale, "date": "2026-02-01", "request_id": "2"})
    assert first["id"] != second["id"]
