"""Linked transactions: a line of a bill that is to be charged on to a customer."""

from typing import Final

from xero_mcp.demo_company.billable import (
    linked_shown,
    linked_source,
    read_link,
    refuse_link,
)
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    ElementRefusedError,
    Json,
    NotFoundError,
    route,
)
from xero_mcp.demo_company.listing import Noun, list_documents
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_one

LINKED_TRANSACTIONS: Final = Noun(
    plural="LinkedTransactions",
    type_name="LinkedTransaction",
    pages="bare",
    in_list=linked_shown,
    alone=linked_shown,
)
_WRITING: Final = Writing(plural="LinkedTransactions", key="LinkedTransactionID", error_flag=None)
_FILTERS: Final = (
    "LinkedTransactionID",
    "SourceTransactionID",
    "ContactID",
    "Status",
    "TargetTransactionID",
)


@route("GET", "/LinkedTransactions")
def get_linked_transactions(call: Call) -> Answer:
    asked = {name: call.query.get(name.lower(), "").strip().lower() for name in _FILTERS}
    rows = [
        row
        for row in call.company.table("LinkedTransactions").in_order()
        if _matches(linked_shown(call, row), asked)
    ]
    return list_documents(call, LINKED_TRANSACTIONS, rows)


@route("GET", "/LinkedTransactions/{LinkedTransactionID}")
def get_linked_transaction(call: Call) -> Answer:
    return Answer(body={"LinkedTransactions": [linked_shown(call, _stored(call))]})


@route("PUT", "/LinkedTransactions")
def create_linked_transaction(call: Call) -> Answer:
    return write_one(call, _WRITING, _create, single_element(call, "LinkedTransactions"))


@route("POST", "/LinkedTransactions/{LinkedTransactionID}")
def update_linked_transaction(call: Call) -> Answer:
    _stored(call)
    return write_one(call, _WRITING, _update, single_element(call, "LinkedTransactions"))


@route("DELETE", "/LinkedTransactions/{LinkedTransactionID}")
def delete_linked_transaction(call: Call) -> Answer:
    call.company.table("LinkedTransactions").remove(_stored(call)["LinkedTransactionID"])
    return Answer(status=204)


ROUTES = (
    get_linked_transactions,
    get_linked_transaction,
    create_linked_transaction,
    update_linked_transaction,
    delete_linked_transaction,
)


def _matches(shown: Json, asked: dict[str, str]) -> bool:
    return all(
        not value or str(shown.get(name, "")).lower() == value for name, value in asked.items()
    )


def _stored(call: Call) -> Json:
    link = call.company.table("LinkedTransactions").get(call.path["LinkedTransactionID"])
    if link is None:
        raise NotFoundError
    return link


def _create(call: Call, element: Json) -> Saved:
    link: Json = {
        "LinkedTransactionID": call.company.new_id(),
        "Type": "BILLABLEEXPENSE",
        **read_link(element),
    }
    return _save(call, link)


def _update(call: Call, element: Json) -> Saved:
    """Contact and target may change; the expense that is charged on may not."""
    before, read = _stored(call), read_link(element)
    for name in ("SourceTransactionID", "SourceLineItemID"):
        if read.get(name, before[name]) != before[name]:
            raise ElementRefusedError("The source of a linked transaction cannot be changed")
    if linked_shown(call, before)["Status"] == "BILLED":
        raise ElementRefusedError("Linked transactions that are BILLED cannot be updated")
    return _save(call, {**before, **read})


def _save(call: Call, link: Json) -> Saved:
    refuse_link(call.company, link)
    kind = linked_source(call.company, link)
    link = {**link, "SourceTransactionTypeCode": kind, "UpdatedDateUTC": call.company.now()}
    call.company.table("LinkedTransactions").put(link)
    return Saved(shown=linked_shown(call, link))
