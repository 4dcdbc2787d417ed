"""Credit notes of both sides: finding, making and changing them."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.args import ShortText, XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.table import Column, TextColumn, without_sums
from xero_mcp.tool.trace import of_documents
from xero_mcp.tools.bulk import MAX_DOCUMENTS, SavedAnswer
from xero_mcp.tools.contacts import CONTACT_HISTORY
from xero_mcp.tools.credits import allocation_rows
from xero_mcp.tools.document_facts import facts_of_documents
from xero_mcp.tools.documents import (
    BulkSaving,
    DocumentEntry,
    Paper,
    Planned,
    check,
    levels,
    plan,
    read_stored,
    save,
)
from xero_mcp.tools.invoices import Kind
from xero_mcp.tools.line_rows import line_rows
from xero_mcp.tools.links import page_link
from xero_mcp.tools.outlines import outline
from xero_mcp.tools.paging import ContactListing, Page, SummedList, day_start, names_of, summed_list
from xero_mcp.xero.models.credit_note import (
    CreditNote,
    CreditNotes,
    CreditNotesWrite,
    CreditNoteWrite,
)
from xero_mcp.xero.models.document import Document
from xero_mcp.xero.scoped import Param, ScopedXero
from xero_mcp.xero.where import Condition, eq, where

XERO_TYPE: dict[Kind, str] = {"sales": "ACCRECCREDIT", "bill": "ACCPAYCREDIT"}
KIND: dict[str, Kind] = {"ACCRECCREDIT": "sales", "ACCPAYCREDIT": "bill"}
ONE = "/CreditNotes/{CreditNoteID}"
Status = Literal["draft", "submitted", "authorised", "paid", "voided", "deleted"]


def _currency(note: CreditNote) -> str | None:
    return note.currency_code


COLUMNS = (
    Column[CreditNote](name="credit_note_id", read=lambda one: one.credit_note_id),
    Column[CreditNote](name="type", read=lambda one: KIND.get(one.type)),
    TextColumn[CreditNote](name="number", read=lambda one: one.credit_note_number),
    TextColumn[CreditNote](
        name="contact", read=lambda one: one.contact.name if one.contact else None
    ),
    Column[CreditNote](name="date", read=lambda one: one.date),
    Column[CreditNote](name="status", read=lambda one: one.status.lower()),
    Column[CreditNote](name="currency", read=lambda one: one.currency_code),
    Column[CreditNote](name="total", read=lambda one: one.total, currency=_currency),
    Column[CreditNote](name="remaining", read=lambda one: one.remaining_credit, currency=_currency),
    TextColumn[CreditNote](name="reference", read=lambda one: one.reference, usual=False),
    Column[CreditNote](
        name="contact_id",
        read=lambda one: one.contact.contact_id if one.contact else None,
        usual=False,
    ),
    Column[CreditNote](name="tax", read=lambda one: one.total_tax, usual=False, currency=_currency),
    TextColumn[CreditNote](name="lines", read=lambda one: line_rows(one.line_items), usual=False),
    TextColumn[CreditNote](name="allocations", read=allocation_rows, usual=False),
    Column[CreditNote](name="updated_at", read=lambda one: one.updated_date_utc, usual=False),
)


class ListCreditNotes(ContactListing):
    """Arguments of list-credit-notes."""

    COLUMN_NAMES = names_of(COLUMNS)

    credit_note_id: XeroId | None = Field(default=None, description="This one, whole.")
    type: Kind | None = Field(default=None, description="sales: to customers.")
    status: Status | None = Field(default=None, description="Status.")
    reference: ShortText | None = Field(default=None, description="Exact.")


@tool(
    area=Area.CREDIT_NOTES,
    access=Access.READ,
    reaches=(GET("/CreditNotes"), GET(ONE)),
    listed_as=ListedAs(
        name="list-documents",
        kinds={"credit-note": {}},
        names={"document_id": "credit_note_id"},
    ),
    says="list credit notes{ of type: type}{ with status: status} (page {page})",
)
async def list_credit_notes(args: ListCreditNotes, xero: ScopedXero) -> SummedList:
    """List credit notes, newest first, with what of each is not allocated yet.

    `type` adds sums; detail full adds lines and allocations.
    """
    shown = args.columns(COLUMNS, whole=args.credit_note_id is not None)
    if args.type is None:
        shown = without_sums(shown)  # what we owe and what we are owed would be added up

    async def fetch(page: int, size: int) -> Page[CreditNote]:
        if args.credit_note_id is not None:
            ids = {"CreditNoteID": args.credit_note_id}
            one = await xero.get(ONE, CreditNotes, ids=ids, params={"unitdp": 4})
            return one.credit_notes, None
        params: dict[str, Param] = {
            "where": where("CreditNotes", *_conditions(args)),
            "order": args.sorted_by("CreditNotes"),
            "page": page,
            "pageSize": size,
            "unitdp": 4,
        }
        since = day_start(args.modified_since)
        found = await xero.get("/CreditNotes", CreditNotes, params=params, modified_since=since)
        return found.credit_notes, found.pagination

    return await summed_list(args, shown, fetch, xero)


def _conditions(args: ListCreditNotes) -> list[Condition]:
    asked = (
        eq("Type", XERO_TYPE[args.type]) if args.type else None,
        eq("Status", args.status.upper()) if args.status else None,
        eq("Reference", args.reference) if args.reference else None,
    )
    chosen = [condition for condition in asked if condition is not None]
    return [*chosen, *args.whose(), *args.dates()]


class CreditNoteEntry(DocumentEntry):
    """One credit note."""

    credit_note_id: XeroId | None = Field(default=None, description="If stored.")
    type: Kind | None = Field(default=None, description="Of a new one.")

    @property
    def document_id(self) -> str | None:
        return self.credit_note_id

    def own_fields(self, stored: Document | None) -> Mapping[str, Any]:
        del stored
        kind = XERO_TYPE[self.type] if self.type else None
        return {
            "type": kind,
            "credit_note_number": self.number,
            "reference": self.reference,
        }


class SaveCreditNotes(BulkSaving):
    """Arguments of save-credit-notes."""

    status: Literal["draft", "submitted", "authorised", "voided", "deleted"] = Field(
        default="draft", description="After."
    )
    credit_notes: list[CreditNoteEntry] = Field(
        min_length=1, max_length=MAX_DOCUMENTS, description="Up to 50."
    )

    @property
    def entries(self) -> Sequence[CreditNoteEntry]:
        return self.credit_notes

    @property
    def asked_status(self) -> str:
        return self.status

    @model_validator(mode="after")
    def _new_has_a_type(self) -> "SaveCreditNotes":
        if any(one.credit_note_id is None and one.type is None for one in self.credit_notes):
            raise ValueError("a new credit note needs a type: sales or bill")
        return self


def _link(document: Document, short_code: str | None) -> str | None:
    is_bill = isinstance(document, CreditNote) and document.type == "ACCPAYCREDIT"
    kind = "bill credit note" if is_bill else "sales credit note"
    return page_link(kind, document.document_id, short_code)


PAPER = Paper(
    path="/CreditNotes",
    id_name="CreditNoteID",
    spoken="credit note",
    envelope=CreditNotes,
    write=CreditNoteWrite,
    wrap=lambda bodies: CreditNotesWrite(credit_notes=tuple(bodies)),
    link=_link,
    posts=True,
)


async def _facts(args: SaveCreditNotes, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    stored = await read_stored(PAPER, args, xero, every=True)
    planned = await plan(PAPER, args, stored, xero)
    outlines = [await outline(PAPER, one, args.status, xero, kind=_kind(one)) for one in planned]
    return await facts_of_documents(outlines, xero, wanted)


def _kind(planned: Planned) -> Kind | None:
    body, stored = planned.body, planned.stored
    if isinstance(stored, CreditNote):
        return KIND.get(stored.type)
    return KIND.get(body.type or "") if isinstance(body, CreditNoteWrite) else None


async def _check(args: SaveCreditNotes, xero: ScopedXero) -> None:
    await check(PAPER, args, xero)


@tool(
    area=Area.CREDIT_NOTES,
    access=Access.DRAFT,
    access_by=levels(
        draft=Access.DRAFT,
        submitted=Access.DRAFT,
        authorised=Access.POST,
        voided=Access.FULL,
        deleted=Access.FULL,
    ),
    reaches=PAPER.reaches,
    also=PAPER.also,
    asks=(CONTACT_HISTORY,),
    aliases=(
        "create-credit-note",
        "update-credit-note",
    ),
    listed_as=ListedAs(
        name="save-documents",
        kinds={"credit-note": {}},
        names={"documents": "credit_notes", "documents.document_id": "credit_note_id"},
    ),
    says="save credit notes as {status}",
    facts=_facts,
    checks=_check,
    trace=of_documents(
        PAPER.path,
        PAPER.id_name,
        number="CreditNoteNumber",
        id_argument="credit_note_id",
        each="credit_notes",
        types={"sales": "ACCRECCREDIT", "bill": "ACCPAYCREDIT"},
    ),
)
async def save_credit_notes(args: SaveCreditNotes, xero: ScopedXero) -> SavedAnswer:
    """Create, change, approve, void or delete credit notes."""
    return await save(PAPER, args, xero)
