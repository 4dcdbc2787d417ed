"""Items of the price list."""

from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.item_rules import is_tracked, item_problems, read_item, stock_problems
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    ElementRefusedError,
    Json,
    NotFoundError,
    ValidationRefusedError,
    route,
)
from xero_mcp.demo_company.listing import Noun, list_documents
from xero_mcp.demo_company.rounding import ZERO, places
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_each, write_one

MAX_ELEMENTS: Final = 500


def _shown(call: Call, item: Json) -> Json:
    shown = dict(item)
    for name in ("SalesDetails", "PurchaseDetails"):
        if "UnitPrice" in item[name]:
            price = places(item[name]["UnitPrice"], call.unit_decimals)
            shown[name] = {**item[name], "UnitPrice": price}
    return shown


ITEMS: Final = Noun(
    plural="Items", type_name="Item", default_order="Code ASC", in_list=_shown, alone=_shown
)
_WRITING: Final = Writing(plural="Items", key="ItemID", error_flag=None, max_elements=MAX_ELEMENTS)


@route("GET", "/Items")
def get_items(call: Call) -> Answer:
    return list_documents(call, ITEMS)


@route("GET", "/Items/{ItemID}")
def get_item(call: Call) -> Answer:
    return Answer(body={"Items": [_shown(call, _stored(call))]})


@route("PUT", "/Items")
def create_items(call: Call) -> Answer:
    return write_each(call, _WRITING, _create, call.elements("Items"))


@route("POST", "/Items")
def create_or_update_items(call: Call) -> Answer:
    return write_each(call, _WRITING, _create_or_update, call.elements("Items"))


@route("POST", "/Items/{ItemID}")
def update_item(call: Call) -> Answer:
    item_id = _stored(call)["ItemID"]
    element = {**single_element(call, "Items"), "ItemID": item_id}
    return write_one(call, _WRITING, _create_or_update, element)


@route("DELETE", "/Items/{ItemID}")
def delete_item(call: Call) -> Answer:
    item = _stored(call)
    if item.get("QuantityOnHand") or item.get("TotalCostPool"):
        problem = {"Message": "Tracked items that are on hand cannot be deleted"}
        raise ValidationRefusedError([{**_shown(call, item), "ValidationErrors": [problem]}])
    call.company.table("Items").remove(item["ItemID"])
    return Answer(status=204)


ROUTES = (get_items, get_item, create_items, create_or_update_items, update_item, delete_item)


def _stored(call: Call) -> Json:
    """Find the item by its id or, as Xero does, by its code."""
    named = call.path["ItemID"]
    item = call.company.table("Items").get(named)
    if item is None:
        coded = call.company.table("Items").find("code", named.strip().lower())
        if not coded:
            raise NotFoundError
        item = coded[0]
    return item


def _create(call: Call, element: Json) -> Saved:
    item: Json = {
        "ItemID": call.company.new_id(),
        "Code": "",
        "IsTrackedAsInventory": False,
        "IsSold": True,
        "IsPurchased": True,
        "SalesDetails": {},
        "PurchaseDetails": {},
    }
    return _save(call, {**item, **read_item(element)})


def _create_or_update(call: Call, element: Json) -> Saved:
    table = call.company.table("Items")
    item_id = sent.guid(element, "ItemID")
    if item_id is not None:
        before = table.get(item_id)
        if before is None:
            raise ElementRefusedError("The Item could not be found")
    else:
        code = sent.stripped(element, "Code").lower()
        coded = table.find("code", code) if code else []
        before = coded[0] if coded else None
    if before is None:
        return _create(call, element)
    read = read_item(element)
    for name in ("SalesDetails", "PurchaseDetails"):
        read[name] = {**before[name], **read.get(name, {})}
    return _save(call, {**before, **read})


def _save(call: Call, item: Json) -> Saved:
    company = call.company
    problems = list(item_problems(company, item))
    problems += stock_problems(company.table("Items").get(item["ItemID"]), item)
    if problems:
        raise ElementRefusedError(*problems)
    tracked = is_tracked(item)
    item = {**item, "IsTrackedAsInventory": tracked, "UpdatedDateUTC": company.now()}
    if tracked:
        item = {"TotalCostPool": ZERO, "QuantityOnHand": ZERO, **item}
    known = item["ItemID"] in company.table("Items")
    words = "Edited" if known else "Created"
    company.note(item["ItemID"], words, f"Item {item['Code']}", call.user)
    company.table("Items").put(item)
    # Only in answers to writes does Xero write this moment without an offset.
    updated = item["UpdatedDateUTC"].replace(tzinfo=None)
    return Saved(shown={**_shown(call, item), "UpdatedDateUTC": updated})
