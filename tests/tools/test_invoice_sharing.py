"""Emails, links and PDFs: who gets what, and who is not shown it."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, code_of, world
from tests.tools.full_house import FULL_POLICY, stored


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, policy=FULL_POLICY) as opened:
        yield opened


def some(house: World, table: str, **wanted: object) -> dict[str, Any]:
    return next(
        one
        for one in house.books.table(table)
        if all(one.get(name) == value for name, value in wanted.items())
    )


def customer_of(house: World, invoice: dict[str, Any], email: str) -> None:
    contact = stored(house, "Contacts", invoice["Contact"]["ContactID"])
    house.change("Contacts", contact["ContactID"], EmailAddress=email, ContactPersons=[])


async def test_an_email_goes_to_the_contacts_own_address(house: World):
    invoice = some(house, "Invoices", Type="ACCREC", Status="AUTHORISED")
    customer_of(house, invoice, "someone@example.net")
    sent = {"invoice_id": invoice["InvoiceID"]}
    house.books.daily_email_limit = 0
    assert code_of(await house.call("email-invoice", sent)) == "XERO_REJECTED"
    house.books.daily_email_limit = 1
    house.clock.advance(1)
    assert (await house.good("email-invoice", sent))["status"] == "sent"
    assert stored(house, "Invoices", invoice["InvoiceID"])["SentToContact"] is True
    assert (await house.good("email-invoice", sent))["repeated"] is True


async def test_nobody_outside_is_written_to_where_the_policy_says_never(house: World):
    house.write_policy(FULL_POLICY + "never: [email-outside-organisation]\n")
    house.clock.advance(5)
    invoice = some(house, "Invoices", Type="ACCREC", Status="AUTHORISED")
    sent = {"invoice_id": invoice["InvoiceID"]}
    for email in ("someone@example.net", ""):
        customer_of(house, invoice, email)
        answer = await house.call("email-invoice", sent)
        assert code_of(answer) == "NOT_ALLOWED", email
        assert "email-outside-organisation" in answer.content["error"]["message"]
    own = next(iter(house.books.table("Users")))["EmailAddress"]
    customer_of(house, invoice, own.upper())
    house.books.daily_email_limit = 1
    assert (await house.good("email-invoice", sent))["status"] == "sent"


async def test_a_draft_cannot_be_emailed_and_a_bill_neither(house: World):
    bill = some(house, "Invoices", Type="ACCPAY", Status="AUTHORISED")
    answer = await house.call("email-invoice", {"invoice_id": bill["InvoiceID"]})
    assert code_of(answer) == "XERO_REJECTED"


async def test_the_link_of_an_approved_sale_is_told(house: World):
    invoice = some(house, "Invoices", Type="ACCREC", Status="AUTHORISED")
    found = await house.good("get-invoice-link", {"invoice_id": invoice["InvoiceID"]})
    assert found["url"].startswith("https://in.xero.com/")
    bill = some(house, "Invoices", Type="ACCPAY", Status="AUTHORISED")
    answer = await house.call("get-invoice-link", {"invoice_id": bill["InvoiceID"]})
    assert code_of(answer) == "XERO_NOT_FOUND"


@pytest.mark.parametrize(
    ("document", "table", "key", "wanted"),
    [
        ("sales", "Invoices", "InvoiceID", {"Type": "ACCREC"}),
        ("bill", "Invoices", "InvoiceID", {"Type": "ACCPAY"}),
        ("credit-note", "CreditNotes", "CreditNoteID", {}),
        ("quote", "Quotes", "QuoteID", {}),
        ("purchase-order", "PurchaseOrders", "PurchaseOrderID", {}),
    ],
)
async def test_a_document_is_printed(
    house: World, document: str, table: str, key: str, wanted: dict[str, object]
):
    one = some(house, table, **wanted)
    found = await house.good("get-document-pdf", {"document": document, "document_id": one[key]})
    content = base64.b64decode(found["base64"])
    assert content.startswith(b"%PDF-")
    assert (found["bytes"], found["media_type"]) == (len(content), "application/pdf")


async def test_a_bill_is_not_printed_as_a_sale(tmp_path: Path):
    policy = FULL_POLICY.replace("  bills: full\n", "")
    async with world(tmp_path, policy=policy) as house:
        bill = some(house, "Invoices", Type="ACCPAY")["InvoiceID"]
        for document, code in (("bill", "NOT_ALLOWED"), ("sales", "XERO_NOT_FOUND")):
            sent = {"document": document, "document_id": bill}
            assert code_of(await house.call("get-document-pdf", sent)) == code
