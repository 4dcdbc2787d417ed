"""Contacts: uniqueness, archiving, what a list shows, what an update keeps."""

import json
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from tests.demo_company.answers import Element, refusals
from tests.demo_company.box import Box, open_box


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with open_box() as opened:
        await opened.sign_in()
        yield opened


async def put(box: Box, *contacts: Element) -> list[Element]:
    answer = await box.write("PUT", "/Contacts", {"Contacts": list(contacts)})
    assert answer.status_code == 200, answer.text
    return answer.json()["Contacts"]


async def test_a_name_is_unique_whatever_its_case(box: Box):
    await put(box, {"Name": "Ann & Sons"})
    answer = await box.write("PUT", "/Contacts", {"Name": " ANN & sons "})
    [element] = answer.json()["Elements"]
    assert element["ContactID"] == "00000000-0000-0000-0000-000000000000"
    assert element["ValidationErrors"] == [
        {
            "Message": "The contact name ANN & sons is already assigned to another contact. "
            "The contact name must be unique across all active contacts."
        }
    ]


async def test_the_name_of_an_archived_contact_is_free_again(box: Box):
    [old] = await put(box, {"Name": "Ann"})
    change = {"ContactID": old["ContactID"], "ContactStatus": "ARCHIVED"}
    assert (await box.write("POST", "/Contacts", change)).status_code == 200
    [new] = await put(box, {"Name": "Ann"})
    assert new["ContactID"] != old["ContactID"]


async def test_an_archived_contact_cannot_be_edited(box: Box):
    [ann] = await put(box, {"Name": "Ann"})
    named = {"ContactID": ann["ContactID"]}
    await box.write("POST", "/Contacts", {**named, "ContactStatus": "ARCHIVED"})
    answer = await box.write("POST", "/Contacts?summarizeErrors=false", {**named, "FirstName": "A"})
    [element] = answer.json()["Contacts"]
    assert (answer.status_code, element["StatusAttributeString"]) == (200, "ERROR")
    assert element["ValidationErrors"] == [
        {
            "Message": "The specified contact details matched an archived contact. "
            "Archived contacts cannot currently be edited via the API."
        }
    ]


async def test_a_post_finds_the_contact_by_its_name(box: Box):
    [ann] = await put(box, {"Name": "Ann", "FirstName": "Ann"})
    answer = await box.write("POST", "/Contacts", {"Name": "ann", "LastName": "Lee"})
    [after] = answer.json()["Contacts"]
    assert after["ContactID"] == ann["ContactID"]
    assert (after["FirstName"], after["LastName"]) == ("Ann", "Lee")


async def test_all_that_is_wrong_is_said_at_once(box: Box):
    messages = await refusals(
        box,
        "PUT",
        "/Contacts",
        {"Name": "A" * 256, "EmailAddress": "nobody", "ContactNumber": "1" * 51},
    )
    assert len(messages) == 3
    assert "Email address must be valid" in messages


async def test_a_contact_number_belongs_to_one_contact(box: Box):
    await put(box, {"Name": "Ann", "ContactNumber": "C1"})
    assert await refusals(box, "PUT", "/Contacts", {"Name": "Bo", "ContactNumber": "c1"}) == [
        "Another contact has this contact number. Please enter a different contact number."
    ]
    found = await box.get("/Contacts/C1")
    assert found.json()["Contacts"][0]["Name"] == "Ann"


async def test_a_contact_needs_something_to_know_it_by(box: Box):
    [message] = await refusals(box, "POST", "/Contacts", {"FirstName": "Ann"})
    assert message.startswith("The Contact must contain at least 1 of the following elements")


async def test_one_bad_element_keeps_all_of_the_call_out(box: Box):
    body = {"Contacts": [{"Name": "Good"}, {"Name": ""}]}
    assert (await box.write("PUT", "/Contacts", body)).status_code == 400
    assert (await box.get("/Contacts")).json()["Contacts"] == []
    answer = await box.write("PUT", "/Contacts?summarizeErrors=false", body)
    assert answer.status_code == 200
    assert [c["StatusAttributeString"] for c in answer.json()["Contacts"]] == ["OK", "ERROR"]
    assert len((await box.get("/Contacts")).json()["Contacts"]) == 1


