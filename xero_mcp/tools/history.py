"""What happened to a document, and the notes that people put there."""

from typing import Annotated, get_args

from pydantic import Field, StringConstraints

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import ListAnswer, WriteAnswer
from xero_mcp.tool.args import InOrganisation, Write, XeroId
from xero_mcp.tool.declare import tool
from xero_mcp.tool.table import Column, TextColumn
from xero_mcp.tool.trace import Traced, by
from xero_mcp.tools.document_kinds import (
    INVOICE,
    KINDS,
    SPOKEN,
    WithHistory,
    area_of_document,
    must_be,
    reaches_below,
)
from xero_mcp.tools.paging import list_answer
from xero_mcp.xero.models.history import HistoryRecord, HistoryRecords, NotesWrite, NoteWrite
from xero_mcp.xero.scoped import ScopedXero

NAMES = get_args(WithHistory)
MAX_NOTE = 2_500

COLUMNS = (
    Column[HistoryRecord](name="at", read=lambda one: one.date_utc),
    Column[HistoryRecord](name="what", read=lambda one: one.changes),
    TextColumn[HistoryRecord](name="by", read=lambda one: one.user),
    TextColumn[HistoryRecord](name="details", read=lambda one: one.details),
)


class ListHistory(InOrganisation):
    """Arguments of list-history."""

    document: WithHistory = Field(description="What it is.")
    document_id: XeroId = Field(description="Its id.")


@tool(
    area=Area.HISTORY,
    access=Access.READ,
    also_by=area_of_document(NAMES),
    reaches=reaches_below(NAMES, ("GET", "History")),
    also=(INVOICE,),
    words={"document": SPOKEN},
    says="read the history of the {document} {document_id}",
)
async def list_history(args: ListHistory, xero: ScopedXero) -> ListAnswer:
    """List who changed a document and when, and its notes; newest first.

    Sales and bills: one request more.
    """
    kind = await must_be(args.document, args.document_id, xero)
    found = await xero.get(kind.at("History"), HistoryRecords, ids={kind.id_name: args.document_id})
    return list_answer(found.history_records, COLUMNS, organisation=xero.organisation.name)


class AddNote(Write):
    """Arguments of add-note."""

    document: WithHistory = Field(description="What it goes to.")
    document_id: XeroId = Field(description="Its id.")
    note: Annotated[str, StringConstraints(min_length=1, max_length=MAX_NOTE)] = Field(
        description="Up to 2,500 characters."
    )


@tool(
    area=Area.HISTORY,
    access=Access.DRAFT,
    also_by=area_of_document(NAMES),
    reaches=reaches_below(NAMES, ("PUT", "History")),
    also=(INVOICE,),
    words={"document": SPOKEN},
    says="put a note on the {document} {document_id}",
    trace=by(
        "document",
        {
            name: Traced(
                path=KINDS[name].at("History"),
                key="",
                places={KINDS[name].id_name: "document_id"},
                marks={"note": "Details"},
                proofs=(("note",),),
            )
            for name in NAMES
        },
    ),
)
async def add_note(args: AddNote, xero: ScopedXero) -> WriteAnswer:
    """Put a note into a document's history; nobody can change or take it away."""
    kind = await must_be(args.document, args.document_id, xero)
    body = NotesWrite(history_records=(NoteWrite(details=args.note),))
    ids = {kind.id_name: args.document_id}
    await xero.put(kind.at("History"), HistoryRecords, body, ids=ids)
    return WriteAnswer(
        id=args.document_id,
        changed="A note was added to its history.",
        undo="It cannot be undone.",
        organisation=xero.organisation.name,
    )
