"""Contact groups, and who is in them. A contact shows its groups, so both are kept in step."""

from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.contact_book import ARCHIVED
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    Company,
    ElementRefusedError,
    Json,
    NotFoundError,
    ValidationRefusedError,
    route,
)
from xero_mcp.demo_company.listing import Noun, list_documents
from xero_mcp.demo_company.writing import (
    Saved,
    Writing,
    no_elements,
    single_element,
    write_one,
)

MAX_GROUPS: Final = 100
MAX_NAME: Final = 255


def _alone(call: Call, group: Json) -> Json:
    members = [
        _member(contact)
        for contact in call.company.table("Contacts")
        if group["ContactGroupID"] in _group_ids(contact)
    ]
    return {**group, "Contacts": members}


CONTACT_GROUPS: Final = Noun(
    plural="ContactGroups",
    type_name="ContactGroup",
    default_order="Name ASC",
    alone=_alone,
)
_WRITING: Final = Writing(
    plural="ContactGroups", key="ContactGroupID", error_flag="HasValidationErrors"
)


@route("GET", "/ContactGroups")
def get_contact_groups(call: Call) -> Answer:
    return list_documents(call, CONTACT_GROUPS, _active(call.company))


@route("GET", "/ContactGroups/{ContactGroupID}")
def get_contact_group(call: Call) -> Answer:
    return Answer(body={"ContactGroups": [_alone(call, _stored(call))]})


@route("PUT", "/ContactGroups")
def create_contact_group(call: Call) -> Answer:
    return write_one(call, _WRITING, _create, single_element(call, "ContactGroups"))


@route("POST", "/ContactGroups/{ContactGroupID}")
def update_contact_group(call: Call) -> Answer:
    _stored(call)
    return write_one(call, _WRITING, _update, single_element(call, "ContactGroups"))


@route("PUT", "/ContactGroups/{ContactGroupID}/Contacts")
def add_contacts(call: Call) -> Answer:
    group = _stored(call)
    contacts = [_named(call, element) for element in call.elements("Contacts")]
    if not contacts:
        raise no_elements()
    for contact in contacts:
        _set_groups(call.company, contact, _group_ids(contact) | {group["ContactGroupID"]})
    return Answer(body={"Contacts": [_member(contact) for contact in contacts]})


@route("DELETE", "/ContactGroups/{ContactGroupID}/Contacts")
def remove_every_contact(call: Call) -> Answer:
    group_id: str = _stored(call)["ContactGroupID"]
    for contact in list(call.company.table("Contacts")):
        if group_id in _group_ids(contact):
            _set_groups(call.company, contact, _group_ids(contact) - {group_id})
    return Answer(status=204)


@route("DELETE", "/ContactGroups/{ContactGroupID}/Contacts/{ContactID}")
def remove_contact(call: Call) -> Answer:
    group_id: str = _stored(call)["ContactGroupID"]
    contact = call.company.table("Contacts").get(call.path["ContactID"])
    if contact is None or group_id not in _group_ids(contact):
        raise NotFoundError
    _set_groups(call.company, contact, _group_ids(contact) - {group_id})
    return Answer(status=204)


ROUTES = (
    get_contact_groups,
    get_contact_group,
    create_contact_group,
    update_contact_group,
    add_contacts,
    remove_every_contact,
    remove_contact,
)


def _active(company: Company) -> list[Json]:
    return [row for row in company.table("ContactGroups") if row["Status"] == "ACTIVE"]


def _stored(call: Call) -> Json:
    group = call.company.table("ContactGroups").get(call.path["ContactGroupID"])
    if group is None or group["Status"] != "ACTIVE":
        raise NotFoundError
    return group


def _create(call: Call, element: Json) -> Saved:
    company = call.company
    if len(_active(company)) >= MAX_GROUPS:
        raise ElementRefusedError(f"You've reached the limit of {MAX_GROUPS} contact groups.")
    group: Json = {
        "ContactGroupID": company.new_id(),
        "Name": sent.stripped(element, "Name"),
        "Status": "ACTIVE",
        "Contacts": [],
        "HasValidationErrors": False,
    }
    _refuse_name(company, group)
    company.table("ContactGroups").put(group)
    for asked in sent.objects(element, "Contacts") or []:
        contact = _named(call, asked)
        _set_groups(company, contact, _group_ids(contact) | {group["ContactGroupID"]})
    return Saved(shown=_alone(call, group))


def _update(call: Call, element: Json) -> Saved:
    before = _stored(call)
    status = sent.stripped(element, "Status").upper() or "ACTIVE"
    if status not in {"ACTIVE", "DELETED"}:
        raise ElementRefusedError(f"The Status '{status[:50]}' is not valid.")
    name = sent.stripped(element, "Name") or before["Name"]
    group = {**before, "Name": name, "Status": status}
    _refuse_name(call.company, group)
    call.company.table("ContactGroups").put(group)
    if status == "DELETED":
        for contact in list(call.company.table("Contacts")):
            if group["ContactGroupID"] in _group_ids(contact):
                rest = _group_ids(contact) - {group["ContactGroupID"]}
                _set_groups(call.company, contact, rest)
    return Saved(shown=_alone(call, group))


def _refuse_name(company: Company, group: Json) -> None:
    name: str = group["Name"]
    if not name:
        raise ElementRefusedError("Please enter a Name.")
    if len(name) > MAX_NAME:
        raise ElementRefusedError(f"The Name must be {MAX_NAME} characters or less.")
    namesakes = company.table("ContactGroups").find("name", name.lower())
    if any(one["ContactGroupID"] != group["ContactGroupID"] for one in namesakes):
        raise ElementRefusedError("Please enter a unique Name.")


def _named(call: Call, element: Json) -> Json:
    contact_id = sent.guid(element, "ContactID")
    contact = call.company.table("Contacts").get(contact_id or "")
    if contact is None or contact["ContactStatus"] != "ACTIVE":
        message = ARCHIVED if contact else "The Contact could not be found"
        raise ValidationRefusedError([{**element, "ValidationErrors": [{"Message": message}]}])
    return contact


def _group_ids(contact: Json) -> set[str]:
    return {group["ContactGroupID"] for group in contact["ContactGroups"]}


def _set_groups(company: Company, contact: Json, group_ids: set[str]) -> None:
    """Groups are no change of the contact itself: its UpdatedDateUTC stays."""
    groups = company.table("ContactGroups")
    shown: list[Json] = [
        {
            "ContactGroupID": group_id,
            "Name": groups[group_id]["Name"],
            "Status": "ACTIVE",
            "Contacts": [],
            "HasValidationErrors": False,
        }
        for group_id in sorted(group_ids)
    ]
    fresh = company.table("Contacts")[contact["ContactID"]]
    company.table("Contacts").put({**fresh, "ContactGroups": shown})


def _member(contact: Json) -> Json:
    return {
        "ContactID": contact["ContactID"],
        "Name": contact["Name"],
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }
