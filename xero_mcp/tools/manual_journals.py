"""Manual journals: finding them."""

from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, MoneyText, OthersText
from xero_mcp.tool.args import XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.table import Column, TextColumn
from xero_mcp.tools.paging import (
    BASE,
    DatedListing,
    Page,
    SummedList,
    day_start,
    names_of,
    summed_list,
)
from xero_mcp.xero.models.manual_journal import ManualJournal, ManualJournals
from xero_mcp.xero.scoped import Param, ScopedXero
from xero_mcp.xero.where import Condition, eq, where

ALL = "/ManualJournals"
ONE = "/ManualJournals/{ManualJournalID}"


class ShownJournalLine(Answer):
    """A debit above zero, a credit below."""

    account_code: str | None = None
    amount: MoneyText | None = None
    tax_type: str | None = None
    tax_amount: MoneyText | None = None
    description: OthersText | None = None
    tracking: list[OthersText] | None = None


def debits(journal: ManualJournal) -> Decimal | None:
    """What is debited, and so credited; None where the lines are not there."""
    if not journal.journal_lines:
        return None
    amounts = [line.line_amount or Decimal(0) for line in journal.journal_lines]
    return sum((amount for amount in amounts if amount > 0), Decimal(0))


def _lines(journal: ManualJournal) -> list[ShownJournalLine]:
    return [
        ShownJournalLine(
            account_code=line.account_code,
            amount=line.line_amount,
            tax_type=line.tax_type,
            tax_amount=line.tax_amount,
            description=line.description or None,
            tracking=[f"{one.name}: {one.option}" for one in line.tracking] or None,
        )
        for line in journal.journal_lines
    ]


COLUMNS = (
    Column[ManualJournal](name="manual_journal_id", read=lambda one: one.manual_journal_id),
    Column[ManualJournal](name="date", read=lambda one: one.date),
    TextColumn[ManualJournal](name="narration", read=lambda one: one.narration),
    Column[ManualJournal](name="status", read=lambda one: one.status.lower()),
    Column[ManualJournal](name="debits", read=debits, currency=lambda _: BASE),
    Column[ManualJournal](
        name="amounts_are", read=lambda one: (one.line_amount_types or "").lower(), usual=False
    ),
    Column[ManualJournal](
        name="on_cash_basis", read=lambda one: one.show_on_cash_basis_reports, usual=False
    ),
    TextColumn[ManualJournal](name="lines", read=_lines, usual=False),
    Column[ManualJournal](name="updated_at", read=lambda one: one.updated_date_utc, usual=False),
)


class ListManualJournals(DatedListing):
    """Arguments of list-manual-journals."""

    COLUMN_NAMES = names_of(COLUMNS)

    manual_journal_id: XeroId | None = Field(default=None, description="Only this one, whole.")
    status: Literal["draft", "posted", "voided", "deleted"] | None = Field(
        default=None, description="Needs date_from."
    )

    @model_validator(mode="after")
    def _slow_ones_from_a_day_on(self) -> "ListManualJournals":
        if (self.status is not None or self.date_to is not None) and self.date_from is None:
            raise ValueError("status and date_to need date_from")
        return self


@tool(
    area=Area.MANUAL_JOURNALS,
    access=Access.READ,
    reaches=(GET(ALL), GET(ONE)),
    listed_as=ListedAs(
        name="list-documents",
        kinds={"manual-journal": {}},
        names={"document_id": "manual_journal_id"},
    ),
    says="list manual journals{ with status: status} (page {page})",
)
async def list_manual_journals(args: ListManualJournals, xero: ScopedXero) -> SummedList:
    """List manual journals, newest first; detail full adds their lines."""

    async def fetch(page: int, size: int) -> Page[ManualJournal]:
        if args.manual_journal_id is not None:
            ids = {"ManualJournalID": args.manual_journal_id}
            return (await xero.get(ONE, ManualJournals, ids=ids)).manual_journals, None
        params: dict[str, Param] = {
            "where": where("ManualJournals", *_conditions(args)),
            "order": args.sorted_by("ManualJournals"),
            "page": page,
            "pageSize": size,
        }
        since = day_start(args.modified_since)
        found = await xero.get(ALL, ManualJournals, params=params, modified_since=since)
        return found.manual_journals, found.pagination

    shown = args.columns(COLUMNS, whole=args.manual_journal_id is not None)
    return await summed_list(args, shown, fetch, xero)


def _conditions(args: ListManualJournals) -> list[Condition]:
    status = [eq("Status", args.status.upper())] if args.status else []
    return [*status, *args.dates()]
