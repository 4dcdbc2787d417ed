"""Documents as the answering tools read them: just what stands on accounts, and what settled it."""

from decimal import Decimal
from typing import Annotated

from pydantic import AliasChoices, Field

from xero_mcp.xero.models.account import Account
from xero_mcp.xero.models.allocation import Allocation
from xero_mcp.xero.models.base import Listed, Paged, XeroModel
from xero_mcp.xero.models.contact import Contact
from xero_mcp.xero.models.line_item import LineItem
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import XeroDay, XeroMoment

_ID = AliasChoices(
    "InvoiceID",
    "CreditNoteID",
    "OverpaymentID",
    "PrepaymentID",
    "BankTransactionID",
    "ManualJournalID",
)
_NUMBER = AliasChoices("InvoiceNumber", "CreditNoteNumber")


class Posting(XeroModel):
    """A document of any kind, under one set of names."""

    id: str = Field(default="", validation_alias=_ID)
    number: XeroText | None = Field(default=None, validation_alias=_NUMBER)
    type: str = ""
    status: str = ""
    contact: Contact | None = None
    date: XeroDay | None = None
    due_date: XeroDay | None = None
    reference: XeroText | None = None
    currency_code: str | None = None
    currency_rate: Decimal | None = None
    line_amount_types: str | None = None
    line_items: Annotated[tuple[LineItem, ...], Listed] = ()
    total: Decimal | None = None
    total_tax: Decimal | None = None
    amount_due: Decimal | None = None
    remaining_credit: Decimal | None = None
    allocations: Annotated[tuple[Allocation, ...], Listed] = ()
    has_attachments: bool = False
    repeating_invoice_id: str | None = None
    updated_date_utc: XeroMoment | None = None


class BankPosting(Posting):
    """Money spent or received, with the bank account that it went through."""

    id: str = Field(default="", validation_alias="BankTransactionID")
    bank_account: Account | None = None
    is_reconciled: bool = False
    prepayment_id: str | None = None
    overpayment_id: str | None = None


class JournalLine(XeroModel):
    line_amount: Decimal | None = None
    account_id: str | None = None
    account_code: XeroText | None = None
    description: XeroText | None = None
    tax_type: str | None = None
    tax_amount: Decimal | None = None
    is_blank: bool = False


class JournalPosting(XeroModel):
    """A manual journal; debits are positive."""

    id: str = Field(default="", validation_alias="ManualJournalID")
    narration: XeroText = ""
    date: XeroDay | None = None
    status: str = ""
    line_amount_types: str | None = None
    journal_lines: Annotated[tuple[JournalLine, ...], Listed] = ()
    has_attachments: bool = False


class Settled(XeroModel):
    """The document that a payment settles, inside the payment."""

    id: str = Field(default="", validation_alias=_ID)
    number: XeroText | None = Field(default=None, validation_alias=_NUMBER)
    contact: Contact | None = None
    currency_code: str | None = None


class PaymentPosting(XeroModel):
    """A payment of an invoice, or the refund of a credit."""

    payment_id: str = Field(default="", validation_alias="PaymentID")
    payment_type: str = ""
    status: str = ""
    date: XeroDay | None = None
    amount: Decimal | None = None
    bank_amount: Decimal | None = None
    currency_rate: Decimal | None = None
    reference: XeroText | None = None
    is_reconciled: bool = False
    account: Account | None = None
    invoice: Settled | None = None
    credit_note: Settled | None = None
    prepayment: Settled | None = None
    overpayment: Settled | None = None

    @property
    def settles(self) -> Settled | None:
        return self.invoice or self.credit_note or self.prepayment or self.overpayment


class TransferPosting(XeroModel):
    """Money moved between two bank accounts."""

    id: str = Field(default="", validation_alias="BankTransferID")
    from_bank_account: Account | None = None
    to_bank_account: Account | None = None
    amount: Decimal | None = None
    date: XeroDay | None = None
    reference: XeroText | None = None
    status: str | None = None


Postings = Annotated[tuple[Posting, ...], Listed]


class InvoicePostings(Paged):
    invoices: Postings = ()


class CreditNotePostings(Paged):
    credit_notes: Postings = ()


class PrepaymentPostings(Paged):
    prepayments: Postings = ()


class OverpaymentPostings(Paged):
    overpayments: Postings = ()


class BankPostings(Paged):
    bank_transactions: Annotated[tuple[BankPosting, ...], Listed] = ()


class JournalPostings(Paged):
    manual_journals: Annotated[tuple[JournalPosting, ...], Listed] = ()


class PaymentPostings(Paged):
    payments: Annotated[tuple[PaymentPosting, ...], Listed] = ()


class TransferPostings(XeroModel):
    bank_transfers: Annotated[tuple[TransferPosting, ...], Listed] = ()
