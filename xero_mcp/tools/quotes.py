"""Quotes: finding, making and changing them. They never reach the ledger."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.args import Day, ShortText, XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.table import Column, TextColumn
from xero_mcp.tool.trace import of_documents
from xero_mcp.tools.bare_pages import BareListing, bare_list
from xero_mcp.tools.bulk import MAX_DOCUMENTS, SavedAnswer
from xero_mcp.tools.contacts import CONTACT_HISTORY
from xero_mcp.tools.document_facts import facts_of_documents
from xero_mcp.tools.documents import (
    BulkSaving,
    DocumentEntry,
    Paper,
    check,
    levels,
    plan,
    read_stored,
    save,
)
from xero_mcp.tools.line_rows import line_rows
from xero_mcp.tools.links import quote_link
from xero_mcp.tools.outlines import outline
from xero_mcp.tools.paging import (
    Sorting,
    SummedList,
    day_start,
    must_be_in_order,
    names_of,
    sorted_by,
)
from xero_mcp.xero.models.document import Document
from xero_mcp.xero.models.quote import Quote, Quotes, QuotesWrite, QuoteWrite
from xero_mcp.xero.scoped import Param, ScopedXero

ONE = "/Quotes/{QuoteID}"
COLUMNS = (
    Column[Quote](name="quote_id", read=lambda one: one.quote_id),
    TextColumn[Quote](name="number", read=lambda one: one.quote_number),
    TextColumn[Quote](name="contact", read=lambda one: one.contact.name if one.contact else None),
    Column[Quote](name="date", read=lambda one: one.date),
    Column[Quote](name="expiry_date", read=lambda one: one.expiry_date),
    Column[Quote](name="status", read=lambda one: one.status.lower()),
    Column[Quote](name="currency", read=lambda one: one.currency_code),
    Column[Quote](name="total", read=lambda one: one.total, currency=lambda one: one.currency_code),
    TextColumn[Quote](name="title", read=lambda one: one.title, usual=False),
    TextColumn[Quote](name="reference", read=lambda one: one.reference, usual=False),
    Column[Quote](
        name="contact_id",
        read=lambda one: one.contact.contact_id if one.contact else None,
        usual=False,
    ),
    TextColumn[Quote](name="terms", read=lambda one: one.terms, usual=False),
    TextColumn[Quote](name="lines", read=lambda one: line_rows(one.line_items), usual=False),
    Column[Quote](name="updated_at", read=lambda one: one.updated_date_utc, usual=False),
)
Status = Literal["draft", "sent", "accepted", "declined", "invoiced", "deleted"]


class ListQuotes(BareListing):
    """Arguments of list-quotes."""

    COLUMN_NAMES = names_of(COLUMNS)

    quote_id: XeroId | None = Field(default=None, description="This one, whole.")
    status: Status | None = Field(default=None, description="Status.")
    contact_id: XeroId | None = Field(default=None, description="Contact.")
    number: ShortText | None = Field(default=None, description="Number.")
    date_from: Day | None = Field(default=None, description="From.")
    date_to: Day | None = Field(default=None, description="To.")
    expires_from: Day | None = Field(default=None, description="Valid until this or later.")
    expires_to: Day | None = Field(default=None, description="Or earlier.")
    modified_since: Day | None = Field(default=None, description="Changed since.")
    order: Sorting = Field(default="newest", description="Sort.")

    @model_validator(mode="after")
    def _dates_are_in_order(self) -> "ListQuotes":
        must_be_in_order(self.date_from, self.date_to)
        must_be_in_order(self.expires_from, self.expires_to)
        return self


@tool(
    area=Area.QUOTES,
    access=Access.READ,
    reaches=(GET("/Quotes"), GET(ONE)),
    listed_as=ListedAs(
        name="list-documents",
        kinds={"quote": {}},
        names={"document_id": "quote_id"},
    ),
    says="list quotes{ with status: status} (page {page})",
)
async def list_quotes(args: ListQuotes, xero: ScopedXero) -> SummedList:
    """List quotes, newest first, with sums. detail full adds lines and terms."""
    shown = args.columns(COLUMNS, whole=args.quote_id is not None)
    asked: dict[str, Param] = {
        "Status": args.status.upper() if args.status else None,
        "ContactID": args.contact_id,
        "QuoteNumber": args.number,
        "DateFrom": args.date_from,
        "DateTo": args.date_to,
        "ExpiryDateFrom": args.expires_from,
        "ExpiryDateTo": args.expires_to,
        "order": sorted_by("Quotes", args.order),
        "unitdp": 4,
    }
    since = day_start(args.modified_since)

    async def fetch(page: int) -> Sequence[Quote]:
        if args.quote_id is not None:
            one = await xero.get(ONE, Quotes, ids={"QuoteID": args.quote_id}, params={"unitdp": 4})
            return one.quotes
        found = await xero.get(
            "/Quotes", Quotes, params={**asked, "page": page}, modified_since=since
        )
        return found.quotes

    return await bare_list(args, shown, fetch, xero)


class QuoteEntry(DocumentEntry):
    """One quote."""

    quote_id: XeroId | None = Field(default=None, description="If stored.")
    expiry_date: Day | None = Field(default=None, description="Until.")
    title: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        default=None, description="Title."
    )
    summary: Annotated[str, StringConstraints(max_length=3000)] | None = Field(
        default=None, description="Text."
    )
    terms: Annotated[str, StringConstraints(max_length=4000)] | None = Field(
        default=None, description="Terms."
    )

    @property
    def document_id(self) -> str | None:
        return self.quote_id

    def own_fields(self, stored: Document | None) -> Mapping[str, Any]:
        """Number and terms are sent again: Xero changes them in an update without them."""
        before = stored if isinstance(stored, Quote) else Quote()
        return {
            "reference": self.reference,
            "quote_number": self.number or before.quote_number or None,
            "terms": before.terms if self.terms is None else self.terms,
            "expiry_date": self.expiry_date,
            "title": self.title,
            "summary": self.summary,
        }


class SaveQuotes(BulkSaving):
    """Arguments of save-quotes."""

    status: Status = Field(default="draft", description="After.")
    quotes: list[QuoteEntry] = Field(
        min_length=1, max_length=MAX_DOCUMENTS, description="Up to 50."
    )

    @property
    def entries(self) -> Sequence[QuoteEntry]:
        return self.quotes

    @property
    def asked_status(self) -> str:
        return self.status


PAPER = Paper(
    path="/Quotes",
    id_name="QuoteID",
    spoken="quote",
    envelope=Quotes,
    write=QuoteWrite,
    wrap=lambda bodies: QuotesWrite(quotes=tuple(bodies)),
    link=lambda document, short_code: quote_link(document.document_id, short_code),
    reads_first=True,
    in_capitals=True,
)


async def _facts(args: SaveQuotes, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    planned = await plan(PAPER, args, await read_stored(PAPER, args, xero), xero)
    outlines = [await outline(PAPER, one, args.status, xero) for one in planned]
    return await facts_of_documents(outlines, xero, wanted)


async def _check(args: SaveQuotes, xero: ScopedXero) -> None:
    await check(PAPER, args, xero)


@tool(
    area=Area.QUOTES,
    access=Access.DRAFT,
    access_by=levels(
        draft=Access.DRAFT,
        sent=Access.POST,
        accepted=Access.POST,
        declined=Access.POST,
        invoiced=Access.POST,
        deleted=Access.FULL,
    ),
    reaches=PAPER.reaches,
    also=PAPER.also,
    asks=(CONTACT_HISTORY,),
    aliases=(
        "create-quote",
        "update-quote",
    ),
    says="save quotes as {status}",
    facts=_facts,
    checks=_check,
    trace=of_documents(
        PAPER.path,
        PAPER.id_name,
        number="QuoteNumber",
        id_argument="quote_id",
        each="quotes",
        more={"title": "Title", "terms": "Terms", "expiry_date": "ExpiryDate"},
    ),
)
async def save_quotes(args: SaveQuotes, xero: ScopedXero) -> SavedAnswer:
    """Save, mark or delete quotes; sent emails nothing."""
    return await save(PAPER, args, xero)
