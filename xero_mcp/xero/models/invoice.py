from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from xero_mcp.xero.models.base import Listed, XeroModel, XeroWrite
from xero_mcp.xero.models.document import Document, Documents, DocumentWrite
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import Day, XeroDay


class InvoiceType(StrEnum):
    """Sales invoices are ACCREC, bills ACCPAY."""

    ACCREC = "ACCREC"
    ACCPAY = "ACCPAY"


class InvoiceStatus(StrEnum):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    AUTHORISED = "AUTHORISED"
    PAID = "PAID"
    VOIDED = "VOIDED"
    DELETED = "DELETED"


class LineAmountTypes(StrEnum):
    EXCLUSIVE = "Exclusive"
    INCLUSIVE = "Inclusive"
    NO_TAX = "NoTax"


class AppliedPayment(XeroModel):
    """A payment as it stands inside the invoice that it pays."""

    payment_id: str = ""
    date: XeroDay | None = None
    amount: Decimal | None = None
    reference: XeroText | None = None
    currency_rate: Decimal | None = None


class Invoice(Document):
    """A sales invoice or a bill. Lists without a page leave the lines out."""

    invoice_id: str = ""
    type: str = ""
    invoice_number: XeroText | None = None
    due_date: XeroDay | None = None
    expected_payment_date: XeroDay | None = None
    planned_payment_date: XeroDay | None = None
    total_discount: Decimal | None = None
    amount_due: Decimal | None = None
    amount_paid: Decimal | None = None
    amount_credited: Decimal | None = None
    fully_paid_on_date: XeroDay | None = None
    payments: Annotated[tuple[AppliedPayment, ...], Listed] = ()
    url: XeroText | None = None
    repeating_invoice_id: str | None = None
    sent_to_contact: bool | None = None
    is_discounted: bool | None = None

    @property
    def document_id(self) -> str:
        return self.invoice_id

    @property
    def number(self) -> str | None:
        return self.invoice_number


class Invoices(Documents):
    invoices: Annotated[tuple[Invoice, ...], Listed] = ()

    @property
    def documents(self) -> tuple[Invoice, ...]:
        return self.invoices


class InvoiceWrite(DocumentWrite):
    invoice_id: str | None = None
    type: InvoiceType | None = None
    due_date: Day | None = None
    invoice_number: str | None = None
    url: str | None = None
    sent_to_contact: bool | None = None


class InvoicesWrite(XeroWrite):
    invoices: tuple[InvoiceWrite, ...]
