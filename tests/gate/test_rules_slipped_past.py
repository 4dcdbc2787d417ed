"""Ways past a rule that leave out, rename or disguise what it turns on: none of them works."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gate.world import World, bill, code_of
from tests.tools.money_house import BANK, OPEN_AREAS, open_bills, open_house

HEAD = (
    "agent: clerk\nowner: finance@example.com\norganisations: [Demo Company (Global)]\n"
    f"{OPEN_AREAS}"
)
NOBODY = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with open_house(tmp_path) as opened:
        yield opened


def deny(house: World, tool: str, condition: str) -> None:
    rule = f"rules: [{{ name: no, for: [{tool}], deny_when: {{ {condition} }} }}]\n"
    house.write_policy(HEAD + rule)


async def test_a_change_that_does_not_name_the_contact_is_about_the_stored_one(house: World):
    contact = house.supplier()
    draft = (await house.good("create-invoice", bill(contact, "3.00")))["id"]
    change = {"type": "bill", "status": "draft", "invoice_id": draft, "reference": "x"}
    for condition in (
        f"contact_in: [{contact}]",
        f"contact_not_in: [{NOBODY}]",
        "contact_known_for_less_than: 3650d",
        'account_code_in: ["400-499"]',
        'total_over: "2.00 USD"',
    ):
        deny(house, "update-invoice", condition)
        assert code_of(await house.call("update-invoice", change)) == "NOT_ALLOWED", condition


async def test_a_payment_is_about_the_contact_and_the_kind_of_what_it_pays(house: World):
    paid = open_bills(house)[0]
    contact = paid["Contact"]["ContactID"]
    one = {"invoice_id": paid["InvoiceID"], "amount": "1.00"}
    for condition in (
        f"contact_in: [{contact}]",
        f"contact_not_in: [{NOBODY}]",
        "document_type: [bill]",
        f'account_code_in: ["{BANK}"]',
    ):
        deny(house, "create-payment", condition)
        single = await house.call("create-payment", {**one, "account_code": BANK})
        assert code_of(single) == "NOT_ALLOWED", condition
        deny(house, "create-payments", condition)
        several = {"payments": [one], "account_code": BANK}
        assert code_of(await house.call("create-payments", several)) == "NOT_ALLOWED", condition


async def test_a_contact_that_is_named_instead_of_given_by_its_id(house: World):
    """Xero would take it for the one of that name, and change that one."""
    contact = house.books.table("Contacts").get(house.supplier()) or {}
    own = str(contact["Name"])
    conditions = (f"contact_in: [{contact['ContactID']}]", "contact_known_for_less_than: 30d")
    for condition in conditions:
        deny(house, "save-contacts", condition)
        for name in (own, own.upper(), f"{own} "):
            sent = {"contacts": [{"name": name, "phone": "555 0188"}]}
            answer = await house.call("save-contacts", sent)
            assert code_of(answer) == "NOT_ALLOWED", (condition, name)
    assert "555 0188" not in str(house.books.table("Contacts").get(contact["ContactID"]))


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("bill.pdf", b"%PDF-1.7 and so on", "ok"),
        ("bill.pdf", b"\xef\xbb\xbf  %PDF-1.4", "ok"),
        ("bill.pdf", b"MZ\x90\x00 a program", "NOT_ALLOWED"),
        ("bill.pdf", b"PK\x03\x04 an archive", "NOT_ALLOWED"),
        ("bill.pdf", b"just text", "NOT_ALLOWED"),
        ("bill.pdf.exe", b"%PDF-1.7", "NOT_ALLOWED"),
        ("bill.pdf.zip", b"PK\x03\x04", "NOT_ALLOWED"),
        ("BILL.PDF", b"%PDF-1.7", "ok"),
    ],
)
async def test_a_file_is_what_it_holds_and_not_what_it_is_called(
    house: World, name: str, content: bytes, code: str
):
    deny(house, "add-attachment", "attachment_type_not_in: [application/pdf]")
    sent = {
        "document": "bill",
        "document_id": open_bills(house)[0]["InvoiceID"],
        "file_name": name,
        "base64": base64.b64encode(content).decode(),
    }
    assert code_of(await house.call("add-attachment", sent)) == code


async def test_an_item_is_the_same_with_spaces_around_its_code(house: World):
    """Xero takes it for that item, whatever is around it and however it is written."""
    item = str(next(iter(house.books.table("Items")))["Code"])
    line = {"description": "x", "quantity": "1", "unit_amount": "1.00", "account_code": "404"}
    for condition in (f"item: ['{item}']", "item_not_in: [none]"):
        deny(house, "create-invoice", condition)
        for code in (item, item.lower(), f"{item} ", f" {item}", f"{item}\u00a0"):
            sent = bill(house.supplier(), lines=[{**line, "item_code": code}])
            assert code_of(await house.call("create-invoice", sent)) == "NOT_ALLOWED", code