async def test_addresses_and_phones_are_kept_by_their_type(box: Box):
    street = {"AddressType": "STREET", "City": "Eastmere"}
    [ann] = await put(box, {"Name": "Ann", "Addresses": [street]})
    assert [a["AddressType"] for a in ann["Addresses"]] == ["STREET", "POBOX"]
    phone = {"PhoneType": "MOBILE", "PhoneNumber": "1"}
    answer = await box.write("POST", f"/Contacts/{ann['ContactID']}", {"Phones": [phone]})
    [after] = answer.json()["Contacts"]
    assert after["Addresses"][0]["City"] == "Eastmere"
    assert [p["PhoneNumber"] for p in after["Phones"]] == ["", "", "", "1"]
    office = {"PhoneType": "OFFICE", "PhoneNumber": "2"}
    answer = await box.write("POST", f"/Contacts/{ann['ContactID']}", {"Phones": [office]})
    numbers = [p["PhoneNumber"] for p in answer.json()["Contacts"][0]["Phones"]]
    assert numbers == ["", "", "", "1", "2"]


async def test_nobody_can_be_made_a_customer_by_hand(box: Box):
    [ann] = await put(box, {"Name": "Ann", "IsCustomer": True})
    assert ann["IsCustomer"] is False


async def test_an_invoice_makes_a_customer_and_a_balance(box: Box):
    [ann] = await put(box, {"Name": "Ann"})
    invoice = {
        "Type": "ACCREC",
        "Contact": {"ContactID": ann["ContactID"]},
        "Status": "AUTHORISED",
        "Date": "2026-08-01",
        "DueDate": "2026-08-15",
        "LineItems": [{"Description": "Work", "UnitAmount": 100, "AccountCode": "270"}],
    }
    assert (await box.write("PUT", "/Invoices", invoice)).status_code == 200
    answer = await box.get(f"/Contacts/{ann['ContactID']}")
    [after] = json.loads(answer.text, parse_float=Decimal)["Contacts"]
    assert (after["IsCustomer"], after["IsSupplier"]) == (True, False)
    assert after["Balances"] == {
        "AccountsReceivable": {"Outstanding": Decimal("100.00"), "Overdue": Decimal("100.00")},
        "AccountsPayable": {"Outstanding": Decimal("0.00"), "Overdue": Decimal("0.00")},
    }
    assert after["UpdatedDateUTC"] == ann["UpdatedDateUTC"]


async def test_a_list_without_pages_is_shallow_and_a_page_is_deep(box: Box):
    terms = {"Sales": {"Day": 10, "Type": "DAYSAFTERBILLDATE"}}
    person = {"FirstName": "Al", "EmailAddress": "al@example.com"}
    await put(box, {"Name": "Ann", "PaymentTerms": terms, "ContactPersons": [person]})
    [shallow] = (await box.get("/Contacts")).json()["Contacts"]
    assert "PaymentTerms" not in shallow
    assert shallow["ContactPersons"] == []
    page = (await box.get("/Contacts?page=1")).json()
    assert page["pagination"]["itemCount"] == 1
    assert page["Contacts"][0]["PaymentTerms"] == terms
    assert page["Contacts"][0]["ContactPersons"][0]["FirstName"] == "Al"


async def test_a_summary_drops_what_is_heavy_and_has_pages(box: Box):
    await put(box, {"Name": "Ann"})
    answer = (await box.get("/Contacts?summaryOnly=true")).json()
    assert answer["pagination"]["pageSize"] == 100
    gone = {"Addresses", "Balances", "ContactGroups", "ContactPersons", "IsCustomer", "IsSupplier"}
    assert not gone & answer["Contacts"][0].keys()


