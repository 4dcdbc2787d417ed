"""Coding is counted over what somebody made or reviewed, and over nothing else."""

from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, code_of
from tests.tools.reading import column, reader
from xero_mcp.tool.access import Area


def supplier(house: World) -> str:
    """Whoever sent the most bills."""
    counts: dict[str, int] = {}
    for one in posted_bills(house):
        contact = one["Contact"]["ContactID"]
        counts[contact] = counts.get(contact, 0) + 1
    return max(counts, key=lambda contact: counts[contact])


def posted_bills(house: World, contact: str | None = None) -> list[dict[str, Any]]:
    return [
        one
        for one in house.books.table("Invoices")
        if one["Type"] == "ACCPAY"
        and one["Status"] in {"AUTHORISED", "PAID"}
        and contact in (None, one["Contact"]["ContactID"])
    ]


async def test_counts_are_those_of_the_posted_bills(tmp_path: Path):
    async with reader(tmp_path) as house:
        contact = supplier(house)
        found = await house.good("coding-history", {"contact_id": contact, "of": "bills"})
        bills = posted_bills(house, contact)
        lines = [line for one in bills for line in one["LineItems"] if line.get("AccountCode")]
        assert found["documents"] == len(bills) > 2
        assert sum(column(found, "times")) == len(lines)
        for row in found["rows"]:
            said = dict(zip(found["columns"], row, strict=True))
            same = [line for line in lines if line["AccountCode"] == said["account_code"]]
            assert 1 <= said["times"] <= len(same)
        times = column(found, "times")
        assert times == sorted(times, reverse=True)
        assert house.processed("GET /Invoices") == 1


@pytest.mark.parametrize(
    "change",
    [
        {"Status": "DRAFT"},
        {"Status": "SUBMITTED"},
        {"Status": "VOIDED"},
        {"RepeatingInvoiceID": "430e0e78-a75d-4034-9317-72b324fc3d25"},
    ],
)
async def test_what_nobody_reviewed_does_not_count(tmp_path: Path, change: dict[str, str]):
    async with reader(tmp_path) as house:
        contact = supplier(house)
        before = await house.good("coding-history", {"contact_id": contact, "of": "bills"})
        house.change("Invoices", posted_bills(house, contact)[0]["InvoiceID"], **change)
        after = await house.good("coding-history", {"contact_id": contact, "of": "bills"})
        assert after["documents"] == before["documents"] - 1


async def test_money_spent_counts_once_it_is_reconciled(tmp_path: Path):
    async with reader(tmp_path) as house:
        spent = next(
            one
            for one in house.books.table("BankTransactions")
            if one["Type"] == "SPEND" and one["Status"] == "AUTHORISED"
        )
        asked = {"contact_id": spent["Contact"]["ContactID"], "of": "bank"}
        assert spent["BankTransactionID"] not in str(await house.good("coding-history", asked))
        house.change("BankTransactions", spent["BankTransactionID"], IsReconciled=True)
        found = await house.good("coding-history", asked)
        assert spent["BankTransactionID"] in str(found["rows"])
        assert "spent money" in column(found, "of")


async def test_a_contact_that_nobody_knows_has_no_history(tmp_path: Path):
    async with reader(tmp_path) as house:
        unknown = "00000000-0000-4000-8000-000000000001"
        found = await house.good("coding-history", {"contact_id": unknown})
        assert (found["rows"], found["documents"]) == ([], 0)
        refused = await house.call("coding-history", {"contact_id": "Bolt Ltd"})
        assert code_of(refused) == "INVALID_ARGUMENTS"


async def test_a_side_that_is_shut_stays_shut(tmp_path: Path):
    async with reader(tmp_path, without=Area.INVOICES) as house:
        contact = supplier(house)
        assert (await house.good("coding-history", {"contact_id": contact, "of": "bills"}))["rows"]
        for of in ({"of": "sales"}, {}):
            refused = await house.call("coding-history", {"contact_id": contact, **of})
            assert code_of(refused) == "NOT_ALLOWED"
