"""Credit notes of both sides, and what they are allocated to."""

from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.allocating import allocate_each, remove_allocation
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    ElementRefusedError,
    Json,
    NotFoundError,
    route,
)
from xero_mcp.demo_company.listing import Noun, list_documents
from xero_mcp.demo_company.sides import CREDIT_NOTE
from xero_mcp.demo_company.trade import write_trade
from xero_mcp.demo_company.trade_views import trade_alone, trade_with_lines, trade_written
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_each, write_one

CREDIT_NOTES: Final = Noun(
    plural="CreditNotes",
    type_name="CreditNote",
    pages="asked",
    in_list=trade_with_lines,
    alone=trade_alone,
)
_WRITING: Final = Writing(plural="CreditNotes", key="CreditNoteID", error_flag="HasErrors")
NOT_FOUND: Final = "An existing Credit Note with the specified CreditNoteID could not be found"


@route("GET", "/CreditNotes")
def get_credit_notes(call: Call) -> Answer:
    return list_documents(call, CREDIT_NOTES)


@route("GET", "/CreditNotes/{CreditNoteID}")
def get_credit_note(call: Call) -> Answer:
    return Answer(body={"CreditNotes": [trade_alone(call, stored_credit_note(call))]})


@route("PUT", "/CreditNotes")
def create_credit_notes(call: Call) -> Answer:
    return write_each(call, _WRITING, _create, call.elements("CreditNotes"))


@route("POST", "/CreditNotes")
def create_or_update_credit_notes(call: Call) -> Answer:
    return write_each(call, _WRITING, _create_or_update, call.elements("CreditNotes"))


@route("POST", "/CreditNotes/{CreditNoteID}")
def update_credit_note(call: Call) -> Answer:
    element = single_element(call, "CreditNotes")
    note = stored_credit_note(call)
    element = {**element, "CreditNoteID": note["CreditNoteID"]}
    return write_one(call, _WRITING, _create_or_update, element)


@route("PUT", "/CreditNotes/{CreditNoteID}/Allocations")
def create_allocations(call: Call) -> Answer:
    return allocate_each(call, CREDIT_NOTE, stored_credit_note(call))


@route("DELETE", "/CreditNotes/{CreditNoteID}/Allocations/{AllocationID}")
def delete_allocation(call: Call) -> Answer:
    return remove_allocation(call, CREDIT_NOTE, stored_credit_note(call))


ROUTES = (
    get_credit_notes,
    get_credit_note,
    create_credit_notes,
    create_or_update_credit_notes,
    update_credit_note,
    create_allocations,
    delete_allocation,
)


def stored_credit_note(call: Call) -> Json:
    """The credit note of the path, by id or number.

    Raises:
        NotFoundError: there is none.
    """
    asked = call.path["CreditNoteID"].lower()
    table = call.company.table("CreditNotes")
    found = table.get(asked) or next(iter(table.find("number", asked)), None)
    if found is None:
        raise NotFoundError
    return found


def _create(call: Call, element: Json) -> Saved:
    return _write(call, element, None)


def _create_or_update(call: Call, element: Json) -> Saved:
    """By id, else by the number of a sales credit note; otherwise it is a new one."""
    table = call.company.table("CreditNotes")
    note_id = sent.guid(element, "CreditNoteID")
    if note_id is not None:
        before = table.get(note_id)
        if before is None:
            raise ElementRefusedError(NOT_FOUND)
        return _write(call, element, before)
    number = sent.stripped(element, "CreditNoteNumber").lower()
    same = [note for note in table.find("number", number) if note["Type"] == "ACCRECCREDIT"]
    if not number or sent.stripped(element, "Type").upper() == "ACCPAYCREDIT":
        same = []
    live = [note for note in same if note["Status"] not in {"DELETED", "VOIDED"}]
    return _write(call, element, next(iter(live or same), None))


def _write(call: Call, element: Json, before: Json | None) -> Saved:
    try:
        written = write_trade(call, CREDIT_NOTE, element, before)
    except ElementRefusedError as problem:
        if problem.echo and "LineItems" in problem.echo:
            problem.echo = {**trade_with_lines(call, problem.echo), "HasErrors": True}
        raise
    shown = trade_written(call, written.document)
    return Saved(shown=shown, events=written.events, warnings=written.warnings)
