"""Sales invoices and bills: changing, approving, voiding and deleting them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, WithJsonSchema

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.args import Day, XeroId
from xero_mcp.tool.declare import GET, POST, PUT, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.trace import of_documents
from xero_mcp.tools.bulk import MAX_DOCUMENTS, SavedAnswer
from xero_mcp.tools.contacts import CONTACT_HISTORY
from xero_mcp.tools.document_facts import facts_of_documents
from xero_mcp.tools.documents import (
    BulkSaving,
    DocumentChange,
    DocumentEntry,
    Labels,
    Paper,
    Planned,
    Saving,
    Stored,
    check_planned,
    levels,
    plan,
    read_stored,
    send,
)
from xero_mcp.tools.duplicates import LOOKS_AT, NewBill, refuse_duplicates, with_duplicates
from xero_mcp.tools.invoices import AREA_BY_TYPE, WORDS, XERO_TYPE, Kind
from xero_mcp.tools.links import page_link
from xero_mcp.tools.new_bills import new_bills
from xero_mcp.tools.outlines import outline
from xero_mcp.xero.models.document import Document
from xero_mcp.xero.models.invoice import Invoice, Invoices, InvoicesWrite, InvoiceType, InvoiceWrite
from xero_mcp.xero.scoped import ScopedXero

MANY = 2
IDS_AT_ONCE = 40
"""About as many as Xero takes in one list."""
FROM: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"DRAFT", "SUBMITTED"}),
    "submitted": frozenset({"DRAFT", "SUBMITTED"}),
    "authorised": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "PAID"}),
    "voided": frozenset({"AUTHORISED"}),
    "deleted": frozenset({"DRAFT", "SUBMITTED"}),
}
"""Asked-for status -> the ones from which Xero lets it become so."""
Url = Annotated[
    str,
    StringConstraints(pattern=r"^https?://", max_length=500),
    WithJsonSchema({"type": "string"}),
]


class InvoiceEntry(DocumentEntry):
    """One invoice or bill."""

    invoice_id: XeroId | None = Field(default=None, description="If stored.")
    due_date: Day | None = Field(default=None, description="Due.")

    @property
    def document_id(self) -> str | None:
        return self.invoice_id

    def own_fields(self, stored: Document | None) -> Mapping[str, Any]:
        del stored
        return {
            "invoice_number": self.number,
            "reference": self.reference,
            "due_date": self.due_date,
        }


class InvoiceSaving(Saving):
    """What both tools are told: the kind and the status decide what a policy must grant."""

    type: Kind = Field(description="Kind.")
    status: Literal["draft", "submitted", "authorised", "voided", "deleted"] = Field(
        description="After."
    )

    duplicate_of_known: bool = Field(default=False, description="Known.")

    @property
    def asked_status(self) -> str:
        return self.status

    @property
    def kind(self) -> Kind:
        """Sales invoices or bills."""
        return self.type

    @property
    def holds_many(self) -> bool:
        """Whether it takes a list of them."""
        return isinstance(self, BulkSaving)


class UpdateInvoice(DocumentChange, Labels, InvoiceSaving):
    """Arguments of update-invoice."""

    invoice_id: XeroId = Field(description="From list-invoices.")
    due_date: Day | None = Field(default=None, description="Due date.")
    branding_theme_id: XeroId | None = Field(default=None, description="Theme.")
    url: Url | None = Field(default=None, description="Source.")
    sent: bool | None = Field(default=None, description="Mark as sent.")

    @property
    def document_id(self) -> str:
        return self.invoice_id

    @property
    def entries(self) -> Sequence[DocumentChange]:
        return (self,)

    def own_fields(self, stored: Document | None) -> Mapping[str, Any]:
        del stored
        return {
            "invoice_number": self.number,
            "reference": self.reference,
            "due_date": self.due_date,
            "branding_theme_id": self.branding_theme_id,
            "url": self.url,
            "sent_to_contact": self.sent,
        }


class SaveInvoices(BulkSaving, InvoiceSaving):
    """Arguments of save-invoices."""

    invoices: list[InvoiceEntry] = Field(
        min_length=1, max_length=MAX_DOCUMENTS, description="Up to 50."
    )

    @property
    def entries(self) -> Sequence[InvoiceEntry]:
        return self.invoices


def _link(document: Document, short_code: str | None) -> str | None:
    is_bill = isinstance(document, Invoice) and document.type == "ACCPAY"
    return page_link("bill" if is_bill else "sales invoice", document.document_id, short_code)


PAPER = Paper(
    path="/Invoices",
    id_name="InvoiceID",
    spoken="invoice",
    envelope=Invoices,
    write=InvoiceWrite,
    wrap=lambda bodies: InvoicesWrite(invoices=tuple(bodies)),
    link=_link,
    posts=True,
)


def _named(args: InvoiceSaving) -> Paper:
    """Sales invoices and bills are one kind to Xero, and two to people."""
    return replace(PAPER, spoken=WORDS["type"][args.kind])


async def _planned(args: InvoiceSaving, xero: ScopedXero) -> list[Planned]:
    """What will be sent, after a look at what is stored: its kind, its status, its lines."""
    stored = await _read(args, xero)
    if not xero.is_second_try:  # the first one may have changed the status
        for document in stored.values():
            _must_fit(args, document)
    return [_fitted(one, args) for one in await plan(PAPER, args, stored, xero)]


async def _read(args: InvoiceSaving, xero: ScopedXero) -> Stored:
    """The stored ones: a single one by its id, several as pages of a list, with their lines."""
    asked = [one.document_id for one in args.entries if one.document_id is not None]
    if len(asked) < MANY:
        return await read_stored(PAPER, args, xero, every=True)
    read: dict[str, Document] = {}
    for start in range(0, len(asked), IDS_AT_ONCE):
        some = ",".join(asked[start : start + IDS_AT_ONCE])
        params = {"IDs": some, "page": 1, "pageSize": IDS_AT_ONCE, "unitdp": 4}
        found = await xero.get("/Invoices", Invoices, params=params)
        read |= {one.invoice_id.lower(): one for one in found.invoices}
    missing = [one for one in asked if one not in read]
    if missing:
        raise XeroMcpError(
            "Not all of these invoices are there; nothing was done.",
            code=ErrorCode.XERO_NOT_FOUND,
            next_step="Take the ids from list-invoices.",
            details=[Detail(path="invoices", message=one) for one in missing],
        )
    return read


def _must_fit(args: InvoiceSaving, document: Document) -> None:
    """The policy decided on the kind and the status that were named: they must be true."""
    named = WORDS["type"][args.kind]
    if not isinstance(document, Invoice) or document.type != XERO_TYPE[args.kind]:
        raise _unfit(f"{document.document_id} is no {named}", "Send the right type.")
    if document.status not in FROM[args.asked_status]:
        fitting = tuple(status for status, before in FROM.items() if document.status in before)
        raise _unfit(
            f"{document.document_id} is {document.status.lower()}",
            f"From there the status can be {', '.join(fitting) or 'no other'}.",
        )


def _unfit(what: str, next_step: str) -> XeroMcpError:
    return XeroMcpError(
        "What is stored does not fit the call; nothing was done.",
        code=ErrorCode.INVALID_ARGUMENTS,
        next_step=next_step,
        details=[Detail(path="invoice_id", message=what)],
    )


def _fitted(planned: Planned, args: InvoiceSaving) -> Planned:
    """A new one says what it is; a paid one keeps its status, which no call can name."""
    update: dict[str, Any] = {}
    if planned.stored is None:
        update["type"] = InvoiceType(XERO_TYPE[args.kind])
    elif planned.stored.status == "PAID":
        update["status"] = None
    return replace(planned, body=planned.body.model_copy(update=update))


async def _facts(args: InvoiceSaving, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    paper = _named(args)
    planned = await _planned(args, xero)
    outlines = [
        await outline(paper, one, args.asked_status, xero, kind=args.kind) for one in planned
    ]
    facts = await facts_of_documents(outlines, xero, wanted)
    if "duplicate" not in wanted:
        return facts
    looks_alike = args.type == "bill" and args.duplicate_of_known
    bills = await _new_bills(args, planned, xero) if looks_alike else []
    return await with_duplicates(facts, bills, xero)


async def _check(args: InvoiceSaving, xero: ScopedXero) -> None:
    planned = await _planned(args, xero)
    await check_planned(PAPER, args, planned, xero)
    if args.type == "bill" and not args.duplicate_of_known:
        await refuse_duplicates(await _new_bills(args, planned, xero), xero)


async def _new_bills(
    args: InvoiceSaving, planned: Sequence[Planned], xero: ScopedXero
) -> list[NewBill]:
    return await new_bills(planned, xero, places="invoices" if args.holds_many else "")


ACCESS = levels(
    draft=Access.DRAFT,
    submitted=Access.DRAFT,
    authorised=Access.POST,
    voided=Access.FULL,
    deleted=Access.FULL,
)


@tool(
    area=Area.INVOICES,
    access=Access.DRAFT,
    area_by=AREA_BY_TYPE,
    access_by=ACCESS,
    reaches=(POST(PAPER.one),),
    also=(GET(PAPER.one), LOOKS_AT),
    asks=(CONTACT_HISTORY,),
    words=WORDS,
    says="change the {type} {invoice_id} to {status}",
    facts=_facts,
    checks=_check,
    trace=of_documents(
        "/Invoices",
        "InvoiceID",
        number="InvoiceNumber",
        id_argument="invoice_id",
        types=XERO_TYPE,
        more={
            "due_date": "DueDate",
            "sent": "SentToContact",
            "url": "Url",
            "branding_theme_id": "BrandingThemeID",
        },
    ),
)
async def update_invoice(args: UpdateInvoice, xero: ScopedXero) -> SavedAnswer:
    """Change, submit, approve, void or delete a sales invoice or bill.

    Only what is sent changes; lines that are not named stay.
    """
    return await send(_named(args), args, await _planned(args, xero), xero)


@tool(
    area=Area.INVOICES,
    access=Access.DRAFT,
    area_by=AREA_BY_TYPE,
    access_by=ACCESS,
    reaches=(POST("/Invoices"),),
    also=(PUT("/Invoices"), GET("/Invoices"), GET(PAPER.one), POST(PAPER.one)),
    asks=(CONTACT_HISTORY,),
    words={"type": {"sales": "sales invoices", "bill": "bills"}},
    listed_as=ListedAs(
        name="save-documents",
        kinds={"sales": {"type": "sales"}, "bill": {"type": "bill"}},
        unsaid={"status": "draft"},
        names={"documents": "invoices", "documents.document_id": "invoice_id"},
    ),
    says="save several {type} as {status}",
    facts=_facts,
    checks=_check,
    trace=of_documents(
        "/Invoices",
        "InvoiceID",
        number="InvoiceNumber",
        id_argument="invoice_id",
        each="invoices",
        types=XERO_TYPE,
        more={"due_date": "DueDate"},
    ),
)
async def save_invoices(args: SaveInvoices, xero: ScopedXero) -> SavedAnswer:
    """Save, approve, void or delete invoices or bills."""
    return await send(_named(args), args, await _planned(args, xero), xero)
