"""Contacts: lists with their different depths, create, update and archive, CIS settings."""

from collections.abc import Sequence
from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.contact_balances import balances
from xero_mcp.demo_company.contact_book import (
    create_contact,
    find_contact,
    update_contact,
)
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    ElementRefusedError,
    Event,
    Json,
    NotFoundError,
    route,
)
from xero_mcp.demo_company.listing import Noun, list_documents, one_document
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_each, write_one

# What a list without paging leaves out; a page of a list and a single contact have it.
_ONLY_DEEP: Final = frozenset(
    {
        "Balances",
        "BatchPayments",
        "BrandingTheme",
        "Discount",
        "MergedToContactID",
        "PaymentTerms",
        "PurchasesDefaultAccountCode",
        "PurchasesDefaultLineAmountType",
        "PurchasesTrackingCategories",
        "SalesDefaultAccountCode",
        "SalesDefaultLineAmountType",
        "SalesTrackingCategories",
        "Website",
        "XeroNetworkKey",
    }
)
_NOT_IN_SUMMARY: Final = frozenset(
    {
        "Addresses",
        "Balances",
        "ContactGroups",
        "ContactPersons",
        "IsCustomer",
        "IsSupplier",
        "PurchasesDefaultAccountCode",
        "PurchasesTrackingCategories",
        "SalesDefaultAccountCode",
        "SalesTrackingCategories",
    }
)


def _deep(call: Call, contact: Json) -> Json:
    owed = balances(call.company, contact["ContactID"])
    shown = {**contact, "HasValidationErrors": False}
    return {**shown, "Balances": owed} if owed else shown


def _in_list(call: Call, contact: Json) -> Json:
    if call.flag("summaryonly"):
        return {k: v for k, v in contact.items() if k not in _NOT_IN_SUMMARY}
    if "page" in call.query or "pagesize" in call.query:
        return _deep(call, contact)
    shallow = {k: v for k, v in contact.items() if k not in _ONLY_DEEP}
    return {**shallow, "ContactPersons": [], "HasValidationErrors": False}


CONTACTS: Final = Noun(
    plural="Contacts",
    type_name="Contact",
    pages="asked",
    search=(
        "Name",
        "FirstName",
        "LastName",
        "ContactNumber",
        "CompanyNumber",
        "EmailAddress",
    ),
    in_list=_in_list,
    alone=_deep,
)
_WRITING: Final = Writing(plural="Contacts", key="ContactID", error_flag="HasValidationErrors")


@route("GET", "/Contacts")
def get_contacts(call: Call) -> Answer:
    return list_documents(call, CONTACTS, _chosen(call), always_pages=call.flag("summaryonly"))


@route("GET", "/Contacts/{ContactID}")
def get_contact(call: Call) -> Answer:
    return one_document(call, CONTACTS, call.path["ContactID"])


@route("GET", "/Contacts/{ContactNumber}")
def get_contact_by_number(call: Call) -> Answer:
    number = call.path["ContactNumber"].strip().lower()
    found = call.company.table("Contacts").find("number", number)
    if not found:
        raise NotFoundError
    return Answer(body={"Contacts": [_deep(call, found[0])]})


@route("PUT", "/Contacts")
def create_contacts(call: Call) -> Answer:
    return write_each(call, _WRITING, _create, call.elements("Contacts"))


@route("POST", "/Contacts")
def create_or_update_contacts(call: Call) -> Answer:
    return write_each(call, _WRITING, _create_or_update, call.elements("Contacts"))


@route("POST", "/Contacts/{ContactID}")
def update_one_contact(call: Call) -> Answer:
    contact_id = call.path["ContactID"]
    if contact_id not in call.company.table("Contacts"):
        raise NotFoundError
    element = single_element(call, "Contacts")
    return write_one(call, _WRITING, _create_or_update, {**element, "ContactID": contact_id})


@route("GET", "/Contacts/{ContactID}/CISSettings")
def get_contact_cis_settings(call: Call) -> Answer:
    """No contact of a demo company is a subcontractor; outside Britain nothing is found."""
    known = call.path["ContactID"] in call.company.table("Contacts")
    if not known or call.company.organisation["CountryCode"] != "GB":
        raise NotFoundError
    return Answer(body={"CISSettings": [{"CISEnabled": False}]})


ROUTES = (
    get_contacts,
    get_contact,
    get_contact_by_number,
    create_contacts,
    create_or_update_contacts,
    update_one_contact,
    get_contact_cis_settings,
)


def _chosen(call: Call) -> Sequence[Json] | None:
    """Leave out the archived unless they are asked for, and keep to the `IDs` if there are any."""
    table = call.company.table("Contacts")
    ids = {one.strip().lower() for one in call.query.get("ids", "").split(",") if one.strip()}
    everyone = call.flag("includearchived")
    if everyone and not ids:
        return None
    return [
        contact
        for contact in table.in_order()
        if (everyone or contact["ContactStatus"] == "ACTIVE")
        and (not ids or contact["ContactID"] in ids)
    ]


def _create(call: Call, element: Json) -> Saved:
    if sent.stripped(element, "ContactStatus").upper() == "ARCHIVED":
        raise ElementRefusedError("A contact can only be archived once it has been created.")
    contact = create_contact(call.company, element)
    return _saved(call, contact, "CREATE")


def _create_or_update(call: Call, element: Json) -> Saved:
    before = find_contact(call.company, element)
    if before is None:
        return _create(call, element)
    after = update_contact(call.company, before, element)
    status = sent.stripped(element, "ContactStatus").upper() or "ACTIVE"
    if status not in {"ACTIVE", "ARCHIVED"}:
        raise ElementRefusedError(f"The ContactStatus '{status[:50]}' is not valid.", echo=before)
    if status == "ARCHIVED":
        after = call.company.table("Contacts").put({**after, "ContactStatus": "ARCHIVED"})
    return _saved(call, after, "UPDATE")


def _saved(call: Call, contact: Json, kind: str) -> Saved:
    made = kind == "CREATE"
    words = ("Created", "Contact created") if made else ("Edited", "Contact edited")
    call.company.note(contact["ContactID"], *words, user=call.user)
    if made:
        call.company.made_by[contact["ContactID"]] = call.client_id
    shown: Json = {"SalesTrackingCategories": [], "PurchasesTrackingCategories": []}
    shown |= {k: v for k, v in contact.items() if k != "HasAttachments"}
    shown["HasValidationErrors"] = False
    event = Event("CONTACT", "Contacts", contact["ContactID"], "CREATE" if made else "UPDATE")
    return Saved(shown=shown, events=(event,))
