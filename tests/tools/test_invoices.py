"""Finding and reading invoices: what an agent of one side sees of the other; filters that fit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import OPEN_POLICY, World, bill, code_of, world

BILLS_ONLY = OPEN_POLICY.replace("  invoices: post\n", "").replace("  payments: post\n", "")
SALES_ONLY = OPEN_POLICY.replace("  bills: post\n", "")


def of_type(house: World, xero_type: str) -> str:
    table = house.books.table("Invoices")
    return next(one["InvoiceID"] for one in table if one["Type"] == xero_type)


@pytest.mark.parametrize(
    ("policy", "own", "other"),
    [(BILLS_ONLY, "ACCPAY", "ACCREC"), (SALES_ONLY, "ACCREC", "ACCPAY")],
)
async def test_one_side_is_shown_and_the_other_is_hidden(
    tmp_path: Path, policy: str, own: str, other: str
):
    async with world(tmp_path, policy=policy) as house:
        kind = "bill" if own == "ACCPAY" else "sales"
        shown = await house.good("get-invoice", {"invoice_id": of_type(house, own)})
        assert shown["type"] == kind
        listed = await house.good("list-invoices")
        assert {row[1] for row in listed["rows"]} == {kind}
        assert (await house.good("list-invoices", {"type": kind}))["total"] == listed["total"]

        hidden_id = of_type(house, other)
        hidden = await house.call("get-invoice", {"invoice_id": hidden_id})
        assert code_of(hidden) == "NOT_ALLOWED"
        stored = house.books.table("Invoices").get(hidden_id)
        assert stored is not None
        assert stored["InvoiceNumber"] not in str(hidden.content)
        assert stored["Contact"]["Name"] not in str(hidden.content)
        opposite = "sales" if kind == "bill" else "bill"
        assert code_of(await house.call("list-invoices", {"type": opposite})) == "NOT_ALLOWED"
        assert "(type)" not in str(hidden.content)


@pytest.mark.parametrize("kind", ["", 0, False, [], {}, "(type)", "BILL"])
async def test_a_wrong_kind_is_refused_and_not_taken_for_left_out(tmp_path: Path, kind: object):
    async with world(tmp_path, policy=BILLS_ONLY) as house:
        assert code_of(await house.call("list-invoices", {"type": kind})) == "INVALID_ARGUMENTS"


async def test_an_agent_cannot_send_what_only_reading_tells(tmp_path: Path):
    async with world(tmp_path, policy=BILLS_ONLY) as house:
        for kind in ("sales", "bill"):
            sent = {"invoice_id": of_type(house, "ACCREC"), "(type)": kind}
            assert code_of(await house.call("get-invoice", sent)) in {
                "INVALID_ARGUMENTS",
                "NOT_ALLOWED",
            }
            assert code_of(await house.call("list-invoices", {"(type)": kind})) == (
                "INVALID_ARGUMENTS"
            )


async def test_an_invoice_is_told_whole(house: World):
    made = await house.good(
        "create-invoice", bill(house.supplier(), "12.3456", number="I-1", date="2026-02-01")
    )
    told = await house.good("get-invoice", {"invoice_id": made["id"]})
    line = told["lines"][0]
    assert (line["unit_amount"], line["line_amount"]) == ("12.3456", "12.35")
    assert (told["total"], told["amount_due"], told["status"]) == ("12.35", "12.35", "draft")
    assert (told["date"], told["number"], told["payments"]) == ("2026-02-01", "I-1", [])
    assert told["organisation"] == "Demo Company (Global)"


Document = dict[str, Any]


def is_open(one: Document, *, due_before: str) -> bool:
    return one["Status"] == "AUTHORISED" and f"{one['DueDate']}" < due_before


def from_january_15(one: Document) -> bool:
    return f"{one['Date']}" >= "2026-01-15"


def until_january_15(one: Document) -> bool:
    return f"{one['Date']}" <= "2026-01-15"


def is_bill(one: Document) -> bool:
    return one["Type"] == "ACCPAY"


def is_paid(one: Document) -> bool:
    return one["Status"] == "PAID"


def is_overdue(one: Document) -> bool:
    return is_open(one, due_before="2026-03-02")


def is_sales_due_early(one: Document) -> bool:
    return not is_bill(one) and is_open(one, due_before="2026-02-15")


@pytest.mark.parametrize(
    ("filters", "keeps"),
    [
        ({"type": "bill"}, is_bill),
        ({"status": "paid"}, is_paid),
        ({"date_from": "2026-01-15"}, from_january_15),
        ({"date_to": "2026-01-15"}, until_january_15),
        ({"overdue": True}, is_overdue),
        (
            {"type": "sales", "status": "authorised", "due_before": "2026-02-15"},
            is_sales_due_early,
        ),
    ],
)
async def test_filters_keep_what_they_say(
    house: World, filters: dict[str, object], keeps: Callable[[Document], bool]
):
    expected = {one["InvoiceID"] for one in house.books.table("Invoices") if keeps(one)}
    found = await house.good("list-invoices", {**filters, "page_size": 500})
    assert {row[0] for row in found["rows"]} == expected
    assert found["total"] == len(expected) > 0


async def test_pages_come_to_the_whole_once(house: World):
    seen: list[str] = []
    page: int | None = 1
    total = 0
    for _ in range(50):
        if page is None:
            break
        found = await house.good("list-invoices", {"page": page, "page_size": 7})
        seen.extend(row[0] for row in found["rows"])
        page, total = found.get("next_page"), found["total"]
    assert page is None
    assert len(seen) == len(set(seen)) == total


async def test_overdue_and_paid_is_a_contradiction(house: World):
    answer = await house.call("list-invoices", {"overdue": True, "status": "paid"})
    assert code_of(answer) == "INVALID_ARGUMENTS"


async def test_columns_come_as_they_are_asked_for(house: World):
    asked = ["total", "number", "contact_id"]
    found = await house.good("list-invoices", {"fields": asked, "page_size": 1})
    assert found["columns"] == asked
    full = await house.good("list-invoices", {"detail": "full", "page_size": 1})
    assert len(full["columns"]) == 18
