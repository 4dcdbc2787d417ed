"""Tracking categories and their options, which live inside them."""

from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    Company,
    ElementRefusedError,
    Json,
    NotFoundError,
    route,
)
from xero_mcp.demo_company.listing import Noun, list_documents, one_document
from xero_mcp.demo_company.tracking_rules import (
    MAX_ACTIVE_CATEGORIES,
    MAX_OPTIONS,
    category_in_use,
    new_option,
    refuse_name,
    with_status,
)
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_one

TRACKING_CATEGORIES: Final = Noun(
    plural="TrackingCategories", type_name="TrackingCategory", default_order="Name ASC"
)
_CATEGORIES: Final = Writing(
    plural="TrackingCategories", key="TrackingCategoryID", error_flag=None, max_elements=1
)
_OPTIONS: Final = Writing(plural="Options", key="TrackingOptionID", error_flag=None)


@route("GET", "/TrackingCategories")
def get_tracking_categories(call: Call) -> Answer:
    archived_too = call.flag("includearchived")
    rows = [
        row
        for row in call.company.table("TrackingCategories")
        if row["Status"] == "ACTIVE" or (archived_too and row["Status"] == "ARCHIVED")
    ]
    return list_documents(call, TRACKING_CATEGORIES, rows)


@route("GET", "/TrackingCategories/{TrackingCategoryID}")
def get_tracking_category(call: Call) -> Answer:
    return one_document(call, TRACKING_CATEGORIES, call.path["TrackingCategoryID"])


@route("PUT", "/TrackingCategories")
def create_tracking_category(call: Call) -> Answer:
    return write_one(call, _CATEGORIES, _create, single_element(call, "TrackingCategories"))


@route("POST", "/TrackingCategories/{TrackingCategoryID}")
def update_tracking_category(call: Call) -> Answer:
    _stored(call)
    return write_one(call, _CATEGORIES, _update, single_element(call, "TrackingCategories"))


@route("DELETE", "/TrackingCategories/{TrackingCategoryID}")
def delete_tracking_category(call: Call) -> Answer:
    category = _stored(call)
    element = {"TrackingCategoryID": category["TrackingCategoryID"]}
    return write_one(call, _CATEGORIES, _delete, element)


@route("PUT", "/TrackingCategories/{TrackingCategoryID}/Options")
def create_options(call: Call) -> Answer:
    _stored(call)
    return write_one(call, _OPTIONS, _create_option, single_element(call, "Options"))


@route("POST", "/TrackingCategories/{TrackingCategoryID}/Options/{TrackingOptionID}")
def update_option(call: Call) -> Answer:
    _stored_option(call)
    return write_one(call, _OPTIONS, _update_option, single_element(call, "Options"))


@route("DELETE", "/TrackingCategories/{TrackingCategoryID}/Options/{TrackingOptionID}")
def delete_option(call: Call) -> Answer:
    option = _stored_option(call)
    return write_one(call, _OPTIONS, _delete_option, {"Name": option["Name"]})


ROUTES = (
    get_tracking_categories,
    get_tracking_category,
    create_tracking_category,
    update_tracking_category,
    delete_tracking_category,
    create_options,
    update_option,
    delete_option,
)


def _stored(call: Call) -> Json:
    category = call.company.table("TrackingCategories").get(call.path["TrackingCategoryID"])
    if category is None:
        raise NotFoundError
    return category


def _stored_option(call: Call) -> Json:
    option_id = call.path["TrackingOptionID"]
    for option in _stored(call)["Options"]:
        if option["TrackingOptionID"] == option_id:
            return option
    raise NotFoundError


def _active(company: Company) -> list[Json]:
    return [row for row in company.table("TrackingCategories") if row["Status"] == "ACTIVE"]


def _create(call: Call, element: Json) -> Saved:
    active = _active(call.company)
    name = sent.stripped(element, "Name")
    if len(active) >= MAX_ACTIVE_CATEGORIES:
        raise ElementRefusedError("You can only have 2 active Tracking Categories.")
    refuse_name(name, [row["Name"] for row in active])
    options: list[Json] = []
    for asked in sent.objects(element, "Options") or []:
        option_name = sent.stripped(asked, "Name")
        refuse_name(option_name, [option["Name"] for option in options])
        options.append(new_option(call.company, option_name))
    category: Json = {
        "TrackingCategoryID": call.company.new_id(),
        "Name": name,
        "Status": "ACTIVE",
        "Options": options,
    }
    return Saved(shown=call.company.table("TrackingCategories").put(category))


def _update(call: Call, element: Json) -> Saved:
    before = _stored(call)
    others = [
        row["Name"]
        for row in _active(call.company)
        if row["TrackingCategoryID"] != before["TrackingCategoryID"]
    ]
    status = sent.stripped(element, "Status").upper() or before["Status"]
    if status not in {"ACTIVE", "ARCHIVED"}:
        raise ElementRefusedError(f"The Status '{status[:50]}' is not valid.")
    if status == "ACTIVE" != before["Status"] and len(others) >= MAX_ACTIVE_CATEGORIES:
        raise ElementRefusedError("You can only have 2 active Tracking Categories.")
    name = sent.stripped(element, "Name") or before["Name"]
    refuse_name(name, others)
    category = {**before, "Name": name, "Status": status}
    return Saved(shown=call.company.table("TrackingCategories").put(category))


def _delete(call: Call, _element: Json) -> Saved:
    """Delete it; a category that documents carry can only be archived, and is."""
    before = _stored(call)
    used = category_in_use(call.company, before["TrackingCategoryID"])
    category = {**before, "Status": "ARCHIVED" if used else "DELETED"}
    return Saved(shown=call.company.table("TrackingCategories").put(category))


def _create_option(call: Call, element: Json) -> Saved:
    category = _stored(call)
    if len(category["Options"]) >= MAX_OPTIONS:
        raise ElementRefusedError(f"A tracking category can have at most {MAX_OPTIONS} options.")
    name = sent.stripped(element, "Name")
    refuse_name(name, _option_names(category))
    option = new_option(call.company, name)
    call.company.table("TrackingCategories").put(
        {**category, "Options": [*category["Options"], option]}
    )
    return Saved(shown=option)


def _update_option(call: Call, element: Json) -> Saved:
    before = _stored_option(call)
    name = sent.stripped(element, "Name") or before["Name"]
    status = sent.stripped(element, "Status").upper() or before["Status"]
    if status not in {"ACTIVE", "ARCHIVED"}:
        raise ElementRefusedError(f"The Status '{status[:50]}' is not valid.")
    if name != before["Name"]:
        refuse_name(name, _option_names(_stored(call)))
    return _put_option(call, with_status({**before, "Name": name}, status))


def _delete_option(call: Call, _element: Json) -> Saved:
    before = _stored_option(call)
    used = category_in_use(
        call.company, call.path["TrackingCategoryID"], before["TrackingOptionID"]
    )
    return _put_option(call, with_status(before, "ARCHIVED" if used else "DELETED"))


def _put_option(call: Call, option: Json) -> Saved:
    category = _stored(call)
    options = [
        option if one["TrackingOptionID"] == option["TrackingOptionID"] else one
        for one in category["Options"]
        if one["TrackingOptionID"] != option["TrackingOptionID"] or option["Status"] != "DELETED"
    ]
    call.company.table("TrackingCategories").put({**category, "Options": options})
    return Saved(shown=option)


def _option_names(category: Json) -> list[str]:
    return [one["Name"] for one in category["Options"] if one["Status"] == "ACTIVE"]
