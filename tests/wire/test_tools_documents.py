"""Every tool of documents through a real MCP client: it works, and it refuses."""

import base64
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from tests.tools.full_house import FULL_POLICY
from tests.wire.house import House
from tests.wire.session import Session, bill, session, supplier

NOBODY = "11111111-1111-4111-8111-111111111111"
Found = dict[str, Any]


@pytest.fixture
async def agent(house: House) -> AsyncIterator[Session]:
    """An agent that may do everything with documents in the demo company."""
    house.write_policy(FULL_POLICY)
    async with session(house, "clerk") as opened:
        yield opened


async def rows(of: Session, tool: str, arguments: Mapping[str, Any] | None = None) -> list[Found]:
    """The rows of a list, by the names of its columns."""
    found = await of.good(tool, arguments)
    return [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]


async def refused(of: Session, tool: str, arguments: Mapping[str, Any], code: str) -> None:
    heard = await of.call(tool, arguments)
    assert heard.is_error, heard.content
    assert heard.code == code


def line(amount: str, account: str = "200") -> Found:
    return {
        "description": "Work",
        "quantity": "1",
        "unit_amount": amount,
        "account_code": account,
        "tax_type": "NONE",
    }


async def approved(of: Session, amount: str, kind: str = "sales") -> str:
    account = "200" if kind == "sales" else "400"
    sent = {
        "type": kind,
        "contact_id": await supplier(of),
        "lines": [line(amount, account)],
        "status": "authorised",
        "due_date": "2030-01-31",
    }
    return (await of.good("create-invoice", sent))["id"]


async def test_create_and_update_invoice(agent: Session):
    sent = bill(await supplier(agent), "12.3456", number="W-1")
    made = await agent.good("create-invoice", sent)
    await refused(agent, "create-invoice", {**sent, "reference": "another"}, "DUPLICATE")
    change = {"type": "bill", "invoice_id": made["id"], "status": "authorised"}
    done = await agent.good("update-invoice", {**change, "due_date": "2030-01-31"})
    assert (done["status"], done["total"]) == ("authorised", "12.35")
    await refused(agent, "update-invoice", {**change, "status": "draft"}, "INVALID_ARGUMENTS")


async def test_save_invoices(agent: Session):
    contact = await supplier(agent)
    many = [{"contact_id": contact, "lines": [line(f"{n}.00")]} for n in (1, 2)]
    sent = {"type": "sales", "status": "draft", "invoices": many}
    assert len((await agent.good("save-invoices", sent))["results"]) == 2
    await refused(agent, "save-invoices", {**sent, "status": "voided"}, "INVALID_ARGUMENTS")


async def test_email_invoice_and_get_invoice_link(agent: Session):
    invoice = await approved(agent, "30.00")
    assert "://" in (await agent.good("get-invoice-link", {"invoice_id": invoice}))["url"]
    await refused(agent, "get-invoice-link", {"invoice_id": NOBODY}, "XERO_NOT_FOUND")
    # A demo company of Xero sends no email: its daily limit is none.
    await refused(agent, "email-invoice", {"invoice_id": invoice}, "XERO_REJECTED")
    await refused(agent, "email-invoice", {"invoice_id": "INV-1"}, "INVALID_ARGUMENTS")


async def test_get_document_pdf(agent: Session):
    sent = {"document": "sales", "document_id": await approved(agent, "31.00")}
    found = await agent.good("get-document-pdf", sent)
    assert base64.b64decode(found["base64"]).startswith(b"%PDF-")
    await refused(agent, "get-document-pdf", {**sent, "document": "bill"}, "XERO_NOT_FOUND")


