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
