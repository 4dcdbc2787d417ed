from decimal import Decimal
from typing import Annotated

from xero_mcp.xero.models.base import Listed, XeroModel
from xero_mcp.xero.models.line_item import LineTracking
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import XeroDay, XeroMoment


class JournalLine(XeroModel):
    """What one account moved by: a debit above zero, a credit below."""

    journal_line_id: str = ""
    account_id: str | None = None
    account_code: XeroText | None = None
    account_type: str | None = None
    account_name: XeroText | None = None
    description: XeroText | None = None
    net_amount: Decimal | None = None
    gross_amount: Decimal | None = None
    tax_amount: Decimal | None = None
    tax_type: str | None = None
    tracking_categories: Annotated[tuple[LineTracking, ...], Listed] = ()


class Journal(XeroModel):
    """What a document did to the ledger; never changed, only followed by another."""

    journal_id: str = ""
    journal_number: int = 0
    journal_date: XeroDay | None = None
    created_date_utc: XeroMoment | None = None
    reference: XeroText | None = None
    source_id: str | None = None
    source_type: str | None = None
    journal_lines: Annotated[tuple[JournalLine, ...], Listed] = ()


class Journals(XeroModel):
    journals: Annotated[tuple[Journal, ...], Listed] = ()