async def test_credit_notes_and_their_allocations(agent: Session):
    note = {"type": "sales", "contact_id": await supplier(agent), "lines": [line("20.00")]}
    sent = {"status": "authorised", "credit_notes": [note]}
    made = await agent.good("save-credit-notes", sent)
    await refused(agent, "save-credit-notes", {"credit_notes": [{}]}, "INVALID_ARGUMENTS")
    credit = {"kind": "credit-note", "credit_id": made["id"]}
    part = {"invoice_id": await approved(agent, "32.00"), "amount": "5.00"}
    assert (await agent.good("allocate-credit", {**credit, "invoices": [part]}))["total"] == "5.00"
    beyond = {**credit, "invoices": [{**part, "amount": "50.00"}]}
    await refused(agent, "allocate-credit", beyond, "XERO_REJECTED")
    listed = await rows(agent, "list-credit-notes", {"credit_note_id": made["id"]})
    assert listed[0]["remaining"] == "15.00"
    await refused(agent, "list-credit-notes", {"credit_note_id": NOBODY}, "XERO_NOT_FOUND")
    allocation = {**credit, "allocation_id": listed[0]["allocations"][0][0]}
    assert (await agent.good("remove-allocation", allocation))["total"] == "5.00"
    again = {**allocation, "request_id": "again"}
    await refused(agent, "remove-allocation", again, "XERO_NOT_FOUND")


async def test_list_prepayments_and_overpayments(agent: Session):
    tool = "list-prepayments-and-overpayments"
    assert await rows(agent, tool, {"kind": "prepayment"})
    await refused(agent, tool, {"kind": "credit-note"}, "INVALID_ARGUMENTS")


async def test_quotes(agent: Session):
    quote = {"contact_id": await supplier(agent), "lines": [line("40.00")]}
    made = await agent.good("save-quotes", {"quotes": [quote]})
    listed = await rows(agent, "list-quotes", {"quote_id": made["id"]})
    assert listed[0]["total"] == "40.00"
    await refused(agent, "list-quotes", {"quote_id": NOBODY}, "XERO_NOT_FOUND")
    accepted = {"status": "accepted", "quotes": [{"quote_id": made["id"]}]}
    await refused(agent, "save-quotes", accepted, "XERO_REJECTED")


async def test_purchase_orders(agent: Session):
    order = {"contact_id": await supplier(agent), "lines": [line("41.00", "400")]}
    made = await agent.good("save-purchase-orders", {"purchase_orders": [order]})
    listed = await rows(agent, "list-purchase-orders", {"number": made["number"]})
    assert listed[0]["purchase_order_id"] == made["id"]
    await refused(agent, "list-purchase-orders", {"number": "none"}, "XERO_NOT_FOUND")
    taken = {**order, "number": made["number"]}
    await refused(agent, "save-purchase-orders", {"purchase_orders": [taken]}, "XERO_REJECTED")


async def test_items(agent: Session):
    made = await agent.good("save-items", {"items": [{"code": "W-9", "sales_price": "1.2345"}]})
    listed = await rows(agent, "list-items", {"search": "w-9"})
    assert (listed[0]["item_id"], listed[0]["sales_price"]) == (made["id"], "1.2345")
    await refused(agent, "list-items", {"item_id": NOBODY}, "XERO_NOT_FOUND")
    await refused(agent, "save-items", {"items": [{"code": "W-9", "name": "x"}]}, "XERO_REJECTED")


async def test_repeating_invoices(agent: Session):
    template = {
        "type": "sales",
        "contact_id": await supplier(agent),
        "lines": [line("42.00")],
        "every": "1 month",
        "due": "20 of-following-month",
    }
    made = await agent.good("save-repeating-invoices", {"templates": [template]})
    listed = await rows(agent, "list-repeating-invoices", {"type": "sales"})
    assert made["id"] in {row["repeating_invoice_id"] for row in listed}
    one = {"repeating_invoice_id": NOBODY}
    await refused(agent, "list-repeating-invoices", one, "XERO_NOT_FOUND")
    never = {"templates": [{**template, "every": "0 months"}]}
    await refused(agent, "save-repeating-invoices", never, "INVALID_ARGUMENTS")


async def test_linked_transactions(agent: Session):
    expense = await approved(agent, "43.00", "bill")
    own = (await agent.good("get-invoice", {"invoice_id": expense}))["lines"][0]["line_item_id"]
    sent = {"action": "create", "source_id": expense, "source_line_id": own}
    made = await agent.good("save-linked-transaction", sent)
    listed = await rows(agent, "list-linked-transactions", {"source_id": expense})
    assert [row["linked_transaction_id"] for row in listed] == [made["id"]]
    none = {"linked_transaction_id": NOBODY}
    await refused(agent, "list-linked-transactions", none, "XERO_NOT_FOUND")
    wrong = {**sent, "source_line_id": NOBODY}
    await refused(agent, "save-linked-transaction", wrong, "XERO_REJECTED")
