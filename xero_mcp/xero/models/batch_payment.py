from decimal import Decimal
from typing import Annotated

from xero_mcp.xero.models.account import Account
from xero_mcp.xero.models.base import Findings, Listed, XeroModel, XeroWrite
from xero_mcp.xero.models.payment import AccountRef, Payment, PaymentWrite
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import Day, XeroDay, XeroMoment


class BatchPayment(XeroModel):
    """Several invoices, or several bills, paid with one amount on the bank statement."""

    batch_payment_id: str = ""
    type: str = ""
    status: str = ""
    account: Account | None = None
    date: XeroDay | None = None
    total_amount: Decimal | None = None
    reference: XeroText | None = None
    details: XeroText | None = None
    narrative: XeroText | None = None
    is_reconciled: bool | None = None
    payments: Annotated[tuple[Payment, ...], Listed] = ()
    updated_date_utc: XeroMoment | None = None
    validation_errors: Findings = ()


class BatchPayments(XeroModel):
    batch_payments: Annotated[tuple[BatchPayment, ...], Listed] = ()


class BatchPaymentWrite(XeroWrite):
    account: AccountRef | None = None
    date: Day | None = None
    reference: str | None = None
    details: str | None = None
    narrative: str | None = None
    payments: tuple[PaymentWrite, ...] | None = None


class BatchPaymentsWrite(XeroWrite):
    batch_payments: tuple[BatchPaymentWrite, ...]


class BatchPaymentDelete(XeroWrite):
    """A batch that is to be taken back: Xero lets nothing else of it change."""

    batch_payment_id: str
    status: str = "DELETED"


class BatchPaymentsDelete(XeroWrite):
    batch_payments: tuple[BatchPaymentDelete, ...]
