"""What Xero would refuse is told before it is asked, with the nearest right value."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, code_of
from tests.tools.money_house import (
    BANK,
    COSTS,
    Fields,
    account_id,
    open_bills,
    open_house,
    requests_of,
    stored,
)
from xero_mcp.tools.prechecks import FRESH_SECONDS


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with open_house(tmp_path) as opened:
        yield opened


def spend(house: World, **line: object) -> Fields:
    """One bank transaction with a line that is right but for what is said."""
    whole = {
        "description": "Stamps",
        "quantity": "1",
        "unit_amount": "5.00",
        "account_code": COSTS,
        "tax_type": "NONE",
        **line,
    }
    entry = {"type": "spend", "contact_id": house.supplier(), "bank_account_code": BANK}
    return {"transactions": [{**entry, "lines": [whole]}]}


async def refused(house: World, tool: str, sent: Fields) -> dict[str, Any]:
    """The one detail of a refusal that reached Xero with reads alone."""
    heard = await house.call(tool, sent)
    assert code_of(heard) == "INVALID_ARGUMENTS", heard.content
    error = heard.content["error"]
    assert "nothing was sent" in error["message"]
    return error["details"][0]


@pytest.mark.parametrize(
    ("line", "path", "allowed"),
    [
        ({"account_code": "40O"}, "account_code", COSTS),
        ({"account_code": BANK}, "account_code", ""),
        ({"tax_type": "INPUTT"}, "tax_type", "INPUT"),
        ({"tax_type": "GSTONIMPORTS"}, "tax_type", "NONE"),
        ({"tracking": ["Region: Nort"]}, "tracking", "North"),
        ({"tracking": ["Regio: North"]}, "tracking", "Region"),
    ],
)
async def test_a_line_that_cannot_be_comes_back_with_the_nearest_value(
    house: World, line: Fields, path: str, allowed: str
):
    detail = await refused(house, "save-bank-transactions", spend(house, **line))
    assert detail["path"] == f"transactions.0.lines.0.{path}"
    assert allowed in (*detail["allowed"], "")


async def test_every_problem_is_named_at_once(house: World):
    sent = spend(house, account_code="40O", tracking=["Region: Nort"])
    heard = await house.call("save-bank-transactions", sent)
    assert len(heard.content["error"]["details"]) == 2


async def test_what_is_right_costs_no_request_once_it_is_known(house: World):
    tracked = spend(house, tracking=["Region: North"])
    await house.good("save-bank-transactions", tracked)
    before = requests_of(house)
    await house.good("save-bank-transactions", {**tracked, "request_id": "another"})
    assert requests_of(house) == before + 1


async def test_an_account_mended_a_minute_ago_is_not_refused(house: World):
    await house.good("save-bank-transactions", spend(house))
    table = house.books.table("Accounts")
    made = {
        **stored(house, "Accounts", account_id(house, COSTS)),
        "AccountID": house.books.new_id(),
    }
    table.put({**made, "Code": "Q97", "Name": "Made just now"})
    house.clock.advance(FRESH_SECONDS + 1)
    answer = await house.call("save-bank-transactions", spend(house, account_code="Q97"))
    assert code_of(answer) == "ok"


async def test_an_archived_account_is_refused(house: World):
    gone = {"action": "archive", "account_id": account_id(house, COSTS)}
    await house.good("save-account", gone)
    detail = await refused(house, "save-bank-transactions", spend(house))
    assert "archived" in detail["message"]
    assert COSTS not in detail["allowed"]


async def test_a_payment_goes_to_an_account_that_takes_payments(house: World):
    bill = open_bills(house)[0]
    pay = {"invoice_id": bill["InvoiceID"], "account_code": COSTS, "amount": "1.00"}
    detail = await refused(house, "create-payment", pay)
    assert detail["path"] == "account_code"
    assert BANK in detail["allowed"]
    one = {"account_code": COSTS, "payments": [{"invoice_id": bill["InvoiceID"], "amount": "1.00"}]}
    assert (await refused(house, "create-payments", one))["path"] == "account_code"


async def test_a_closed_period_is_told_with_the_first_open_day(house: World):
    house.books.organisation["PeriodLockDate"] = house.clock.now().date()
    bill = open_bills(house)[0]
    pay = {
        "invoice_id": bill["InvoiceID"],
        "account_code": BANK,
        "amount": "1.00",
        "date": "2026-02-01",
    }
    detail = await refused(house, "create-payment", pay)
    assert detail["message"] == "the books are closed up to 2026-03-02"
    assert detail["allowed"] == ["2026-03-03"]


async def test_without_reference_data_xero_is_asked(house: World):
    house.fault("rate_limited", method="GET", path="/Accounts", times=9, retry_after_seconds=600)
    answer = await house.call("save-bank-transactions", spend(house, account_code="40O"))
    assert code_of(answer) in {"XERO_REJECTED", "XERO_RATE_LIMITED"}
