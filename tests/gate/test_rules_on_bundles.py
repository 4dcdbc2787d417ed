"""Several documents in one call: none of them slips past a rule behind the others."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.gate.world import World, code_of
from tests.tools.money_house import BANK, OPEN_AREAS, open_bills, open_house

HEAD = (
    "agent: clerk\nowner: finance@example.com\norganisations: [Demo Company (Global)]\n"
    f"{OPEN_AREAS}"
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with open_house(tmp_path) as opened:
        yield opened


def deny(house: World, tool: str, condition: str) -> None:
    rule = f"rules: [{{ name: no, for: [{tool}], deny_when: {{ {condition} }} }}]\n"
    house.write_policy(HEAD + rule)


def line(**more: str) -> dict[str, str]:
    return {"description": "x", "quantity": "1", "account_code": "404", **more}


def saving(house: World, *documents: dict[str, Any]) -> dict[str, Any]:
    contact = house.supplier()
    numbered = [
        {"contact_id": contact, "number": f"S-{place}", **one}
        for place, one in enumerate(documents)
    ]
    return {"type": "bill", "status": "draft", "invoices": numbered}


async def test_a_currency_does_not_hide_behind_that_of_another_document(house: World):
    """What the item's price leaves open is the total; that it is in euros is said."""
    await house.good("add-currency", {"currency": "EUR"})
    item = str(next(iter(house.books.table("Items")))["Code"])
    euros = {"currency": "EUR", "lines": [line(item_code=item)]}
    dollars = {"lines": [line(unit_amount="100.00")]}
    deny(house, "save-invoices", "currency_not_in: [USD]")
    for documents in ((euros,), (euros, dollars), (dollars, euros)):
        answer = await house.call("save-invoices", saving(house, *documents))
        assert code_of(answer) == "NOT_ALLOWED", documents
    assert code_of(await house.call("save-invoices", saving(house, dollars))) == "ok"


async def test_small_documents_do_not_hide_in_their_sum(house: World):
    deny(house, "save-invoices", 'total_under: "50.00 USD"')
    small, large = ({"lines": [line(unit_amount=amount)]} for amount in ("49.99", "50.00"))
    for documents in ((small,), (small, small), (large, small)):
        answer = await house.call("save-invoices", saving(house, *documents))
        assert code_of(answer) == "NOT_ALLOWED", documents
    fine = {"lines": [line(unit_amount="50.01")]}
    assert code_of(await house.call("save-invoices", saving(house, large, fine))) == "ok"


async def test_small_payments_do_not_hide_in_their_sum(house: World):
    ids = [one["InvoiceID"] for one in open_bills(house)[:2]]
    deny(house, "create-payments", 'total_under: "1.00 USD"')
    for amounts, code in ((("0.60", "0.60"), "NOT_ALLOWED"), (("1.00", "1.00"), "ok")):
        payments = [
            {"invoice_id": paid, "amount": amount}
            for paid, amount in zip(ids, amounts, strict=True)
        ]
        answer = await house.call("create-payments", {"payments": payments, "account_code": BANK})
        assert code_of(answer) == code, amounts


async def test_what_may_only_be_small_is_weighed_by_its_sum(house: World):
    rule = 'rules: [{ name: s, for: [save-invoices], allow_when: { total_under: "50.00 USD" } }]\n'
    house.write_policy(HEAD + rule)
    half = {"lines": [line(unit_amount="25.00")]}
    less = {"lines": [line(unit_amount="24.99")]}
    assert code_of(await house.call("save-invoices", saving(house, half, half))) == "NOT_ALLOWED"
    assert code_of(await house.call("save-invoices", saving(house, half, less))) == "ok"


async def test_a_young_contact_does_not_hide_behind_an_old_one(house: World):
    young = (await house.good("create-contact", {"name": "Quite New Ltd"}))["id"]
    first, second, *_ = dict.fromkeys(one["Contact"]["ContactID"] for one in open_bills(house))
    deny(house, "save-contacts", "contact_known_for_less_than: 1d")
    tried = (
        ((young,), "NOT_ALLOWED"),
        ((first, young), "NOT_ALLOWED"),
        ((first, second), "ok"),
    )
    for ids, code in tried:
        sent = {"contacts": [{"contact_id": one, "phone": "555 0100"} for one in ids]}
        assert code_of(await house.call("save-contacts", sent)) == code, ids


async def test_a_stored_contact_without_any_document_is_a_new_one(house: World):
    made = await house.good("create-contact", {"name": "Quite New Ltd"})
    known = house.supplier()
    deny(house, "save-contacts", "new_contact: true")
    tried = (
        ([made["id"]], "NOT_ALLOWED"),
        ([known], "ok"),
        ([known, made["id"]], "NOT_ALLOWED"),
    )
    for ids, code in tried:
        sent = {"contacts": [{"contact_id": one, "phone": "555 0100"} for one in ids]}
        assert code_of(await house.call("save-contacts", sent)) == code, ids
