"""Payments of invoices and bills, and refunds of credit notes, overpayments and prepayments."""

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
from xero_mcp.demo_company.lock_dates import lock_problems
from xero_mcp.demo_company.paying import make_payment, take_back
from xero_mcp.demo_company.payment_check import check_payment, kind_of
from xero_mcp.demo_company.trade_views import brief_contact, stamped, trade_alone
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_each, write_one

_EMPTY_INVOICE: Final[Json] = {
    "Payments": [],
    "CreditNotes": [],
    "Prepayments": [],
    "Overpayments": [],
    "HasErrors": False,
    "IsDiscounted": False,
    "InvoiceAddresses": [],
    "LineItems": [],
}


def shown_payment(call: Call, payment: Json) -> Json:
    """A payment with the outline of what it is of, whose contact may have a new name by now."""
    kind = kind_of(payment)
    document: Json = payment[kind.singular]
    contact = call.company.table(kind.plural)[document[kind.key]]["Contact"]
    outline: Json = {**document, "Contact": brief_contact(contact)}
    if kind.singular == "Invoice":
        outline = {**_EMPTY_INVOICE, **outline}
    return stamped({**payment, kind.singular: outline, "HasValidationErrors": False})


PAYMENTS: Final = Noun(
    plural="Payments",
    type_name="Payment",
    pages="asked",
    in_list=shown_payment,
    alone=shown_payment,
)
_WRITING: Final = Writing(plural="Payments", key="PaymentID", error_flag="HasValidationErrors")


@route("GET", "/Payments")
def get_payments(call: Call) -> Answer:
    return list_documents(call, PAYMENTS)


@route("GET", "/Payments/{PaymentID}")
def get_payment(call: Call) -> Answer:
    return one_document(call, PAYMENTS, call.path["PaymentID"])


@route("PUT", "/Payments")
def create_payments(call: Call) -> Answer:
    return write_each(call, _WRITING, _create, call.elements("Payments"))


@route("POST", "/Payments")
def create_payment(call: Call) -> Answer:
    """POST takes one payment, though the envelope may hold several."""
    return write_each(call, _WRITING, _create, call.elements("Payments"))


@route("POST", "/Payments/{PaymentID}")
def delete_payment(call: Call) -> Answer:
    payment = call.company.table("Payments").get(call.path["PaymentID"])
    if payment is None:
        raise NotFoundError
    element = single_element(call, "Payments")
    return write_one(call, _WRITING, _delete, {**element, "PaymentID": payment["PaymentID"]})


ROUTES = (get_payments, get_payment, create_payments, create_payment, delete_payment)


def _create(call: Call, element: Json) -> Saved:
    """A payment with an id is one that is to be deleted: nothing else of it can change."""
    payment_id = sent.guid(element, "PaymentID")
    if payment_id is not None and payment_id in call.company.table("Payments"):
        return _delete(call, element)
    payment, events = make_payment(call.company, check_payment(call.company, element))
    call.company.made_by[payment["PaymentID"]] = call.client_id
    return Saved(shown=_written(call, payment), events=events)


def _delete(call: Call, element: Json) -> Saved:
    company = call.company
    payment = company.table("Payments")[sent.guid(element, "PaymentID") or ""]
    problems = _delete_problems(company, element, payment)
    if problems:
        raise ElementRefusedError(*problems, echo=shown_payment(call, payment))
    deleted, events = take_back(company, kind_of(payment), payment)
    return Saved(shown=shown_payment(call, deleted), events=events)


def _delete_problems(company: Company, element: Json, payment: Json) -> list[str]:
    if sent.stripped(element, "Status").upper() != "DELETED":
        return ["Payments cannot be edited: only a Status of DELETED can be sent"]
    if payment["Status"] == "DELETED":
        return ["The payment has already been deleted"]
    if "BatchPaymentID" in payment:
        return ["The payment is part of a batch payment: delete the batch payment instead"]
    return list(lock_problems(company, payment["Date"]))


def _written(call: Call, payment: Json) -> Json:
    """The answer to a write holds the whole document, settled as it now is."""
    kind = kind_of(payment)
    document = call.company.table(kind.plural)[payment[kind.singular][kind.key]]
    whole = trade_alone(call, document)
    return stamped({**payment, kind.singular: whole, "HasValidationErrors": False})
