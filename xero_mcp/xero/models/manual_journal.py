from decimal import Decimal
from typing import Annotated

from xero_mcp.xero.models.base import Findings, Listed, Paged, XeroModel, XeroWrite
from xero_mcp.xero.models.line_item import LineTracking, LineTrackingWrite
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import Day, XeroDay, XeroMoment


class ManualJournalLine(XeroModel):
    """A debit where the amount is above zero, a credit where it is below."""

    line_amount: Decimal | None = None
    account_code: XeroText | None = None
    account_id: str | None = None
    description: XeroText | None = None
    tax_type: str | None = None
    tax_amount: Decimal | None = None
    tracking: Annotated[tuple[LineTracking, ...], Listed] = ()


class ManualJournal(XeroModel):
    manual_journal_id: str = ""
    narration: XeroText = ""
    date: XeroDay | None = None
    status: str = ""
    line_amount_types: str | None = None
    journal_lines: Annotated[tuple[ManualJournalLine, ...], Listed] = ()
    show_on_cash_basis_reports: bool | None = None
    url: XeroText | None = None
    has_attachments: bool | None = None
    updated_date_utc: XeroMoment | None = None
    status_attribute_string: str | None = None
    validation_errors: Findings = ()
    warnings: Findings = ()


class ManualJournals(Paged):
    manual_journals: Annotated[tuple[ManualJournal, ...], Listed] = ()


class ManualJournalLineWrite(XeroWrite):
    """Lines have no ids: those that are sent take the place of all that were there."""

    line_amount: Decimal | None = None
    account_code: str | None = None
    description: str | None = None
    tax_type: str | None = None
    tracking: tuple[LineTrackingWrite, ...] | None = None


class ManualJournalWrite(XeroWrite):
    manual_journal_id: str | None = None
    narration: str | None = None
    date: Day | None = None
    status: str | None = None
    line_amount_types: str | None = None
    journal_lines: tuple[ManualJournalLineWrite, ...] | None = None
    show_on_cash_basis_reports: bool | None = None


class ManualJournalsWrite(XeroWrite):
    manual_journals: tuple[ManualJournalWrite, ...]
