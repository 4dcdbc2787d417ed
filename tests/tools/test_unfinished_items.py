"""Nothing that a period waits for is missed, and nothing that is done is named."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, code_of
from tests.tools.reading import account, column, reader
from xero_mcp.tool.access import Area

SPAN = {"from_date": "2025-12-01", "to_date": "2026-03-01"}


def in_books(house: World, table: str, **wanted: object) -> list[dict[str, Any]]:
    return [
        one
        for one in house.books.table(table)
        if SPAN["from_date"] <= str(one["Date"]) <= SPAN["to_date"]
        and all(one.get(name) == value for name, value in wanted.items())
    ]


def ids_of(answer: dict[str, Any], finding: str, of: str) -> set[str]:
    place = answer["columns"].index
    return {
        row[place("id")]
        for row in answer["rows"]
        if (row[place("finding")], row[place("of")]) == (finding, of)
    }


async def test_drafts_and_submitted_ones_are_all_named(tmp_path: Path):
    async with reader(tmp_path) as house:
        found = await house.good("unfinished-items", SPAN)
        for noun, kind in (("invoices", "ACCREC"), ("bills", "ACCPAY")):
            for finding, status in (("draft", "DRAFT"), ("submitted", "SUBMITTED")):
                expected = in_books(house, "Invoices", Type=kind, Status=status)
                assert ids_of(found, finding, noun) == {one["InvoiceID"] for one in expected}
        assert found["counts"]["draft"] == column(found, "finding").count("draft") > 0
        assert found["complete"] is True
        assert len(found["looked_at"]) == 6


async def test_what_is_reconciled_is_not_named(tmp_path: Path):
    async with reader(tmp_path) as house:
        payment = in_books(house, "Payments", Status="AUTHORISED")[0]
        money = in_books(house, "BankTransactions", Status="AUTHORISED")[0]
        first = await house.good("unfinished-items", SPAN)
        assert payment["PaymentID"] in ids_of(first, "not_reconciled", "payments")
        assert money["BankTransactionID"] in ids_of(first, "not_reconciled", "bank-transactions")
        house.change("Payments", payment["PaymentID"], IsReconciled=True)
        house.change("BankTransactions", money["BankTransactionID"], IsReconciled=True)
        second = await house.good("unfinished-items", SPAN)
        left = {row[second["columns"].index("id")] for row in second["rows"]}
        assert {payment["PaymentID"], money["BankTransactionID"]}.isdisjoint(left)
        assert "statement line" in second["not_visible"][0]


async def test_suspense_postings_are_found_on_the_accounts_that_are_named(tmp_path: Path):
    async with reader(tmp_path) as house:
        sales = account(house.books, "200")
        house.change("Accounts", sales["AccountID"], Name="Suspense")
        found = await house.good("unfinished-items", {**SPAN, "of": "invoices"})
        assert "Suspense" in found["suspense_accounts"]
        posted = {
            one["InvoiceID"]
            for one in in_books(house, "Invoices", Type="ACCREC")
            if one["Status"] in {"AUTHORISED", "PAID"}
            and any(line["AccountCode"] == "200" for line in one["LineItems"])
        }
        assert ids_of(found, "suspense", "invoices") == posted


@pytest.mark.parametrize("limit", ["0.00", "312.40", "99999"])
async def test_missing_attachments_are_named_above_the_amount(tmp_path: Path, limit: str):
    async with reader(tmp_path) as house:
        asked = {**SPAN, "of": "bills", "attachments_over": limit}
        found = await house.good("unfinished-items", asked)
        expected = {
            one["InvoiceID"]
            for one in in_books(house, "Invoices", Type="ACCPAY")
            if one["Status"] in {"AUTHORISED", "PAID"}
            and one["Total"] > Decimal(limit)
            and not one["HasAttachments"]
        }
        assert ids_of(found, "no_attachment", "bills") == expected


async def test_nobody_asked_for_attachments_nobody_is_told(tmp_path: Path):
    async with reader(tmp_path) as house:
        found = await house.good("unfinished-items", SPAN)
        assert "no_attachment" not in found["counts"]


async def test_an_agent_sees_only_where_it_may_look(tmp_path: Path):
    async with reader(tmp_path, without=Area.MANUAL_JOURNALS) as house:
        whole = await house.call("unfinished-items", SPAN)
        assert code_of(whole) == "NOT_ALLOWED"
        assert "manual-journals" in whole.content["error"]["message"]
        before = sum(house.demo.premises.stats.requests.values())
        found = await house.good("unfinished-items", {**SPAN, "of": "bills"})
        assert set(column(found, "of")) == {"bills"}
        assert house.processed("GET /Invoices") == 1
        assert sum(house.demo.premises.stats.requests.values()) - before <= 4


async def test_days_in_the_wrong_order_are_refused(tmp_path: Path):
    async with reader(tmp_path) as house:
        turned = {"from_date": SPAN["to_date"], "to_date": SPAN["from_date"]}
        assert code_of(await house.call("unfinished-items", turned)) == "INVALID_ARGUMENTS"
