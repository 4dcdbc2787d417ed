"""Writing a purchase order: from what was sent to what is stored. It never reaches the ledger."""

from dataclasses import dataclass
from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.contact_book import contact_for_document
from xero_mcp.demo_company.kernel import ZERO_ID, Call, ElementRefusedError, Event, Json
from xero_mcp.demo_company.lines import LineRules
from xero_mcp.demo_company.order_rules import (
    ORDER_FIRST,
    ORDER_NEXT,
    ORDER_TEXTS,
    asked_status,
)
from xero_mcp.demo_company.trade_read import (
    Draft,
    put_days,
    put_totals,
    read_amount_types,
    read_currency,
    read_day,
    read_lines,
    read_text,
)

BAD_STATUS: Final = "PurchaseOrder status change is invalid"
DELETED: Final = "Deleted PurchaseOrders cannot be updated"
NUMBER_TAKEN: Final = "Order number must be unique"
SENT_WARNING: Final = "Only AUTHORISED and BILLED purchase orders may have SentToContact updated."
_SENDABLE: Final = frozenset({"AUTHORISED", "BILLED"})
_MAX_NUMBER_TRIES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOrder:
    order: Json
    events: tuple[Event, ...] = ()
    warnings: tuple[str, ...] = ()


def write_order(call: Call, element: Json, before: Json | None) -> WrittenOrder:
    """Create the order, or change the one that is given.

    Raises:
        ElementRefusedError: with all that is wrong. A status that may not follow carries the zero
            id, as Xero's does.
    """
    draft = Draft(call.company, element, before)
    status = asked_status(element, before)
    _refuse_status(element, before, status)
    if before is not None and status == "DELETED":
        return WrittenOrder(order=_stored(call, {**before, "Status": "DELETED"}))
    events = _fill(call, draft, status)
    warnings = _sent_to_contact(draft)
    _refuse(draft)
    return WrittenOrder(order=_stored(call, draft.document), events=events, warnings=warnings)


def _refuse_status(element: Json, before: Json | None, status: str) -> None:
    allowed = ORDER_FIRST if before is None else ORDER_NEXT[before["Status"]]
    if status in allowed:
        return
    echo = {**(before or element), "Status": status, "PurchaseOrderID": ZERO_ID}
    if before is not None and before["Status"] == "DELETED":
        raise ElementRefusedError(BAD_STATUS, DELETED, echo=echo)
    raise ElementRefusedError(BAD_STATUS, echo=echo)


def _fill(call: Call, draft: Draft, status: str) -> tuple[Event, ...]:
    company, before = call.company, draft.before
    document = draft.document = dict(before) if before else _blank(company.new_id())
    contact, events = _contact(draft)
    amounts = read_amount_types(draft, "Exclusive")
    currency, rate = read_currency(draft, contact.get("DefaultCurrency") or company.base_currency)
    rules = LineRules(
        sales=False,
        amounts=amounts,
        decimals=call.unit_decimals,
        discounts=True,
        complete=False,
    )
    lines = read_lines(draft, rules)
    document.update(
        Contact={"ContactID": contact["ContactID"], "Name": contact["Name"]},
        LineItems=lines,
        Status=status,
        CurrencyRate=rate,
        CurrencyCode=currency,
        LineAmountTypes=amounts,
    )
    totals = put_totals(draft, lines, amounts)
    document.update(IsDiscounted=bool(totals.discount), TotalDiscount=totals.discount)
    put_days(
        document,
        Date=read_day(draft, "Date") or company.today(),
        DeliveryDate=read_day(draft, "DeliveryDate"),
        ExpectedArrivalDate=read_day(draft, "ExpectedArrivalDate"),
    )
    _fill_texts(draft)
    return events


def _blank(order_id: str) -> Json:
    return {
        "PurchaseOrderID": order_id,
        "PurchaseOrderNumber": "",
        "Type": "PURCHASEORDER",
        "SentToContact": False,
        "HasAttachments": False,
        "HasErrors": False,
    }


def _fill_texts(draft: Draft) -> None:
    document = draft.document
    for name, limit in ORDER_TEXTS.items():
        document[name] = read_text(draft, name, most=limit) or ""
    if not document["PurchaseOrderNumber"]:
        document["PurchaseOrderNumber"] = _next_number(draft)
    theme = sent.guid(draft.element, "BrandingThemeID")
    if theme is not None:
        document["BrandingThemeID"] = theme


def _contact(draft: Draft) -> tuple[Json, tuple[Event, ...]]:
    asked = sent.inner(draft.element, "Contact")
    if asked is None and draft.before is not None:
        return draft.company.table("Contacts")[draft.before["Contact"]["ContactID"]], ()
    return contact_for_document(draft.company, asked or {})


def _sent_to_contact(draft: Draft) -> tuple[str, ...]:
    asked = sent.flag(draft.element, "SentToContact")
    document = draft.document
    if asked is None or asked == document["SentToContact"]:
        return ()
    if document["Status"] not in _SENDABLE:
        return (SENT_WARNING,)
    document["SentToContact"] = asked
    return ()


def _refuse(draft: Draft) -> None:
    document, problems = draft.document, draft.problems
    if not document["LineItems"]:
        problems.append("One or more line items must be specified")
    theme = document.get("BrandingThemeID")
    if theme is not None and theme not in draft.company.table("BrandingThemes"):
        problems.append("The BrandingThemeID could not be found")
    number: str = document["PurchaseOrderNumber"]
    same = draft.company.table("PurchaseOrders").find("number", number.lower())
    others = [one for one in same if one["PurchaseOrderID"] != document["PurchaseOrderID"]]
    if any(one["Status"] == "DELETED" for one in others):
        problems += [DELETED, NUMBER_TAKEN]
    elif others:
        problems.append(NUMBER_TAKEN)
    if problems:
        echo = document if draft.before is not None else {**document, "PurchaseOrderID": ZERO_ID}
        raise ElementRefusedError(*dict.fromkeys(problems), echo=echo)


def _next_number(draft: Draft) -> str:
    for _ in range(_MAX_NUMBER_TRIES):
        number = draft.company.next_number("PurchaseOrders", "PO-")
        if not draft.company.table("PurchaseOrders").find("number", number.lower()):
            return number
    raise ElementRefusedError("No number is free; send one")


def _stored(call: Call, order: Json) -> Json:
    company = call.company
    order = {**order, "UpdatedDateUTC": company.now()}
    known = order["PurchaseOrderID"] in company.table("PurchaseOrders")
    words = order["Status"].capitalize() if known else "Created"
    number = order["PurchaseOrderNumber"]
    company.note(order["PurchaseOrderID"], words, f"Purchase order {number}", call.user)
    return company.table("PurchaseOrders").put(order)
