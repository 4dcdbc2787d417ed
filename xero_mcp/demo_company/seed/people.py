"""Entering the contacts of an organisation, and putting some of them into groups."""

from datetime import date
from typing import Final

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.seed.clerk import Clerk
from xero_mcp.demo_company.seed.contacts import SeedContact, contacts

_ARCHIVED_NAME: Final = "Vellum & Quire (closed)"


def enter_contacts(clerk: Clerk, country: str, day: date) -> dict[str, tuple[SeedContact, str]]:
    """Create them all on this day; return each with its id under its short name."""
    clerk.on(day)
    people = contacts(country)
    made = clerk.put_all("Contacts", [_element(one, place) for place, one in enumerate(people)])
    entered = {
        one.key: (one, contact["ContactID"]) for one, contact in zip(people, made, strict=True)
    }
    closed = clerk.put("Contacts", {"Name": _ARCHIVED_NAME, "ContactNumber": "OLD-1"})
    clerk.post("Contacts", {"ContactID": closed["ContactID"], "ContactStatus": "ARCHIVED"})
    return entered


def _element(contact: SeedContact, place: int) -> Json:
    element: Json = {
        "Name": contact.name,
        "FirstName": contact.first_name,
        "LastName": contact.last_name,
        "EmailAddress": contact.email,
        "AccountNumber": f"{contact.role[:4].upper()}-{place + 1:03d}",
        "Addresses": [
            {
                "AddressType": "STREET",
                "AddressLine1": f"{place * 7 + 3} Mill Lane",
                "City": contact.city,
                "PostalCode": f"{10_000 + place * 137}",
                "Country": contact.country,
            }
        ],
        "Phones": [
            {
                "PhoneType": "DEFAULT",
                "PhoneNumber": f"555 01{place:02d}",
                "PhoneAreaCode": "",
                "PhoneCountryCode": "",
            }
        ],
    }
    if contact.role == "supplier":
        element["BankAccountDetails"] = f"00-0101-{place:07d}-00"
        element["ContactNumber"] = f"S-{place + 1:03d}"
    if contact.currency:
        element["DefaultCurrency"] = contact.currency
    return element
