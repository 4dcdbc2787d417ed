"""Transfers between own bank accounts."""

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


def transfer(house: World, amount: str = "7.00", **more: object) -> Fields:
    ends = {"from_account_id": BANK, "to_account_id": SAVINGS}
    own = {k: account_id(house, v) for k, v in ends.items()}
    return {"action": "create", **own, "amount": amount, **more}


def deletion(*ids: str) -> Fields:
    return {"action": "delete", "bank_transfer_ids": list(ids)}


async def test_a_transfer_is_recorded_found_and_taken_back(house: World):
    made = await house.good("save-bank-transfer", transfer(house, reference="Rain"))
    assert (made["status"], made["total"], made["currency"]) == ("authorised", "7.00", "USD")
    found = await house.good("list-bank-transfers", {"bank_transfer_id": made["id"]})
    assert rows_of(found)[0]["to"] == "Business Savings Account"
    gone = await house.good("save-bank-transfer", deletion(made["id"]))
    assert gone["status"] == "deleted"
    assert stored(house, "BankTransfers", made["id"])["Status"] == "DELETED"
    left = await house.good("list-bank-transfers")
    everyone = await house.good("list-bank-transfers", {"deleted": True})
    assert everyone["total"] == left["total"] + 1


async def test_several_are_taken_back_at_once_or_none(house: World):
    ids = [
        (await house.good("save-bank-transfer", transfer(house, amount)))["id"]
        for amount in ("1.00", "2.00")
    ]
    await house.good("save-bank-transfer", deletion(ids[0]))
    assert code_of(await house.call("save-bank-transfer", deletion(*ids))) == "XERO_REJECTED"
    assert stored(house, "BankTransfers", ids[1])["Status"] == "AUTHORISED"


async def test_days_narrow_the_list(house: World):
    kept = {"date_from": "2025-12-01", "date_to": "2025-12-31"}
    found = rows_of(await house.good("list-bank-transfers", kept))
    assert found
    assert all(row["date"].startswith("2025-12") for row in found)
    assert (
        code_of(await house.call("list-bank-transfers", {"date_to": "2025-12-31"}))
        == "INVALID_ARGUMENTS"
    )


async def test_a_transfer_needs_two_bank_accounts_and_an_amount(house: World):
    same = transfer(house)
    same["to_account_id"] = same["from_account_id"]
    mixed = transfer(house, bank_transfer_ids=[same["from_account_id"]])
    for wrong in (same, mixed, transfer(house, "0"), transfer(house, "1.005"), deletion()):
        assert code_of(await house.call("save-bank-transfer", wrong)) == "INVALID_ARGUMENTS"
    costs = transfer(house, to_account_id=account_id(house, COSTS))
    heard = await house.call("save-bank-transfer", costs)
    assert code_of(heard) == "INVALID_ARGUMENTS"
    assert account_id(house, BANK) in heard.content["error"]["details"][0]["allowed"]


async def test_a_rule_may_keep_an_account_out_of_transfers(tmp_path: Path):
    rules = f"""\
rules:
  - name: savings stay
    for: [save-bank-transfer]
    deny_when: {{ account_codes: ["{SAVINGS}"] }}
"""
    async with open_house(tmp_path, more=rules) as house:
        assert code_of(await house.call("save-bank-transfer", transfer(house))) == "NOT_ALLOWED"
