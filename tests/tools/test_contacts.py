"""Contacts and their groups: reading one, changing it, making many."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gate.world import World, code_of
from tests.tools.money_house import Fields, open_house, rows_of, stored

PERSON = {
    "FirstName": "Ada",
    "LastName": "Quill",
    "EmailAddress": "ada@example.com",
    "IncludeInEmails": True,
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[World]:
    async with open_house(tmp_path) as opened:
        yield opened


def put(house: World, contact_id: str, **fields: object) -> None:
    """Change a contact behind the server's back."""
    table = house.books.table("Contacts")
    table.put({**stored(house, "Contacts", contact_id), **fields})


async def save(house: World, *contacts: Fields, **more: object) -> Fields:
    return await house.good("save-contacts", {"contacts": list(contacts), **more})


async def test_one_contact_is_read_whole(house: World):
    contact_id = house.supplier()
    put(house, contact_id, ContactPersons=[PERSON], ContactNumber="ID-7")
    shown = (await house.good("get-contact", {"contact_id": contact_id}))["contact"]
    assert shown["people"] == [{"name": "Ada Quill", "email": "ada@example.com", "in_emails": True}]
    assert shown["addresses"]
    same = await house.good("get-contact", {"contact_number": "ID-7"})
    assert same["contact"]["contact_id"] == contact_id


async def test_britains_cis_settings_come_where_they_apply(house: World, tmp_path: Path):
    asked = {"contact_id": house.supplier(), "cis": True}
    assert "cis_subcontractor" not in (await house.good("get-contact", asked))["contact"]
    async with open_house(tmp_path / "uk", organisation="Demo Company (UK)") as british:
        books = next(
            one for one in british.demo.premises.companies.values() if one.name.endswith("(UK)")
        )
        contact = next(iter(books.table("Contacts")))["ContactID"]
        found = await british.good("get-contact", {"contact_id": contact, "cis": True})
        assert found["contact"]["cis_subcontractor"] is False


async def test_a_change_keeps_what_is_not_sent_and_its_people(house: World):
    contact_id = house.supplier()
    put(house, contact_id, ContactPersons=[PERSON])
    before = stored(house, "Contacts", contact_id)
    done = await save(house, {"contact_id": contact_id, "email": "n@example.com"})
    assert done["changed"] == "Contact saved: email."
    assert done["before"] == [["email", before["EmailAddress"]]]
    after = stored(house, "Contacts", contact_id)
    assert after["EmailAddress"] == "n@example.com"
    assert after["ContactPersons"] == [PERSON]
    changed = {"EmailAddress", "UpdatedDateUTC"}
    assert {k: v for k, v in after.items() if k not in changed} == {
        k: v for k, v in before.items() if k not in changed
    }


async def test_an_archived_contact_is_archived_and_no_more_is_changed(house: World):
    contact_id = house.supplier()
    done = await save(house, {"contact_id": contact_id}, action="archive")
    assert done["status"] == "archived"
    heard = await house.call(
        "save-contacts", {"contacts": [{"contact_id": contact_id, "name": "Other"}]}
    )
    assert code_of(heard) == "XERO_REJECTED"


@pytest.mark.parametrize(
    "wrong",
    [{}, {"email": "no"}, {"currency": "QQQ"}, {"contact_id": None}],
)
async def test_what_cannot_be_is_refused(house: World, wrong: Fields):
    entry = {"contact_id": house.supplier(), **wrong}
    heard = await house.call("save-contacts", {"contacts": [entry]})
    assert code_of(heard) == "INVALID_ARGUMENTS"


async def test_archiving_changes_nothing_else(house: World):
    entry = {"contact_id": house.supplier(), "name": "X"}
    for wrong in ([entry], [{"name": "X"}]):
        heard = await house.call("save-contacts", {"action": "archive", "contacts": wrong})
        assert code_of(heard) == "INVALID_ARGUMENTS"


async def test_bank_details_are_a_fact_that_xero_confirms(tmp_path: Path):
    async with open_house(tmp_path, more="never: [change-bank-details]\n") as house:
        contact_id = house.supplier()
        put(house, contact_id, BankAccountDetails="12-3456")
        other = {"contact_id": contact_id, "bank_account": "65-4321"}
        new = {"name": "New", "bank_account": "65-4321"}
        for wrong in ([other], [new], [{"name": "Newer"}, other]):
            heard = await house.call("save-contacts", {"contacts": wrong})
            assert code_of(heard) == "NOT_ALLOWED"
        same = {"contact_id": contact_id, "bank_account": "12-3456", "first_name": "Bo"}
        assert code_of(await house.call("save-contacts", {"contacts": [same]})) == "ok"
        phone = {"contact_id": contact_id, "phone": "555 0199"}
        assert code_of(await house.call("save-contacts", {"contacts": [phone]})) == "ok"
        shown = [record for record in await house.records() if "65-4321" in str(record)]
        assert not shown


