from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from xero_mcp.xero.models.base import Findings, Listed, Paged, XeroModel, XeroWrite
from xero_mcp.xero.models.contact import Contact, ContactRef
from xero_mcp.xero.models.line_item import LineItem, LineItemWrite
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import Day, XeroDay, XeroMoment


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


class Invoice(XeroModel):
    """A sales invoice or a bill. Lists without a page leave the lines out."""

    invoice_id: str = ""
    type: str = ""
    status: str = ""
    invoice_number: XeroText | None = None
    reference: XeroText | None = None
    contact: Contact | None = None
    date: XeroDay | None = None
    due_date: XeroDay | None = None
    expected_payment_date: XeroDay | None = None
    planned_payment_date: XeroDay | None = None
    line_amount_types: str | None = None
    line_items: Annotated[tuple[LineItem, ...], Listed] = ()
    currency_code: str | None = None
    currency_rate: Decimal | None = None
    sub_total: Decimal | None = None
    total_tax: Decimal | None = None
    total: Decimal | None = None
    total_discount: Decimal | None = None
    amount_due: Decimal | None = None
    amount_paid: Decimal | None = None
    amount_credited: Decimal | None = None
    fully_paid_on_date: XeroDay | None = None
    payments: Annotated[tuple[AppliedPayment, ...], Listed] = ()
    url: XeroText | None = None
    branding_theme_id: str | None = None
    repeating_invoice_id: str | None = None
    sent_to_contact: bool | None = None
    is_discounted: bool | None = None
    has_attachments: bool | None = None
    has_errors: bool = False
    updated_date_utc: XeroMoment | None = None
    status_attribute_string: str | None = None
    validation_errors: Findings = ()
    warnings: Findings = ()


class Invoices(Paged):
    invoices: Annotated[tuple[Invoice, ...], Listed] = ()


class InvoiceWrite(XeroWrite):
    invoice_id: str | None = None
    type: InvoiceType | None = None
    contact: ContactRef | None = None
    line_items: tuple[LineItemWrite, ...] | None = None
    date: Day | None = None
    due_date: Day | None = None
    line_amount_types: LineAmountTypes | None = None
    invoice_number: str | None = None
    reference: str | None = None
    branding_theme_id: str | None = None
    url: str | None = None
    currency_code: str | None = None
    currency_rate: Decimal | None = None
    status: InvoiceStatus | None = None
    sent_to_contact: bool | None = None


class InvoicesWrite(XeroWrite):
    invoices: tuple[InvoiceWrite, ...]
