"""Repeating invoices and bills: templates that Xero makes documents of by a schedule."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, WithJsonSchema, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import ListAnswer
from xero_mcp.tool.args import Day, XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.table import Column, TextColumn, chosen
from xero_mcp.tool.trace import of_documents
from xero_mcp.tools.bulk import MAX_DOCUMENTS, SavedAnswer
from xero_mcp.tools.contacts import CONTACT_HISTORY
from xero_mcp.tools.document_facts import facts_of_documents
from xero_mcp.tools.documents import (
    BulkSaving,
    NewDocument,
    Paper,
    check_planned,
    levels,
    plan,
    read_stored,
    send,
)
from xero_mcp.tools.invoices import KIND, XERO_TYPE, Kind
from xero_mcp.tools.line_rows import line_rows
from xero_mcp.tools.outlines import outline
from xero_mcp.tools.paging import Listing, list_answer
from xero_mcp.xero.models.document import Document
from xero_mcp.xero.models.repeating_invoice import (
    RepeatingInvoice,
    RepeatingInvoices,
    RepeatingInvoicesWrite,
    RepeatingInvoiceWrite,
    ScheduleWrite,
)
from xero_mcp.xero.scoped import ScopedXero

ALL = "/RepeatingInvoices"
ONE = "/RepeatingInvoices/{RepeatingInvoiceID}"
UNITS: Mapping[str, str] = {"week": "WEEKLY", "month": "MONTHLY"}
DUE_BY: Mapping[str, str] = {
    "days-after-date": "DAYSAFTERBILLDATE",
    "days-after-month": "DAYSAFTERBILLMONTH",
    "of-current-month": "OFCURRENTMONTH",
    "of-following-month": "OFFOLLOWINGMONTH",
}
Every = Annotated[
    str,
    StringConstraints(pattern=r"^([1-9][0-9]?|100) (week|month)s?$"),
    WithJsonSchema({"type": "string"}),
]
Due = Annotated[
    str,
    StringConstraints(pattern=rf"^([0-9]|[1-9][0-9]|100) ({'|'.join(DUE_BY)})$"),
    WithJsonSchema({"type": "string"}),
]


def _every(one: RepeatingInvoice) -> str | None:
    """`2 monthly`: every two months."""
    schedule = one.schedule
    return f"{schedule.period} {(schedule.unit or '').lower()}" if schedule else None


COLUMNS = (
    Column[RepeatingInvoice](name="repeating_invoice_id", read=lambda one: one.document_id),
    Column[RepeatingInvoice](name="type", read=lambda one: KIND.get(one.type)),
    TextColumn[RepeatingInvoice](
        name="contact", read=lambda one: one.contact.name if one.contact else None
    ),
    Column[RepeatingInvoice](name="every", read=_every),
    Column[RepeatingInvoice](
        name="next_date",
        read=lambda one: one.schedule.next_scheduled_date if one.schedule else None,
    ),
    Column[RepeatingInvoice](name="status", read=lambda one: one.status.lower()),
    Column[RepeatingInvoice](name="currency", read=lambda one: one.currency_code),
    Column[RepeatingInvoice](name="total", read=lambda one: one.total),
    TextColumn[RepeatingInvoice](name="reference", read=lambda one: one.reference, usual=False),
    Column[RepeatingInvoice](
        name="contact_id",
        read=lambda one: one.contact.contact_id if one.contact else None,
        usual=False,
    ),
    Column[RepeatingInvoice](
        name="end_date",
        read=lambda one: one.schedule.end_date if one.schedule else None,
        usual=False,
    ),
    TextColumn[RepeatingInvoice](
        name="lines", read=lambda one: line_rows(one.line_items), usual=False
    ),
)


class ListRepeatingInvoices(Listing):
    """Arguments of list-repeating-invoices."""

    repeating_invoice_id: XeroId | None = Field(default=None, description="This one, whole.")
    type: Kind | None = Field(default=None, description="Kind.")


@tool(
    area=Area.REPEATING_INVOICES,
    access=Access.READ,
    reaches=(GET(ALL), GET(ONE)),
    listed_as=ListedAs(
        name="list-documents",
        kinds={"repeating-invoice": {}},
        names={"document_id": "repeating_invoice_id"},
    ),
    says="list repeating invoices{ of type: type}",
)
async def list_repeating_invoices(args: ListRepeatingInvoices, xero: ScopedXero) -> ListAnswer:
    """List the templates of repeating invoices and bills, with their next dates."""
    full = args.detail == "full" or args.repeating_invoice_id is not None
    shown = chosen(COLUMNS, fields=None, full=full)
    if args.repeating_invoice_id is not None:
        ids = {"RepeatingInvoiceID": args.repeating_invoice_id}
        found = await xero.get(ONE, RepeatingInvoices, ids=ids)
    else:
        found = await xero.get(ALL, RepeatingInvoices)
    wanted = [
        one
        for one in found.repeating_invoices
        if args.type is None or one.type == XERO_TYPE[args.type]
    ]
    return list_answer(wanted, shown, organisation=xero.organisation.name)


class TemplateEntry(NewDocument):
    """One template."""

    repeating_invoice_id: XeroId | None = Field(default=None, description="To delete it.")
    type: Kind | None = Field(default=None, description="Kind.")
    every: Every | None = Field(default=None, description="2 weeks, 1 month.")
    due: Due | None = Field(
        default=None,
        description="14 days-after-date, 20 of-following-month.",
    )
    end_date: Day | None = Field(default=None, description="Last.")

    @property
    def document_id(self) -> str | None:
        return self.repeating_invoice_id

    def own_fields(self, stored: Document | None) -> Mapping[str, Any]:
        """The date is the schedule's first, not the template's."""
        del stored
        if self.type is None or self.every is None or self.due is None:
            return {"date": None}
        period, unit = self.every.split(" ")
        day, counted = self.due.split(" ")
        schedule = ScheduleWrite(
            period=int(period),
            unit=UNITS[unit.rstrip("s")],
            due_date=int(day),
            due_date_type=DUE_BY[counted],
            start_date=self.date,
            end_date=self.end_date,
        )
        return {"date": None, "type": XERO_TYPE[self.type], "schedule": schedule}


class SaveRepeatingInvoices(BulkSaving):
    """Arguments of save-repeating-invoices."""

    status: Literal["draft", "authorised", "deleted"] = Field(default="draft", description="After.")
    templates: list[TemplateEntry] = Field(
        min_length=1, max_length=MAX_DOCUMENTS, description="Up to 50."
    )

    @property
    def entries(self) -> Sequence[TemplateEntry]:
        return self.templates

    @property
    def asked_status(self) -> str:
        return self.status

    @model_validator(mode="after")
    def _made_whole_or_deleted(self) -> "SaveRepeatingInvoices":
        stored = any(one.repeating_invoice_id is not None for one in self.templates)
        if stored and self.status != "deleted":
            raise ValueError("Xero changes no template: delete it and make a new one")
        new = [one for one in self.templates if one.repeating_invoice_id is None]
        if any(None in (one.type, one.every, one.due) for one in new):
            raise ValueError("a new template needs type, every and due")
        return self


PAPER = Paper(
    path=ALL,
    id_name="RepeatingInvoiceID",
    spoken="repeating invoice",
    envelope=RepeatingInvoices,
    write=RepeatingInvoiceWrite,
    wrap=lambda bodies: RepeatingInvoicesWrite(repeating_invoices=tuple(bodies)),
    link=lambda _document, _short_code: None,
)


async def _facts(args: SaveRepeatingInvoices, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    stored = await read_stored(PAPER, args, xero, every=True)
    planned = await plan(PAPER, args, stored, xero)
    outlines = [
        await outline(PAPER, one, args.status, xero, kind=_kind(entry, one.stored))
        for entry, one in zip(args.templates, planned, strict=True)
    ]
    return await facts_of_documents(outlines, xero, wanted)


def _kind(entry: TemplateEntry, stored: Document | None) -> Kind | None:
    return KIND.get(stored.type) if isinstance(stored, RepeatingInvoice) else entry.type


async def _check(args: SaveRepeatingInvoices, xero: ScopedXero) -> None:
    await check_planned(PAPER, args, await plan(PAPER, args, {}, xero), xero)


@tool(
    area=Area.REPEATING_INVOICES,
    access=Access.DRAFT,
    access_by=levels(draft=Access.DRAFT, authorised=Access.POST, deleted=Access.FULL),
    reaches=PAPER.reaches,
    also=PAPER.also,
    asks=(CONTACT_HISTORY,),
    says="save repeating invoices as {status}",
    facts=_facts,
    checks=_check,
    trace=of_documents(
        PAPER.path,
        PAPER.id_name,
        id_argument="repeating_invoice_id",
        each="templates",
        types=XERO_TYPE,
        more={"date": "Schedule.StartDate"},
    ),
)
async def save_repeating_invoices(args: SaveRepeatingInvoices, xero: ScopedXero) -> SavedAnswer:
    """Make or delete templates of repeating invoices or bills."""
    planned = await plan(PAPER, args, {}, xero)
    return await send(PAPER, args, planned, xero)
