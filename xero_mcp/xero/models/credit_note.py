from decimal import Decimal
from typing import Annotated

from xero_mcp.xero.models.allocation import Allocation
from xero_mcp.xero.models.base import Listed, XeroWrite
from xero_mcp.xero.models.document import Document, Documents, DocumentWrite
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import XeroDay


class CreditNote(Document):
    """A credit note of either side: ACCRECCREDIT for customers, ACCPAYCREDIT from suppliers."""

    credit_note_id: str = ""
    credit_note_number: XeroText | None = None
    type: str = ""
    due_date: XeroDay | None = None
    fully_paid_on_date: XeroDay | None = None
    remaining_credit: Decimal | None = None
    sent_to_contact: bool | None = None
    allocations: Annotated[tuple[Allocation, ...], Listed] = ()

    @property
    def document_id(self) -> str:
        return self.credit_note_id

    @property
    def number(self) -> str | None:
        return self.credit_note_number


class CreditNotes(Documents):
    credit_notes: Annotated[tuple[CreditNote, ...], Listed] = ()

    @property
    def documents(self) -> tuple[CreditNote, ...]:
        return self.credit_notes


class CreditNoteWrite(DocumentWrite):
    credit_note_id: str | None = None
    credit_note_number: str | None = None
    type: str | None = None


class CreditNotesWrite(XeroWrite):
    credit_notes: tuple[CreditNoteWrite, ...]
