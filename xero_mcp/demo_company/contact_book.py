"""Finding a contact by what a document or a write says of it, making one, changing one."""

from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.contact_reference import rename_on_documents
from xero_mcp.demo_company.contact_rules import (
    blank_addresses,
    blank_phones,
    merged,
    problems_of,
    read_contact,
)
from xero_mcp.demo_company.kernel import ZERO_ID, Company, ElementRefusedError, Event, Json

NEEDS_A_NAME: Final = (
    "The Contact must contain at least 1 of the following elements to identify the contact: "
    "Name, ContactID, ContactNumber"
)
ARCHIVED: Final = (
    "The specified contact details matched an archived contact. Archived contacts cannot "
    "currently be edited via the API."
)
ARCHIVED_FOR_DOCUMENT: Final = (
    "The contact with the specified contact details has been archived. The contact must be "
    "un-archived before creating new invoices or credit notes."
)
NUMBER_TAKEN: Final = (
    "Another contact has this contact number. Please enter a different contact number."
)
_NO_SUCH_CONTACT: Final = "The contact with the specified ContactID could not be found"
_IDENTIFIES: Final = frozenset({"ContactID", "ContactNumber", "Name"})
# What an answer shows of a contact and a client sends back without wanting to change anything.
_READ_ONLY: Final = frozenset(
    {
        "Balances",
        "ContactGroups",
        "ContactStatus",
        "HasAttachments",
        "HasValidationErrors",
        "IsCustomer",
        "IsSupplier",
        "UpdatedDateUTC",
        "ValidationErrors",
        "Website",
        "Discount",
    }
)


def find_contact(company: Company, element: Json) -> Json | None:
    """Find the contact meant by ContactID, else ContactNumber, else Name (active ones first).

    Raises:
        ElementRefusedError: a ContactID that no contact has.
    """
    contact_id = sent.guid(element, "ContactID")
    if contact_id is not None:
        contact = company.table("Contacts").get(contact_id)
        if contact is None:
            raise ElementRefusedError(_NO_SUCH_CONTACT)
        return contact
    number = sent.stripped(element, "ContactNumber")
    if number:
        by_number = company.table("Contacts").find("number", number.lower())
        if by_number:
            return by_number[0]
    name = sent.stripped(element, "Name")
    return _by_name(company, name) if name else None


def contact_for_document(company: Company, element: Json) -> tuple[Json, tuple[Event, ...]]:
    """Find or make the contact of a document, and change it where more than its id was sent.

    As in Xero, fields beyond those that identify the contact are written to it, and contact
    persons that are not among them are dropped.

    Raises:
        ElementRefusedError: nobody can be meant, or the contact is archived.
    """
    if not any(element.get(name) for name in _IDENTIFIES):
        raise ElementRefusedError(NEEDS_A_NAME)
    contact = find_contact(company, element)
    if contact is None:
        contact = create_contact(company, element)
        return contact, (_event(contact, "CREATE"),)
    if contact["ContactStatus"] != "ACTIVE":
        raise ElementRefusedError(ARCHIVED_FOR_DOCUMENT)
    if not _changes(contact, element):
        return contact, ()
    contact = update_contact(company, contact, {"ContactPersons": [], **element})
    return contact, (_event(contact, "UPDATE"),)


def create_contact(company: Company, element: Json) -> Json:
    """Store a new contact.

    Raises:
        ElementRefusedError: it has no name, or another has its name or number.
    """
    contact: Json = {
        "ContactID": company.new_id(),
        "ContactStatus": "ACTIVE",
        "Name": "",
        "EmailAddress": "",
        "BankAccountDetails": "",
        "Addresses": blank_addresses(),
        "Phones": blank_phones(),
        "ContactGroups": [],
        "IsSupplier": False,
        "IsCustomer": False,
        "ContactPersons": [],
        "HasAttachments": False,
    }
    return _store(company, merged(contact, read_contact(element)), echo={"ContactID": ZERO_ID})


def update_contact(company: Company, before: Json, element: Json) -> Json:
    """Store the contact with what was sent laid over it.

    Raises:
        ElementRefusedError: it is archived, or another has its new name or number.
    """
    if before["ContactStatus"] != "ACTIVE":
        raise ElementRefusedError(ARCHIVED)
    return _store(company, merged(before, read_contact(element)), echo=before)


def mark_traded(company: Company, contact_id: str, *, customer: bool) -> None:
    """Make the contact a customer or a supplier, as its first invoice or bill does.

    Xero does not count this as an update, so If-Modified-Since does not see it.
    """
    contact = company.table("Contacts")[contact_id]
    flag = "IsCustomer" if customer else "IsSupplier"
    if not contact[flag]:
        company.table("Contacts").put({**contact, flag: True})


def _store(company: Company, contact: Json, *, echo: Json) -> Json:
    problems = [*_identity_problems(company, contact), *problems_of(company, contact)]
    if problems:
        raise ElementRefusedError(*problems, echo={**contact, "ContactID": echo["ContactID"]})
    stored = company.table("Contacts").put({**contact, "UpdatedDateUTC": company.now()})
    rename_on_documents(company, stored)
    return stored


def _identity_problems(company: Company, contact: Json) -> list[str]:
    contact_id, name = contact["ContactID"], contact["Name"]
    if not name:
        return [NEEDS_A_NAME]
    problems: list[str] = []
    namesake = _by_name(company, name)
    if namesake and namesake["ContactID"] != contact_id and namesake["ContactStatus"] == "ACTIVE":
        problems.append(
            f"The contact name {name} is already assigned to another contact. The contact name "
            "must be unique across all active contacts."
        )
    number: str = contact.get("ContactNumber") or ""
    holders = company.table("Contacts").find("number", number.lower()) if number else []
    if any(holder["ContactID"] != contact_id for holder in holders):
        problems.append(NUMBER_TAKEN)
    return problems


def _by_name(company: Company, name: str) -> Json | None:
    namesakes = company.table("Contacts").find("name", name.strip().lower())
    active = [one for one in namesakes if one["ContactStatus"] == "ACTIVE"]
    return next(iter(active or namesakes), None)


def _changes(contact: Json, element: Json) -> bool:
    if element.keys() <= _READ_ONLY | {"ContactID"}:
        return False
    read = read_contact({k: v for k, v in element.items() if k not in _READ_ONLY})
    return merged(contact, read) != contact


def _event(contact: Json, kind: str) -> Event:
    return Event(
        "CONTACT",
        "Contacts",
        contact["ContactID"],
        "CREATE" if kind == "CREATE" else "UPDATE",
    )
