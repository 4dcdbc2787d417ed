from decimal import Decimal
from typing import Annotated

from xero_mcp.xero.models.account import Account
from xero_mcp.xero.models.base import Findings, Listed, Paged, XeroModel, XeroWrite
from xero_mcp.xero.models.contact import Contact
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import Day, XeroDay, XeroMoment


class PaidInvoice(XeroModel):
    """The invoice as it stands inside a payment; a write's answer holds more than a list's."""

    invoice_id: str = ""
    invoice_number: XeroText | None = None
    type: str | None = None
    status: str | None = None
    contact: Contact | None = None
    currency_code: str | None = None
    total: Decimal | None = None
    amount_due: Decimal | None = None
    amount_paid: Decimal | None = None


class RefundedCreditNote(XeroModel):
    """The credit note as it stands inside a payment that refunds it."""

    credit_note_id: str = ""
    credit_note_number: XeroText | None = None
    contact: Contact | None = None
    currency_code: str | None = None


class Payment(XeroModel):
    payment_id: str = ""
    payment_type: str | None = None
    status: str = ""
    date: XeroDay | None = None
    amount: Decimal | None = None
    bank_amount: Decimal | None = None
    currency_rate: Decimal | None = None
    reference: XeroText | None = None
    is_reconciled: bool | None = None
    invoice: PaidInvoice | None = None
    credit_note: RefundedCreditNote | None = None
    account: Account | None = None
    batch_payment_id: str | None = None
    has_account: bool | None = None
    updated_date_utc: XeroMoment | None = None
    has_validation_errors: bool = False
    status_attribute_string: str | None = None
    validation_errors: Findings = ()
    warnings: Findings = ()


class Payments(Paged):
    payments: Annotated[tuple[Payment, ...], Listed] = ()


class InvoiceRef(XeroWrite):
    invoice_id: str


class AccountRef(XeroWrite):
    """An account by its id, or by its code where it has one."""

    account_id: str | None = None
    code: str | None = None


class PaymentWrite(XeroWrite):
    invoice: InvoiceRef | None = None
    account: AccountRef | None = None
    date: Day | None = None
    amount: Decimal | None = None
    currency_rate: Decimal | None = None
    reference: str | None = None
    is_reconciled: bool | None = None
    status: str | None = None


class PaymentsWrite(XeroWrite):
    payments: tuple[PaymentWrite, ...]
