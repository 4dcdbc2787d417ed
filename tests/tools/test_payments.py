"""Payments and batches: finding, recording many, taking back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gate.world import World, code_of
from tests.tools.money_house import BANK, account_id, open_bills, open_house, rows_of, stored


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with open_house(tmp_path) as opened:
        yield opened


async def test_payments_are_found_by_what_they_pay(house: World):
    found = rows_of(await house.good("list-payments", {"of": "bill", "detail": "full"}))
    assert {row["of"] for row in found} == {"bill"}
    one = next(row for row in found if row["contact"])
    same = await house.good("list-payments", {"invoice_id": one["invoice_id"]})
    assert one["payment_id"] in {row[0] for row in same["rows"]}
    alone = await house.good("list-payments", {"payment_id": one["payment_id"]})
    assert rows_of(alone)[0]["amount"] == one["amount"]
    kept = {"date_from": one["date"], "date_to": one["date"], "fields": ["date"]}
    assert {row[0] for row in (await house.good("list-payments", kept))["rows"]} == {one["date"]}


async def test_many_bills_are_paid_in_one_call(house: World):
    first, second = open_bills(house)[:2]
    before = [first["AmountDue"], second["AmountDue"]]
    paid = await house.good(
        "create-payments",
        {
            "account_code": BANK,
            "payments": [
                {"invoice_id": first["InvoiceID"], "amount": "10.00"},
                {"invoice_id": second["InvoiceID"], "amount": "11.50"},
            ],
        },
    )
    assert paid["total"] == "21.50"
    assert [one["ok"] for one in paid["results"]] == [True, True]
    now = [stored(house, "Invoices", one["InvoiceID"])["AmountDue"] for one in (first, second)]
    assert [was - due for was, due in zip(before, now, strict=True)] == [10, 11.5]


async def test_one_that_is_refused_does_not_keep_the_others_back(house: World):
    first, second = open_bills(house)[:2]
    sent = {
        "account_code": BANK,
        "payments": [
            {"invoice_id": first["InvoiceID"], "amount": "10.00"},
            {"invoice_id": second["InvoiceID"], "amount": "9999999.00"},
        ],
    }
    all_or_nothing = await house.call("create-payments", {**sent, "all_or_nothing": True})
    assert code_of(all_or_nothing) == "XERO_REJECTED"
    assert stored(house, "Invoices", first["InvoiceID"])["AmountDue"] == first["AmountDue"]
    each = await house.good("create-payments", sent)
    assert each["ok"] is False
    assert [one["ok"] for one in each["results"]] == [True, False]
    assert each["results"][1]["errors"]


async def test_a_batch_is_one_amount_and_is_taken_back_whole(house: World):
    bills = open_bills(house)[:2]
    sent = {
        "account_id": account_id(house, BANK),
        "batch": True,
        "payments": [{"invoice_id": one["InvoiceID"], "amount": "5.00"} for one in bills],
    }
    made = await house.good("create-payments", sent)
    assert made["total"] == "10.00"
    listed = await house.good("list-payments", {"batch_payment_id": made["id"]})
    assert rows_of(listed)[0]["numbers"] == [one["InvoiceNumber"] for one in bills]
    part = next(
        one for one in house.books.table("Payments") if one.get("BatchPaymentID") == made["id"]
    )
    alone = await house.call("delete-payment", {"payment_id": part["PaymentID"]})
    assert code_of(alone) == "XERO_REJECTED"
    gone = await house.good("delete-payment", {"batch_payment_id": made["id"]})
    assert gone["status"] == "deleted"
    for one in bills:
        assert stored(house, "Invoices", one["InvoiceID"])["AmountDue"] == one["AmountDue"]


async def test_batches_are_taken_back_together_or_not_at_all(house: World):
    bills = open_bills(house)[:2]
    batches: list[str] = []
    for bill in bills:
        paid = [{"invoice_id": bill["InvoiceID"], "amount": "5.00"}]
        sent = {"account_code": BANK, "batch": True, "payments": paid}
        batches.append((await house.good("create-payments", sent))["id"])
    first = {"batch_payment_id": batches[0]}
    both = {"batch_payment_ids": batches}
    gone = await house.good("delete-payment", both)
    assert [one["status"] for one in gone["results"]] == ["deleted", "deleted"]
    assert house.processed("POST /BatchPayments") == 1
    for one in bills:
        assert stored(house, "Invoices", one["InvoiceID"])["AmountDue"] == one["AmountDue"]
    assert code_of(await house.call("delete-payment", first)) == "XERO_REJECTED"
    old = next(one for one in house.books.table("BatchPayments") if one["Status"] != "DELETED")
    mixed = {"batch_payment_ids": [old["BatchPaymentID"], batches[0]]}
    assert code_of(await house.call("delete-payment", mixed)) == "XERO_REJECTED"
    assert stored(house, "BatchPayments", old["BatchPaymentID"])["Status"] == old["Status"]


async def test_batches_are_chosen_by_side_and_day(house: World):
    found = rows_of(await house.good("list-payments", {"batches": True}))
    assert found
    bills = rows_of(await house.good("list-payments", {"batches": True, "of": "bill"}))
    assert bills == [row for row in found if row["of"] == "bill"]
    late = {"batches": True, "date_from": "2030-01-01"}
    assert (await house.good("list-payments", late))["rows"] == []
    mixed = {"batches": True, "reference": "x"}
    assert code_of(await house.call("list-payments", mixed)) == "INVALID_ARGUMENTS"


async def test_sums_are_given_for_one_side_alone(house: World):
    assert "sums" not in await house.good("list-payments")
    of_bills = await house.good("list-payments", {"of": "bill", "detail": "sums"})
    assert of_bills["rows"] == []
    paid = [
        one
        for one in house.books.table("Payments")
        if one["PaymentType"] == "ACCPAYPAYMENT" and one["Invoice"]["CurrencyCode"] == "USD"
    ]
    assert of_bills["sums"]["amount"]["USD"] == f"{sum(one['Amount'] for one in paid):.2f}"


async def test_a_deleted_payment_leaves_the_bill_open(house: World):
    bill = open_bills(house)[0]
    pay = {"invoice_id": bill["InvoiceID"], "account_code": BANK, "amount": "5.00"}
    made = await house.good("create-payment", pay)
    gone = await house.good("delete-payment", {"payment_id": made["id"]})
    assert (gone["status"], gone["number"]) == ("deleted", bill["InvoiceNumber"])
    assert stored(house, "Invoices", bill["InvoiceID"])["AmountDue"] == bill["AmountDue"]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"payment_id": "1" * 8},
        {"batch_payment_ids": ["11111111-1111-4111-8111-111111111111"] * 2},
        {
            "payment_id": "11111111-1111-4111-8111-111111111111",
            "batch_payment_id": "11111111-1111-4111-8111-111111111111",
        },
    ],
)
async def test_delete_payment_takes_one_id(house: World, wrong: dict[str, object]):
    assert code_of(await house.call("delete-payment", wrong)) == "INVALID_ARGUMENTS"


async def test_a_rule_on_money_holds_for_many_payments_and_for_taking_one_back(tmp_path: Path):
    rules = """\
rules:
  - name: not more than twenty
    for: [create-payments, delete-payment, create-payment]
    deny_when: { total_over: "20.00 USD" }
"""
    async with open_house(tmp_path, more=rules) as house:
        bills = open_bills(house)[:2]
        each = [{"invoice_id": one["InvoiceID"], "amount": "10.01"} for one in bills]
        sent = {"account_code": BANK, "payments": each}
        assert code_of(await house.call("create-payments", sent)) == "NOT_ALLOWED"
        each[0]["amount"] = "9.99"
        assert code_of(await house.call("create-payments", sent)) == "ok"
        big = next(one for one in house.books.table("Payments") if one["Amount"] > 20)
        gone = await house.call("delete-payment", {"payment_id": big["PaymentID"]})
        assert code_of(gone) == "NOT_ALLOWED"
