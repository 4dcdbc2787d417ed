"""Every tool of money and settings through a real MCP client: it works, and it refuses."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.tools.money_house import HEAD, OPEN_AREAS
from tests.wire.house import House
from tests.wire.session import Session, bill, session, supplier

NOBODY = "11111111-1111-4111-8111-111111111111"
Found = dict[str, Any]


@pytest.fixture
async def agent(house: House) -> AsyncIterator[Session]:
    """An agent that may do everything in the demo company."""
    policy = f"{HEAD}organisations: [Demo Company (Global)]\n{OPEN_AREAS}"
    house.write_policy(policy)
    async with session(house, "clerk") as opened:
        yield opened


async def first(of: Session, tool: str, arguments: Mapping[str, Any] | None = None) -> Found:
    """The first row of a list, by the names of its columns."""
    found = await of.good(tool, arguments)
    return dict(zip(found["columns"], found["rows"][0], strict=True))


async def refused(of: Session, tool: str, arguments: Mapping[str, Any], code: str) -> None:
    heard = await of.call(tool, arguments)
    assert heard.is_error, heard.content
    assert heard.code == code


async def bank_accounts(of: Session) -> tuple[Found, Found]:
    found = await of.good("list-accounts", {"type": "bank"})
    rows = [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]
    return rows[0], rows[1]


async def approved_bill(of: Session, amount: str, number: str) -> str:
    sent = bill(await supplier(of), amount, number=number, status="authorised")
    return (await of.good("create-invoice", {**sent, "due_date": "2027-01-31"}))["id"]


async def test_payments(agent: Session):
    bank, _ = await bank_accounts(agent)
    invoices = [await approved_bill(agent, f"10{n}.00", f"W-{n}") for n in (1, 2)]
    each = [{"invoice_id": one, "amount": "10.00"} for one in invoices]
    sent = {"account_id": bank["account_id"], "payments": each}
    assert (await agent.good("create-payments", sent))["total"] == "20.00"
    await refused(agent, "create-payments", {"payments": each}, "INVALID_ARGUMENTS")

    batch = await agent.good("create-payments", {**sent, "batch": True})
    assert (await first(agent, "list-payments", {"batch_payment_id": batch["id"]}))["amount"]
    gone = await agent.good("delete-payment", {"batch_payment_id": batch["id"]})
    assert gone["status"] == "deleted"

    one = await first(agent, "list-payments", {"invoice_id": invoices[0]})
    assert one["amount"] == "10.00"
    await refused(agent, "list-payments", {"payment_id": NOBODY}, "XERO_NOT_FOUND")
    taken_back = await agent.good("delete-payment", {"payment_id": one["payment_id"]})
    assert taken_back["total"] == "10.00"
    await refused(agent, "delete-payment", {}, "INVALID_ARGUMENTS")


async def test_bank_transactions_and_transfers(agent: Session):
    bank, savings = await bank_accounts(agent)
    line = bill("", "12.00")["lines"][0]
    entry = {
        "type": "spend",
        "contact_id": await supplier(agent),
        "bank_account_id": bank["account_id"],
        "lines": [line],
    }
    made = await agent.good("save-bank-transactions", {"transactions": [entry]})
    assert made["total"] == "12.00"
    wrong = {"transactions": [{**entry, "lines": [{**line, "account_code": "40O"}]}]}
    await refused(agent, "save-bank-transactions", wrong, "INVALID_ARGUMENTS")
    asked = {"bank_transaction_id": made["id"]}
    found = await first(agent, "list-bank-transactions", asked)
    assert found["total"] == "12.00"
    await refused(agent, "list-bank-transactions", {"reconciled": True}, "INVALID_ARGUMENTS")

    ends = {"from_account_id": bank["account_id"], "to_account_id": savings["account_id"]}
    new = {"action": "create", **ends}
    moved = await agent.good("save-bank-transfer", {**new, "amount": "3.00"})
    await refused(agent, "save-bank-transfer", {**new, "amount": "0"}, "INVALID_ARGUMENTS")
    one = await first(agent, "list-bank-transfers", {"bank_transfer_id": moved["id"]})
    assert one["amount"] == "3.00"
    await refused(agent, "list-bank-transfers", {"bank_transfer_id": NOBODY}, "XERO_NOT_FOUND")
    gone = {"action": "delete", "bank_transfer_ids": [moved["id"]]}
    assert (await agent.good("save-bank-transfer", gone))["status"] == "deleted"
    again = {**gone, "request_id": "another"}
    await refused(agent, "save-bank-transfer", again, "XERO_REJECTED")


async def test_journals_and_budgets(agent: Session):
    lines = [{"account_code": "400", "amount": "5.00"}, {"account_code": "200", "amount": "-5.00"}]
    journal = {"narration": "Accrual", "lines": lines}
    made = await agent.good("save-manual-journals", {"journals": [journal]})
    assert made["status"] == "draft"
    wrong = {"journals": [{**journal, "lines": lines[:1]}]}
    await refused(agent, "save-manual-journals", wrong, "INVALID_ARGUMENTS")
    found = await first(agent, "list-manual-journals", {"manual_journal_id": made["id"]})
    assert found["debits"] == "5.00"
    await refused(agent, "list-manual-journals", {"status": "posted"}, "INVALID_ARGUMENTS")
    assert (await agent.good("list-journals", {"limit": 2}))["next_after"] == 2
    await refused(agent, "list-journals", {"number": 999_999}, "XERO_NOT_FOUND")
    budget = (await first(agent, "list-budgets"))["budget_id"]
    assert (await first(agent, "list-budgets", {"budget_id": budget}))["amount"]
    await refused(agent, "list-budgets", {"budget_id": NOBODY}, "XERO_NOT_FOUND")


async def test_contacts_and_groups(agent: Session):
    contact = {"contact_id": await supplier(agent)}
    assert (await agent.good("get-contact", contact))["contact"]["name"]
    await refused(agent, "get-contact", {}, "INVALID_ARGUMENTS")
    changed = await agent.good("save-contacts", {"contacts": [{**contact, "phone": "555 0177"}]})
    assert changed["changed"] == "Contact saved: phone."
    made = await agent.good("save-contacts", {"contacts": [{"name": "A"}, {"name": "B"}]})
    assert len(made["results"]) == 2
    await refused(agent, "save-contacts", {"contacts": []}, "INVALID_ARGUMENTS")
    group = await agent.good("save-contact-group", {"action": "create", "name": "VIP"})
    add = {"action": "add", "group_id": group["id"], "contact_ids": [made["id"]]}
    await agent.good("save-contact-group", add)
    await refused(agent, "save-contact-group", {"action": "create"}, "INVALID_ARGUMENTS")
    member = await first(agent, "list-contact-groups", {"group_id": group["id"]})
    assert member["name"] == "A"
    await refused(agent, "list-contact-groups", {"group_id": NOBODY}, "XERO_NOT_FOUND")


async def test_accounts_and_tax(agent: Session):
    new = {"action": "create", "code": "Q99", "name": "Odds", "type": "expense"}
    made = await agent.good("save-account", new)
    await refused(agent, "save-account", {"action": "create"}, "INVALID_ARGUMENTS")
    assert (await first(agent, "list-accounts", {"account_id": made["id"]}))["code"] == "Q99"
    await refused(agent, "list-accounts", {"account_id": NOBODY}, "XERO_NOT_FOUND")
    parts = [{"name": "State", "rate": "7.5"}]
    rate = await agent.good(
        "save-tax-rate", {"action": "create", "name": "Odd tax", "components": parts}
    )
    await refused(agent, "save-tax-rate", {"action": "delete"}, "INVALID_ARGUMENTS")
    shown = await first(agent, "list-settings", {"of": "tax-rates", "id": rate["id"]})
    assert shown["rate"] == "7.50"


async def test_tracking_currencies_branding_and_people(agent: Session):
    category = (await first(agent, "list-settings", {"of": "tracking"}))["category_id"]
    await refused(agent, "list-settings", {"of": "tracking", "id": NOBODY}, "XERO_NOT_FOUND")
    option = {"action": "create", "category_id": category, "name": "Mars"}
    assert (await agent.good("save-tracking", option))["status"] == "active"
    await refused(agent, "save-tracking", {"action": "create"}, "INVALID_ARGUMENTS")
    assert (await first(agent, "list-settings", {"of": "currencies"}))["code"] == "USD"
    assert (await agent.good("add-currency", {"currency": "SEK"}))["id"] == "SEK"
    await refused(agent, "add-currency", {"currency": "QQQ"}, "XERO_REJECTED")
    assert (await first(agent, "list-settings", {"of": "branding-themes"}))["branding_theme_id"]
    assert (await first(agent, "list-settings", {"of": "users"}))["email"]
    shown = await agent.good("get-organisation", {"also": ["actions"]})
    assert shown["record"]["allowed_actions"]
    await refused(agent, "get-organisation", {"also": ["secrets"]}, "INVALID_ARGUMENTS")


async def test_files_and_history(agent: Session):
    at = {"document": "contact", "document_id": await supplier(agent)}
    missing = {**at, "document_id": NOBODY}
    await agent.good("add-attachment", {**at, "file_name": "a.txt", "text": "Hello"})
    await refused(agent, "add-attachment", {**at, "file_name": "a.txt"}, "INVALID_ARGUMENTS")
    assert (await first(agent, "get-attachments", at))["file_name"] == "a.txt"
    assert (await agent.good("get-attachments", {**at, "file_name": "a.txt"}))["text"] == "Hello"
    await refused(agent, "get-attachments", missing, "XERO_NOT_FOUND")
    await agent.good("add-note", {**at, "note": "Called them."})
    await refused(agent, "add-note", {**missing, "note": "x"}, "XERO_REJECTED")
    assert (await first(agent, "list-history", at))["details"] == "Called them."
    await refused(agent, "list-history", missing, "XERO_NOT_FOUND")
