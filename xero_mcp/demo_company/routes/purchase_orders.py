"""Purchase orders."""

from typing import Any, Final, cast

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    ElementRefusedError,
    Json,
    NotFoundError,
    route,
)
from xero_mcp.demo_company.listing import Noun, list_documents, one_document
from xero_mcp.demo_company.order_writing import write_order
from xero_mcp.demo_company.parameters import query_day
from xero_mcp.demo_company.trade_views import full_contact, shown_lines, trade_with_lines
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_each, write_one


def _alone(call: Call, order: Json) -> Json:
    contact = full_contact(call.company, order["Contact"])
    return {**order, "Contact": contact, "LineItems": shown_lines(call, order, listed=False)}


PURCHASE_ORDERS: Final = Noun(
    plural="PurchaseOrders",
    type_name="PurchaseOrder",
    pages="asked",
    in_list=trade_with_lines,
    alone=_alone,
)
_WRITING: Final = Writing(plural="PurchaseOrders", key="PurchaseOrderID", error_flag="HasErrors")


@route("GET", "/PurchaseOrders")
def get_purchase_orders(call: Call) -> Answer:
    return list_documents(call, PURCHASE_ORDERS, _chosen(call))


@route("GET", "/PurchaseOrders/{PurchaseOrderID}")
def get_purchase_order(call: Call) -> Answer:
    return one_document(call, PURCHASE_ORDERS, call.path["PurchaseOrderID"])


@route("GET", "/PurchaseOrders/{PurchaseOrderNumber}")
def get_purchase_order_by_number(call: Call) -> Answer:
    number = call.path["PurchaseOrderNumber"].strip().lower()
    found = call.company.table("PurchaseOrders").find("number", number)
    if not found:
        raise NotFoundError
    return Answer(body={"PurchaseOrders": [_alone(call, found[0])]})


@route("PUT", "/PurchaseOrders")
def create_purchase_orders(call: Call) -> Answer:
    return write_each(call, _WRITING, _create, call.elements("PurchaseOrders"))


@route("POST", "/PurchaseOrders")
def create_or_update_purchase_orders(call: Call) -> Answer:
    return write_each(call, _WRITING, _create_or_update, call.elements("PurchaseOrders"))


@route("POST", "/PurchaseOrders/{PurchaseOrderID}")
def update_purchase_order(call: Call) -> Answer:
    order_id = call.path["PurchaseOrderID"]
    if order_id not in call.company.table("PurchaseOrders"):
        raise NotFoundError
    element = {**single_element(call, "PurchaseOrders"), "PurchaseOrderID": order_id}
    return write_one(call, _WRITING, _create_or_update, element)


ROUTES = (
    get_purchase_orders,
    get_purchase_order,
    get_purchase_order_by_number,
    create_purchase_orders,
    create_or_update_purchase_orders,
    update_purchase_order,
)


def _chosen(call: Call) -> list[Json] | None:
    status = call.query.get("status", "").strip().upper()
    low, high = query_day(call, "datefrom"), query_day(call, "dateto")
    if not status and low is None and high is None:
        return None
    return [
        order
        for order in call.company.table("PurchaseOrders").in_order()
        if status in {"", order["Status"]}
        and not (low and order["Date"] < low)
        and not (high and order["Date"] > high)
    ]


def _create(call: Call, element: Json) -> Saved:
    return _saved(call, element, None)


def _create_or_update(call: Call, element: Json) -> Saved:
    table = call.company.table("PurchaseOrders")
    order_id = sent.guid(element, "PurchaseOrderID")
    if order_id is not None:
        before = table.get(order_id)
        if before is None:
            raise ElementRefusedError("The PurchaseOrder could not be found")
        return _saved(call, element, before)
    number = sent.stripped(element, "PurchaseOrderNumber").lower()
    numbered = table.find("number", number) if number else []
    return _saved(call, element, numbered[0] if numbered else None)


def _saved(call: Call, element: Json, before: Json | None) -> Saved:
    try:
        written = write_order(call, element, before)
    except ElementRefusedError as problem:
        problem.echo = _with_whole_contact(call, problem.echo or element)
        raise
    order = written.order
    shown: Json = {**order, "Contact": _contact_of_an_answer(call, order)}
    shown["LineItems"] = shown_lines(call, order, listed=False)
    return Saved(shown=shown, events=written.events, warnings=written.warnings)


def _with_whole_contact(call: Call, echo: Json) -> Json:
    """A refusal shows all of the contact, where it is one that exists."""
    named: Any = echo.get("Contact")
    contact_id: Any = cast("Json", named).get("ContactID") if isinstance(named, dict) else None
    if not isinstance(contact_id, str) or contact_id not in call.company.table("Contacts"):
        return echo
    return {**echo, "Contact": full_contact(call.company, {"ContactID": contact_id})}


def _contact_of_an_answer(call: Call, order: Json) -> Json:
    """Of a good answer: no addresses, only the phones that are filled, and a strange clock.

    The contact's UpdatedDateUTC is the organisation's local time with UTC's label.
    """
    contact = full_contact(call.company, order["Contact"])
    local = contact["UpdatedDateUTC"].astimezone(call.company.zone)
    utc = contact["UpdatedDateUTC"].tzinfo
    phones = [phone for phone in contact["Phones"] if phone.get("PhoneNumber")]
    labelled = local.replace(tzinfo=utc)
    return {**contact, "Addresses": [], "Phones": phones, "UpdatedDateUTC": labelled}
