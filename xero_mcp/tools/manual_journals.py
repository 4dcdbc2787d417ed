"""Manual journals: finding them."""

from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, ListAnswer, MoneyText
from xero_mcp.tool.args import Day, XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.table import Column, chosen
from xero_mcp.tools.paging import PagedListing, day_start, list_answer
from xero_mcp.xero.models.manual_journal import ManualJournal, ManualJournals
from xero_mcp.xero.scoped import ScopedXero
from xero_mcp.xero.where import Condition, eq, ge, le, where

ALL = "/ManualJournals"
ONE = "/ManualJournals/{ManualJournalID}"


class ShownJournalLine(Answer):
    """A debit above zero, a credit below."""

    account_code: str | None = None
    amount: MoneyText | None = None
    tax_type: str | None = None
    tax_amount: MoneyText | None = None
    description: str | None = None
    tracking: list[str] | None = None


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
    Column[ManualJournal](name="narration", read=lambda one: one.narration),
    Column[ManualJournal](name="status", read=lambda one: one.status.lower()),
    Column[ManualJournal](name="debits", read=debits),
    Column[ManualJournal](
        name="amounts_are", read=lambda one: (one.line_amount_types or "").lower(), usual=False
    ),
    Column[ManualJournal](
        name="on_cash_basis", read=lambda one: one.show_on_cash_basis_reports, usual=False
    ),
    Column[ManualJournal](name="lines", read=_lines, usual=False),
    Column[ManualJournal](name="updated_at", read=lambda one: one.updated_date_utc, usual=False),
)


class ListManualJournals(PagedListing):
    """Arguments of list-manual-journals."""

    manual_journal_id: XeroId | None = Field(default=None, description="Only this one, whole.")
    status: Literal["draft", "posted", "voided", "deleted"] | None = Field(
        default=None, description="Needs date_from."
    )
    date_from: Day | None = Field(default=None, description="From this date.")
    date_to: Day | None = Field(default=None, description="Needs date_from.")
    modified_since: Day | None = Field(default=None, description="Changed since.")

    @model_validator(mode="after")
    def _slow_ones_from_a_day_on(self) -> "ListManualJournals":
        if (self.status is not None or self.date_to is not None) and self.date_from is None:
            raise ValueError("status and date_to need date_from")
        return self


@tool(
    area=Area.MANUAL_JOURNALS,
    access=Access.READ,
    reaches=(GET(ALL), GET(ONE)),
    says="list manual journals{ with status: status} (page {page})",
)
async def list_manual_journals(args: ListManualJournals, xero: ScopedXero) -> ListAnswer:
    """List manual journals, last changed last; detail full adds their lines."""
    here = xero.organisation.name
    if args.manual_journal_id is not None:
        ids = {"ManualJournalID": args.manual_journal_id}
        one = await xero.get(ONE, ManualJournals, ids=ids)
        return list_answer(one.manual_journals, COLUMNS, organisation=here)
    found = await xero.get(
        ALL,
        ManualJournals,
        params={
            "where": where("ManualJournals", *_conditions(args)),
            "page": args.page,
            "pageSize": args.page_size,
        },
        modified_since=day_start(args.modified_since),
    )
    shown = chosen(COLUMNS, fields=None, full=args.detail == "full")
    return list_answer(found.manual_journals, shown, organisation=here, pagination=found.pagination)


def _conditions(args: ListManualJournals) -> list[Condition]:
    asked = (
        eq("Status", args.status.upper()) if args.status else None,
        ge("Date", args.date_from) if args.date_from else None,
        le("Date", args.date_to) if args.date_to else None,
    )
    return [condition for condition in asked if condition is not None]
