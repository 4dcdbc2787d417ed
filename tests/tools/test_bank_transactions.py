"""Money spent and received: finding, recording, changing, taking back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gate.world import World, code_of
from tests.tools.money_house import (
    BANK,
    COSTS,
    SAVINGS,
    Fields,
    account_id,
    open_house,
    rows_of,
    stored,
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with open_house(tmp_path) as opened:
        yield opened


def spent(house: World, amount: str = "12.50", **more: object) -> Fields:
    line = {
        "description": "Stamps",
        "quantity": "1",
        "unit_amount": amount,
        "account_code": COSTS,
        "tax_type": "NONE",
    }
    return {
        "type": "spend",
        "contact_id": house.supplier(),
        "bank_account_code": BANK,
        "lines": [line],
        **more,
    }


async def record(house: World, *entries: Fields, **more: object) -> Fields:
    return await house.good("save-bank-transactions", {"transactions": list(entries), **more})


async def test_money_spent_is_recorded_changed_and_taken_back(house: World):
    made = await record(house, spent(house, reference="A1"))
    assert (made["status"], made["total"]) == ("authorised", "12.50")
    line_id = stored(house, "BankTransactions", made["id"])["LineItems"][0]["LineItemID"]

    more = {"description": "Envelopes", "quantity": "2", "unit_amount": "1.00"}
    change = {"bank_transaction_id": made["id"], "lines": [{**more, "account_code": COSTS}]}
    changed = await record(house, change)
    assert changed["total"] == "14.50"
    now = stored(house, "BankTransactions", made["id"])
    assert now["LineItems"][0]["LineItemID"] == line_id
    assert now["Reference"] == "A1"

    gone = {"transactions": [{"bank_transaction_id": made["id"]}], "status": "deleted"}
    assert (await house.good("save-bank-transactions", gone))["status"] == "deleted"
    assert stored(house, "BankTransactions", made["id"])["Status"] == "DELETED"


async def test_four_decimals_of_a_price_survive(house: World):
    entry = spent(house)
    entry["lines"][0] |= {"unit_amount": "0.1234", "quantity": "1000"}
    made = await record(house, entry)
    assert made["total"] == "123.40"
    found = await house.good("list-bank-transactions", {"bank_transaction_id": made["id"]})
    assert rows_of(found)[0]["lines"][0]["unit_amount"] == "0.1234"


async def test_of_several_each_has_its_own_result(house: World):
    wrong = spent(house, bank_account_code=None, bank_account_id=account_id(house, SAVINGS))
    wrong["contact_id"] = "11111111-1111-4111-8111-111111111111"
    entries = [spent(house), {k: v for k, v in wrong.items() if v is not None}]
    made = await record(house, *entries)
    assert [one["ok"] for one in made["results"]] == [True, False]
    refused = await house.call(
        "save-bank-transactions", {"transactions": entries, "all_or_nothing": True}
    )
    assert code_of(refused) == "XERO_REJECTED"


async def test_filters_find_what_is_asked_for(house: World):
    savings = account_id(house, SAVINGS)
    since = {"date_from": "2025-01-01"}
    of_account = await house.good(
        "list-bank-transactions", {**since, "bank_account_id": savings, "detail": "full"}
    )
    assert {row["bank_account_id"] for row in rows_of(of_account)} == {savings}
    open_ones = await house.good("list-bank-transactions", {**since, "reconciled": False})
    done = await house.good("list-bank-transactions", {**since, "reconciled": True})
    both = await house.good("list-bank-transactions", since)
    assert open_ones["total"] + done["total"] == both["total"]
    received = await house.good("list-bank-transactions", {"type": "receive"})
    assert {row["type"] for row in rows_of(received)} == {"receive"}
    paged = await house.good("list-bank-transactions", {"page_size": 2})
    assert (len(paged["rows"]), paged["next_page"]) == (2, 2)


async def test_a_slow_filter_needs_a_first_day(house: World):
    heard = await house.call("list-bank-transactions", {"reconciled": True})
    assert code_of(heard) == "INVALID_ARGUMENTS"
    assert "date_from" in str(heard.content)


@pytest.mark.parametrize(
    "wrong",
    [
        {"transactions": []},
        {"transactions": [{"type": "spend"}]},
        {"transactions": [{"bank_transaction_id": "1" * 8, "type": "spend"}]},
        {
            "transactions": [{"bank_transaction_id": "11111111-1111-4111-8111-111111111111"}] * 2,
        },
    ],
)
async def test_what_is_not_whole_is_refused(house: World, wrong: Fields):
    assert code_of(await house.call("save-bank-transactions", wrong)) == "INVALID_ARGUMENTS"


async def test_new_ones_cannot_be_deleted_or_mixed_with_stored_ones(house: World):
    new, old = spent(house), {"bank_transaction_id": "11111111-1111-4111-8111-111111111111"}
    for wrong in (
        {"transactions": [new], "status": "deleted"},
        {"transactions": [new, old]},
    ):
        assert code_of(await house.call("save-bank-transactions", wrong)) == "INVALID_ARGUMENTS"


async def test_the_total_with_tax_is_what_a_rule_decides_on(tmp_path: Path):
    rules = """\
rules:
  - name: small money only
    for: [save-bank-transactions]
    deny_when: { total_over: "100.00 USD" }
"""
    async with open_house(tmp_path, more=rules) as house:
        taxed = spent(house, "95.00", amounts_are="exclusive")
        taxed["lines"][0]["tax_type"] = "INPUT"
        assert (
            code_of(await house.call("save-bank-transactions", {"transactions": [taxed]}))
            == "NOT_ALLOWED"
        )
        whole = spent(house, "100.00")
        made = await record(house, whole)
        assert made["total"] == "100.00"
        raised = {**whole["lines"][0], "unit_amount": "0.01"}
        change = {"bank_transaction_id": made["id"], "lines": [raised]}
        assert (
            code_of(await house.call("save-bank-transactions", {"transactions": [change]}))
            == "NOT_ALLOWED"
        )