async def test_archived_contacts_are_listed_only_when_they_are_asked_for(box: Box):
    [ann, bo] = await put(box, {"Name": "Ann"}, {"Name": "Bo"})
    change = {"ContactID": ann["ContactID"], "ContactStatus": "ARCHIVED"}
    await box.write("POST", "/Contacts", change)

    async def names(query: str) -> set[str]:
        return {c["Name"] for c in (await box.get(f"/Contacts{query}")).json()["Contacts"]}

    assert await names("") == {"Bo"}
    assert await names("?includeArchived=true") == {"Ann", "Bo"}
    both = f"{ann['ContactID']},{bo['ContactID']}"
    assert await names(f"?IDs={both}") == {"Bo"}
    assert await names(f"?IDs={ann['ContactID']}&includeArchived=true") == {"Ann"}
    assert (await box.get(f"/Contacts/{ann['ContactID']}")).status_code == 200


async def test_a_document_with_an_archived_contact_is_refused(box: Box):
    [ann] = await put(box, {"Name": "Ann"})
    named = {"ContactID": ann["ContactID"]}
    await box.write("POST", "/Contacts", {**named, "ContactStatus": "ARCHIVED"})
    line = {"Description": "Work", "UnitAmount": 1, "AccountCode": "200"}
    body = {"Type": "ACCREC", "Contact": named, "LineItems": [line]}
    [message] = await refusals(box, "PUT", "/Invoices", body)
    assert message.startswith("The contact with the specified contact details has been archived.")


async def test_a_document_changes_the_contact_whose_fields_it_sends(box: Box):
    person = {"FirstName": "Al"}
    [ann] = await put(box, {"Name": "Ann", "ContactPersons": [person]})
    line = {"Description": "Work", "UnitAmount": 1, "AccountCode": "200"}

    async def sell_to(contact: Element) -> Element:
        body = {"Type": "ACCREC", "Contact": contact, "LineItems": [line]}
        assert (await box.write("PUT", "/Invoices", body)).status_code == 200
        return (await box.get(f"/Contacts/{ann['ContactID']}")).json()["Contacts"][0]

    only_id = await sell_to({"ContactID": ann["ContactID"]})
    assert len(only_id["ContactPersons"]) == 1
    more = await sell_to({"ContactID": ann["ContactID"], "FirstName": "Anna"})
    assert (more["FirstName"], more["ContactPersons"]) == ("Anna", [])


async def test_the_construction_scheme_is_british(box: Box):
    [ann] = await put(box, {"Name": "Ann"})
    answer = await box.get(f"/Contacts/{ann['ContactID']}/CISSettings")
    assert answer.status_code == 404


async def test_groups_show_on_their_contacts_and_the_other_way_round(box: Box):
    [ann] = await put(box, {"Name": "Ann"})
    named = {"ContactID": ann["ContactID"]}
    made = await box.write("PUT", "/ContactGroups", {"Name": "VIP", "Contacts": [named]})
    [group] = made.json()["ContactGroups"]
    assert [c["Name"] for c in group["Contacts"]] == ["Ann"]
    single = (await box.get(f"/Contacts/{ann['ContactID']}")).json()["Contacts"][0]
    assert [g["Name"] for g in single["ContactGroups"]] == ["VIP"]
    path = f"/ContactGroups/{group['ContactGroupID']}"
    assert (await box.write("DELETE", f"{path}/Contacts/{ann['ContactID']}", {})).status_code == 204
    assert (await box.get(path)).json()["ContactGroups"][0]["Contacts"] == []
    await box.write("POST", path, {"Status": "DELETED"})
    assert (await box.get("/ContactGroups")).json()["ContactGroups"] == []


async def test_a_group_name_is_unique_and_a_hundred_is_the_limit(box: Box):
    for number in range(100):
        await box.write("PUT", "/ContactGroups", {"Name": f"Group {number}"})
    [message] = await refusals(box, "PUT", "/ContactGroups", {"Name": "One more"})
    assert message == "You've reached the limit of 100 contact groups."
    groups = (await box.get("/ContactGroups")).json()["ContactGroups"]
    path = f"/ContactGroups/{groups[0]['ContactGroupID']}"
    assert await refusals(box, "POST", path, {"Name": "group 7"}) == ["Please enter a unique Name."]