async def test_many_contacts_are_made_each_with_its_own_result(house: World):
    taken = stored(house, "Contacts", house.supplier())
    put(house, taken["ContactID"], ContactNumber="TAKEN")
    entries = [{"name": "New One", "email": "a@example.com", "phone": "555"}, {"name": "New Two"}]
    made = await house.good("save-contacts", {"contacts": entries})
    assert [one["ok"] for one in made["results"]] == [True, True]
    contact = stored(house, "Contacts", made["results"][0]["id"])
    assert contact["EmailAddress"] == "a@example.com"
    clash = {"contacts": [{"name": taken["Name"], "contact_number": "X" * 51}]}
    assert code_of(await house.call("save-contacts", clash)) == "INVALID_ARGUMENTS"
    again = await house.good(
        "save-contacts", {"contacts": [{"name": "New One", "tax_number": "7"}]}
    )
    assert again["id"] == made["results"][0]["id"]


async def test_a_group_is_made_filled_emptied_and_deleted(house: World):
    contact_id = house.supplier()
    made = await house.good("save-contact-group", {"action": "create", "name": "VIP"})
    group = {"group_id": made["id"]}
    add = {**group, "action": "add", "contact_ids": [contact_id]}
    await house.good("save-contact-group", add)
    members = await house.good("list-contact-groups", group)
    assert [row["contact_id"] for row in rows_of(members)] == [contact_id]
    await house.good("save-contact-group", {**add, "action": "remove"})
    gone = await house.call("save-contact-group", {**add, "action": "remove", "request_id": "b"})
    assert code_of(gone) == "XERO_NOT_FOUND"
    await house.good("save-contact-group", {**add, "request_id": "again"})
    await house.good("save-contact-group", {**group, "action": "empty"})
    assert (await house.good("list-contact-groups", group))["rows"] == []
    await house.good("save-contact-group", {**group, "action": "rename", "name": "Old"})
    names = {row["name"] for row in rows_of(await house.good("list-contact-groups"))}
    assert "Old" in names
    await house.good("save-contact-group", {**group, "action": "delete"})
    names = {row["name"] for row in rows_of(await house.good("list-contact-groups"))}
    assert "Old" not in names


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "create"},
        {"action": "rename", "name": "X"},
        {"action": "add", "group_id": "11111111-1111-4111-8111-111111111111"},
        {
            "action": "remove",
            "group_id": "11111111-1111-4111-8111-111111111111",
            "contact_ids": ["11111111-1111-4111-8111-111111111111"] * 2,
        },
    ],
)
async def test_a_group_action_needs_what_it_takes(house: World, wrong: Fields):
    assert code_of(await house.call("save-contact-group", wrong)) == "INVALID_ARGUMENTS"


@pytest.mark.parametrize(
    ("email", "code"),
    [("new@elsewhere.example", "NOT_ALLOWED"), ("LARKFIELD@larkfield.example.com", "ok")],
)
async def test_a_policy_may_keep_a_contacts_address(house: World, email: str, code: str):
    path = house.folder / "home" / "policies" / "clerk.yaml"
    contact = house.supplier()
    house.change("Contacts", contact, EmailAddress="larkfield@larkfield.example.com")
    house.write_policy(
        path.read_text() + "rules:\n  - name: addresses stay\n"
        "    for: [save-contacts, create-contact]\n"
        "    deny_when: { email_would_change: true }\n"
    )
    entry = {"contact_id": contact, "email": email}
    assert code_of(await house.call("save-contacts", {"contacts": [entry]})) == code
    phone = {"contact_id": contact, "phone": "123"}
    assert code_of(await house.call("save-contacts", {"contacts": [phone]})) == "ok"
    fresh = {"name": "Quite new", "email": email}
    assert code_of(await house.call("create-contact", fresh)) == "ok"
    by_name = {"name": "Larkfield University", "email": email}
    assert code_of(await house.call("save-contacts", {"contacts": [by_name]})) == "NOT_ALLOWED"


async def test_a_part_of_an_address_leaves_the_others(house: World):
    contact = house.supplier()
    whole = {"line1": "1 High St", "city": "Larkfield", "postal_code": "10000"}
    await house.good("save-contacts", {"contacts": [{"contact_id": contact, "address": whole}]})
    moved = {"contact_id": contact, "address": {"line1": "2 High St"}, "phone": "555"}
    done = await house.good("save-contacts", {"contacts": [moved]})
    kept = next(
        one
        for one in stored(house, "Contacts", contact)["Addresses"]
        if one["AddressType"] == "POBOX"
    )
    assert (kept["AddressLine1"], kept["City"], kept["PostalCode"]) == (
        "2 High St",
        "Larkfield",
        "10000",
    )
    assert ["address", "1 High St, Larkfield, 10000"] in done["before"]
