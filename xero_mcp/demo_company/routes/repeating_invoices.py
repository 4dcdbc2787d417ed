"""Repeating invoices: templates from which Xero makes invoices by a schedule.

The demo company keeps and shows them; no invoice comes of them by itself.
"""

from typing import Final

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
from xero_mcp.demo_company.repeating_writing import ONLY_DELETE, next_day, write_repeating
from xero_mcp.demo_company.trade_views import trade_with_lines
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_each, write_one


def _shown(call: Call, template: Json) -> Json:
    """Xero does not tell when a template was changed. Its next day is never a day that is past."""
    shown = trade_with_lines(call, template)
    shown.pop("UpdatedDateUTC", None)
    coming = next_day(template["Schedule"], call.company.today())
    shown["Schedule"] = {**template["Schedule"], "NextScheduledDate": coming}
    return shown


REPEATING_INVOICES: Final = Noun(
    plural="RepeatingInvoices", type_name="RepeatingInvoice", in_list=_shown, alone=_shown
)
_WRITING: Final = Writing(plural="RepeatingInvoices", key="RepeatingInvoiceID", error_flag=None)


@route("GET", "/RepeatingInvoices")
def get_repeating_invoices(call: Call) -> Answer:
    rows = [
        row
        for row in call.company.table("RepeatingInvoices").in_order()
        if row["Status"] != "DELETED"
    ]
    return list_documents(call, REPEATING_INVOICES, rows)


@route("GET", "/RepeatingInvoices/{RepeatingInvoiceID}")
def get_repeating_invoice(call: Call) -> Answer:
    return one_document(call, REPEATING_INVOICES, call.path["RepeatingInvoiceID"])


@route("PUT", "/RepeatingInvoices")
def create_repeating_invoices(call: Call) -> Answer:
    return write_each(call, _WRITING, _create, call.elements("RepeatingInvoices"))


@route("POST", "/RepeatingInvoices")
def create_or_delete_repeating_invoices(call: Call) -> Answer:
    return write_each(call, _WRITING, _create_or_delete, call.elements("RepeatingInvoices"))


@route("POST", "/RepeatingInvoices/{RepeatingInvoiceID}")
def update_repeating_invoice(call: Call) -> Answer:
    template_id = call.path["RepeatingInvoiceID"]
    if template_id not in call.company.table("RepeatingInvoices"):
        raise NotFoundError
    element = single_element(call, "RepeatingInvoices")
    return write_one(
        call, _WRITING, _create_or_delete, {**element, "RepeatingInvoiceID": template_id}
    )


ROUTES = (
    get_repeating_invoices,
    get_repeating_invoice,
    create_repeating_invoices,
    create_or_delete_repeating_invoices,
    update_repeating_invoice,
)


def _create(call: Call, element: Json) -> Saved:
    template, events = write_repeating(call, element)
    return Saved(shown=_shown(call, template), events=events)


def _create_or_delete(call: Call, element: Json) -> Saved:
    """A template that is there can only be deleted; all else is done in Xero itself."""
    template_id = sent.guid(element, "RepeatingInvoiceID")
    if template_id is None:
        return _create(call, element)
    table = call.company.table("RepeatingInvoices")
    before = table.get(template_id)
    if before is None:
        raise ElementRefusedError("The RepeatingInvoice could not be found")
    if sent.stripped(element, "Status").upper() != "DELETED" or before["Status"] == "DELETED":
        raise ElementRefusedError(ONLY_DELETE)
    template = {**before, "Status": "DELETED", "UpdatedDateUTC": call.company.now()}
    call.company.note(template_id, "Deleted", "Repeating invoice", call.user)
    return Saved(shown=_shown(call, table.put(template)))
