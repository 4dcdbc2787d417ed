"""Templates of repeating invoices, and expenses that are charged on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, code_of, world
from tests.tools.full_house import FULL_POLICY, draft, line, sale, stored

NOWHERE = "11111111-1111-1111-1111-111111111111"
MONTHLY = {"every": "1 month", "due": "20 of-following-month"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, policy=FULL_POLICY) as opened:
        yield opened


def template(house: World, **more: object) -> dict[str, Any]:
    lines = [sale("99.00")]
    return {"type": "sales", "contact_id": house.supplier(), "lines": lines, **MONTHLY, **more}


async def test_a_template_is_made_listed_and_deleted(house: World):
    sent = {"templates": [template(house, date="2026-04-05", end_date="2027-04-05")]}
    made = await house.good("save-repeating-invoices", sent)
    assert (made["status"], made["total"]) == ("draft", "99.00")
    one = await house.good("list-repeating-invoices", {"repeating_invoice_id": made["id"]})
    row = dict(zip(one["columns"], one["rows"][0], strict=True))
    assert (row["every"], row["next_date"], row["end_date"]) == (
        "1 monthly",
        "2026-04-05",
        "2027-04-05",
    )
    listed = await house.good("list-repeating-invoices", {"type": "sales"})
    assert made["id"] in {row[0] for row in listed["rows"]}
    gone = await house.good(
        "save-repeating-invoices",
        {"status": "deleted", "templates": [{"repeating_invoice_id": made["id"]}]},
    )
    assert gone["status"] == "deleted"
    assert stored(house, "RepeatingInvoices", made["id"])["Status"] == "DELETED"


async def test_several_templates_each_for_itself_and_deleted_together(house: World):
    bad = template(house, lines=[sale("1.00", account_code="no")])
    sent = {
        "templates": [
            template(house),
            bad,
            template(house, every="2 weeks", due="14 days-after-date"),
        ]
    }
    done = await house.good("save-repeating-invoices", sent)
    assert [row["ok"] for row in done["results"]] == [True, False, True]
    ids = [{"repeating_invoice_id": row["id"]} for row in done["results"] if row["ok"]]
    gone = await house.good("save-repeating-invoices", {"status": "deleted", "templates": ids})
    assert [row["status"] for row in gone["results"]] == ["deleted", "deleted"]


@pytest.mark.parametrize(
    ("status", "change"),
    [
        ("authorised", {"repeating_invoice_id": NOWHERE}),
        ("draft", {"every": None}),
        ("draft", {"number": "X"}),
        ("draft", {"every": "1 day"}),
        ("draft", {"due": "1 after"}),
        ("deleted", {}),
    ],
)
async def test_what_no_template_can_be_is_refused(
    house: World, status: str, change: dict[str, object]
):
    whole = {**template(house), **change}
    sent = {"status": status, "templates": [{k: v for k, v in whole.items() if v is not None}]}
    assert code_of(await house.call("save-repeating-invoices", sent)) == "INVALID_ARGUMENTS"


async def test_a_template_that_approves_by_itself_takes_more(tmp_path: Path):
    policy = FULL_POLICY.replace("repeating-invoices: full", "repeating-invoices: draft")
    async with world(tmp_path, policy=policy) as house:
        sent = {"templates": [template(house)]}
        assert code_of(await house.call("save-repeating-invoices", sent)) == "ok"
        approving = {**sent, "status": "authorised"}
        assert code_of(await house.call("save-repeating-invoices", approving)) == "NOT_ALLOWED"


async def test_an_expense_is_charged_on_and_taken_back(house: World):
    made = await draft(
        house, lines=[line("55.00")], status="authorised", due_date="2026-04-01", number="L-1"
    )
    own = stored(house, "Invoices", made["id"])["LineItems"][0]["LineItemID"]
    customer = stored(house, "Invoices", made["id"])["Contact"]["ContactID"]
    sent = {"action": "create", "source_id": made["id"], "source_line_id": own}
    link = await house.good("save-linked-transaction", {**sent, "contact_id": customer})
    found = await house.good("list-linked-transactions", {"source_id": made["id"]})
    assert [row[0] for row in found["rows"]] == [link["id"]]
    invoice = await draft(house, "sales", lines=[sale("60.00")])
    change = {
        "action": "update",
        "linked_transaction_id": link["id"],
        "contact_id": customer,
        "target_id": invoice["id"],
    }
    assert (await house.good("save-linked-transaction", change))["status"] == "ondraft"
    one = await house.good("list-linked-transactions", {"linked_transaction_id": link["id"]})
    row = dict(zip(one["columns"], one["rows"][0], strict=True))
    assert (row["target_id"], row["contact_id"]) == (invoice["id"], customer)
    gone = {"action": "delete", "linked_transaction_id": link["id"]}
    assert (await house.good("save-linked-transaction", gone))["status"] == "deleted"
    assert house.books.table("LinkedTransactions").get(link["id"]) is None


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"action": "create"}, "INVALID_ARGUMENTS"),
        ({"action": "delete"}, "INVALID_ARGUMENTS"),
        (
            {"action": "update", "linked_transaction_id": NOWHERE, "source_id": NOWHERE},
            "INVALID_ARGUMENTS",
        ),
        ({"action": "delete", "linked_transaction_id": NOWHERE}, "XERO_NOT_FOUND"),
        (
            {"action": "create", "source_id": NOWHERE, "source_line_id": NOWHERE},
            "XERO_REJECTED",
        ),
    ],
)
async def test_a_link_that_cannot_be_is_refused(house: World, sent: dict[str, Any], code: str):
    assert code_of(await house.call("save-linked-transaction", sent)) == code


async def test_a_status_alone_is_no_filter(house: World):
    answer = await house.call("list-linked-transactions", {"status": "draft"})
    assert code_of(answer) == "INVALID_ARGUMENTS"
