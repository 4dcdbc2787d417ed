"""Batch payments."""

from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.batches import delete_batch, make_batch
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    ElementRefusedError,
    Json,
    NotFoundError,
    route,
)
from xero_mcp.demo_company.listing import Noun, list_documents, one_document
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_each, write_one

BATCH_PAYMENTS: Final = Noun(plural="BatchPayments", type_name="BatchPayment")
_WRITING: Final = Writing(plural="BatchPayments", key="BatchPaymentID", error_flag=None)


@route("GET", "/BatchPayments")
def get_batch_payments(call: Call) -> Answer:
    return list_documents(call, BATCH_PAYMENTS)


@route("GET", "/BatchPayments/{BatchPaymentID}")
def get_batch_payment(call: Call) -> Answer:
    return one_document(call, BATCH_PAYMENTS, call.path["BatchPaymentID"])


@route("PUT", "/BatchPayments")
def create_batch_payments(call: Call) -> Answer:
    return write_each(call, _WRITING, _create, call.elements("BatchPayments"))


@route("POST", "/BatchPayments")
def delete_batch_payment(call: Call) -> Answer:
    return write_each(call, _WRITING, _delete, call.elements("BatchPayments"))


@route("POST", "/BatchPayments/{BatchPaymentID}")
def delete_batch_payment_by_id(call: Call) -> Answer:
    batch_id = call.path["BatchPaymentID"].lower()
    if batch_id not in call.company.table("BatchPayments"):
        raise NotFoundError
    element = {**single_element(call, "BatchPayments"), "BatchPaymentID": batch_id}
    return write_one(call, _WRITING, _delete, element)


ROUTES = (
    get_batch_payments,
    get_batch_payment,
    create_batch_payments,
    delete_batch_payment,
    delete_batch_payment_by_id,
)


def _create(call: Call, element: Json) -> Saved:
    batch, events = make_batch(call.company, element)
    call.company.made_by[batch["BatchPaymentID"]] = call.client_id
    return Saved(shown=batch, events=events)


def _delete(call: Call, element: Json) -> Saved:
    batch = call.company.table("BatchPayments").get(sent.guid(element, "BatchPaymentID") or "")
    if batch is None:
        raise ElementRefusedError("The batch payment could not be found")
    if sent.stripped(element, "Status").upper() != "DELETED":
        raise ElementRefusedError(
            "Batch payments cannot be edited: only a Status of DELETED can be sent", echo=batch
        )
    deleted, events = delete_batch(call.company, batch)
    return Saved(shown=deleted, events=events)
