from typing import Annotated

from xero_mcp.xero.models.base import Listed, XeroModel, XeroWrite
from xero_mcp.xero.models.document import Document, Documents, DocumentWrite
from xero_mcp.xero.wire import Day, XeroDay


class Schedule(XeroModel):
    """When the next one is made, and when it falls due."""

    period: int | None = None
    unit: str | None = None
    due_date: int | None = None
    due_date_type: str | None = None
    start_date: XeroDay | None = None
    next_scheduled_date: XeroDay | None = None
    end_date: XeroDay | None = None


class RepeatingInvoice(Document):
    """A template from which Xero makes invoices or bills."""

    repeating_invoice_id: str = ""
    type: str = ""
    schedule: Schedule | None = None
    approved_for_sending: bool | None = None

    @property
    def document_id(self) -> str:
        return self.repeating_invoice_id

    @property
    def number(self) -> str | None:
        return None


class RepeatingInvoices(Documents):
    repeating_invoices: Annotated[tuple[RepeatingInvoice, ...], Listed] = ()

    @property
    def documents(self) -> tuple[RepeatingInvoice, ...]:
        return self.repeating_invoices


class ScheduleWrite(XeroWrite):
    period: int
    unit: str
    due_date: int
    due_date_type: str
    start_date: Day | None = None
    end_date: Day | None = None


class RepeatingInvoiceWrite(DocumentWrite):
    repeating_invoice_id: str | None = None
    type: str | None = None
    schedule: ScheduleWrite | None = None


class RepeatingInvoicesWrite(XeroWrite):
    repeating_invoices: tuple[RepeatingInvoiceWrite, ...]
