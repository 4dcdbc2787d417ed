"""Sales invoices and bills."""

from collections.abc import Sequence
from typing import Final

from xero_mcp.demo_company import sent
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
from xero_mcp.demo_company.sides import INVOICE
from xero_mcp.demo_company.trade import write_trade
from xero_mcp.demo_company.trade_views import trade_alone, trade_in_list, trade_written
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_each, write_one

INVOICES: Final = Noun(
    plural="Invoices",
    type_name="Invoice",
    pages="asked",
    search=("InvoiceNumber", "Reference"),
    in_list=trade_in_list,
    alone=trade_alone,
)
_WRITING: Final = Writing(plural="Invoices", key="InvoiceID", error_flag="HasErrors")
NOT_FOUND: Final = "An existing Invoice with the specified InvoiceID could not be found"


@route("GET", "/Invoices")
def get_invoices(call: Call) -> Answer:
    always = call.flag("summaryonly") or bool(call.query.get("statuses"))
    return list_documents(call, INVOICES, _chosen(call), always_pages=always)


@route("GET", "/Invoices/{InvoiceID}")
def get_invoice(call: Call) -> Answer:
    """By id, or by number as Xero allows."""
    return Answer(body={"Invoices": [trade_alone(call, stored_invoice(call))]})


@route("PUT", "/Invoices")
def create_invoices(call: Call) -> Answer:
    return write_each(call, _WRITING, _create, call.elements("Invoices"))


@route("POST", "/Invoices")
def create_or_update_invoices(call: Call) -> Answer:
    return write_each(call, _WRITING, _create_or_update, call.elements("Invoices"))


@route("POST", "/Invoices/{InvoiceID}")
def update_invoice(call: Call) -> Answer:
    element = single_element(call, "Invoices")
    invoice = stored_invoice(call)
    return write_one(
        call, _WRITING, _create_or_update, {**element, "InvoiceID": invoice["InvoiceID"]}
    )


@route("POST", "/Invoices/{InvoiceID}/Email")
def email_invoice(call: Call) -> Answer:
    """Xero keeps no more of it than that it was sent; a demo company may send none in a day."""
    invoice = stored_invoice(call)
    problem = _cannot_email(call, invoice)
    if problem:
        raise ValidationRefusedError(
            [{**trade_alone(call, invoice), "ValidationErrors": [{"Message": problem}]}]
        )
    call.company.count_email()
    call.company.table("Invoices").put({**invoice, "SentToContact": True})
    call.company.note(invoice["InvoiceID"], "Invoice sent", "This invoice has been emailed.")
    return Answer(status=204, content_type="")


@route("GET", "/Invoices/{InvoiceID}/OnlineInvoice")
def get_online_invoice(call: Call) -> Answer:
    """Only approved sales invoices have a page that a customer can see."""
    invoice = stored_invoice(call)
    if invoice["Type"] != "ACCREC" or invoice["Status"] not in {"AUTHORISED", "PAID"}:
        raise NotFoundError
    key = invoice["InvoiceID"].replace("-", "")[:24]
    return Answer(body={"OnlineInvoices": [{"OnlineInvoiceUrl": f"https://in.xero.com/{key}"}]})


ROUTES = (
    get_invoices,
    get_invoice,
    create_invoices,
    create_or_update_invoices,
    update_invoice,
    email_invoice,
    get_online_invoice,
)


def stored_invoice(call: Call) -> Json:
    """The invoice of the path, by id or number.

    Raises:
        NotFoundError: there is none.
    """
    asked = call.path["InvoiceID"]
    table = call.company.table("Invoices")
    found = table.get(asked.lower()) or next(iter(table.find("number", asked.lower())), None)
    if found is None:
        raise NotFoundError
    return found


def _chosen(call: Call) -> Sequence[Json] | None:
    """Those that the list parameters leave, in default order; None where none was given."""
    ids, numbers = _listed(call, "ids"), _listed(call, "invoicenumbers")
    contacts, statuses = _listed(call, "contactids"), _listed(call, "statuses")
    mine = call.flag("createdbymyapp")
    if not (ids or numbers or contacts or statuses or mine):
        return None
    made_by = call.company.made_by
    return [
        invoice
        for invoice in call.company.table("Invoices").in_order()
        if (not ids or invoice["InvoiceID"] in ids)
        and (not numbers or invoice["InvoiceNumber"].lower() in numbers)
        and (not contacts or invoice["Contact"]["ContactID"] in contacts)
        and (not statuses or invoice["Status"].lower() in statuses)
        and (not mine or made_by.get(invoice["InvoiceID"]) == call.client_id)
    ]


def _listed(call: Call, name: str) -> frozenset[str]:
    asked = call.query.get(name, "").split(",")
    return frozenset(part.strip().lower() for part in asked if part.strip())


def _create(call: Call, element: Json) -> Saved:
    return _write(call, element, None)


def _create_or_update(call: Call, element: Json) -> Saved:
    """By id, else by the number of a sales invoice; otherwise it is a new one."""
    table = call.company.table("Invoices")
    invoice_id = sent.guid(element, "InvoiceID")
    if invoice_id is not None:
        before = table.get(invoice_id)
        if before is None:
            raise ElementRefusedError(NOT_FOUND)
        return _write(call, element, before)
    number = sent.stripped(element, "InvoiceNumber").lower()
    same = table.find("sales number", number) if number else []
    if sent.stripped(element, "Type").upper() == "ACCPAY":
        same = []
    live = [one for one in same if one["Status"] not in {"DELETED", "VOIDED"}]
    return _write(call, element, next(iter(live or same), None))


def _write(call: Call, element: Json, before: Json | None) -> Saved:
    try:
        written = write_trade(call, INVOICE, element, before)
    except ElementRefusedError as problem:
        if problem.echo and "LineItems" in problem.echo:
            problem.echo = _refused(call, problem.echo)
        raise
    shown = trade_written(call, written.document)
    if written.document["Status"] == "VOIDED" and written.before is not None:
        # The answer to a void still says what was due.
        shown["AmountDue"] = written.before["AmountDue"]
    return Saved(shown=shown, events=written.events, warnings=written.warnings)


def _refused(call: Call, document: Json) -> Json:
    return {**trade_in_list(call, document), "LineItems": document["LineItems"], "HasErrors": True}


def _cannot_email(call: Call, invoice: Json) -> str:
    if invoice["Type"] != "ACCREC" or invoice["Status"] not in {"SUBMITTED", "AUTHORISED", "PAID"}:
        return "Only ACCREC invoices that are SUBMITTED, AUTHORISED or PAID can be emailed"
    contact = call.company.table("Contacts")[invoice["Contact"]["ContactID"]]
    if not contact.get("EmailAddress"):
        return "The contact has no email address"
    if not call.company.emails_left():
        return "The daily email limit of the organisation has been reached"
    return ""
