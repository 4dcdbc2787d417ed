"""What a policy sees of several documents at once, and of those that stand in Xero."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, code_of, world
from tests.tools.full_house import FULL_POLICY, draft, line, sale, stored


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, policy=FULL_POLICY) as opened:
        yield opened


def rule(house: World, condition: str) -> None:
    text = f"rules:\n  - name: no\n    deny_when: {{ {condition} }}\n"
    house.write_policy(FULL_POLICY + text)
    house.clock.advance(5)


def sales(house: World, *amounts: str, **more: object) -> dict[str, Any]:
    contact = house.supplier()
    invoices = [{"contact_id": contact, "lines": [sale(one)], **more} for one in amounts]
    return {"type": "sales", "status": "draft", "invoices": invoices}


async def test_the_sum_of_all_counts(house: World):
    rule(house, 'total_over: "100.00 USD"')
    over = await house.call("save-invoices", sales(house, "50.00", "50.01"))
    assert code_of(over) == "NOT_ALLOWED"
    assert code_of(await house.call("save-invoices", sales(house, "50.00", "50.00"))) == "ok"


async def test_a_line_below_zero_hides_nothing(house: World):
    rule(house, 'total_over: "100.00 USD"')
    sent = sales(house, "1.00")
    sent["invoices"][0]["lines"] = [sale("500.00"), sale("-450.00")]
    assert code_of(await house.call("save-invoices", sent)) == "NOT_ALLOWED"


async def test_the_accounts_of_a_stored_document_are_read_from_xero(house: World):
    made = await draft(house, lines=[line("1.00", account_code="404")], number="R-1")
    rule(house, "account_code_in: [404]")
    change = {"type": "bill", "invoice_id": made["id"], "status": "draft", "reference": "x"}
    assert code_of(await house.call("update-invoice", change)) == "NOT_ALLOWED"
    own = stored(house, "Invoices", made["id"])["LineItems"][0]["LineItemID"]
    moved = {**change, "lines": [{"line_item_id": own, "account_code": "400"}]}
    assert code_of(await house.call("update-invoice", moved)) == "ok"


async def test_a_locked_period_keeps_every_document_of_the_call_out(house: World):
    house.books.organisation["PeriodLockDate"] = date(2026, 1, 31)
    house.write_policy(FULL_POLICY + "never: [post-to-locked-periods]\n")
    house.clock.advance(1000)
    sent = sales(house, "1.00", "2.00", date="2026-02-15")
    assert code_of(await house.call("save-invoices", sent)) == "ok"
    sent["invoices"][1]["date"] = "2026-01-31"
    assert code_of(await house.call("save-invoices", sent)) == "NOT_ALLOWED"


async def test_several_contacts_count_as_new_where_one_is(house: World):
    rule(house, "new_contact: true")
    first, second = [one["ContactID"] for one in list(house.books.table("Contacts"))[:2]]
    sent = sales(house, "1.00", "2.00")
    sent["invoices"][0]["contact_id"] = first
    sent["invoices"][1]["contact_id"] = second
    assert code_of(await house.call("save-invoices", sent)) == "NOT_ALLOWED"
