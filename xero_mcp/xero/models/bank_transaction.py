from decimal import Decimal
from typing import Annotated

from xero_mcp.xero.models.account import Account
from xero_mcp.xero.models.base import Listed, XeroWrite
from xero_mcp.xero.models.contact import ContactRef
from xero_mcp.xero.models.document import Document, Documents
from xero_mcp.xero.models.line_item import LineItemWrite
from xero_mcp.xero.models.payment import AccountRef
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import Day


class BankTransaction(Document):
    """Money spent or received outside of invoices and bills."""

    bank_transaction_id: str = ""
    type: str = ""
    bank_account: Account | None = None
    is_reconciled: bool | None = None
    url: XeroText | None = None
    overpayment_id: str | None = None
    prepayment_id: str | None = None

    @property
    def document_id(self) -> str:
        return self.bank_transaction_id

    @property
    def number(self) -> str | None:
        return None


class BankTransactions(Documents):
    bank_transactions: Annotated[tuple[BankTransaction, ...], Listed] = ()

    @property
    def documents(self) -> tuple[BankTransaction, ...]:
        return self.bank_transactions


class BankTransactionWrite(XeroWrite):
    bank_transaction_id: str | None = None
    type: str | None = None
    contact: ContactRef | None = None
    bank_account: AccountRef | None = None
    line_items: tuple[LineItemWrite, ...] | None = None
    line_amount_types: str | None = None
    date: Day | None = None
    reference: str | None = None
    currency_rate: Decimal | None = None
    status: str | None = None


class BankTransactionsWrite(XeroWrite):
    bank_transactions: tuple[BankTransactionWrite, ...]
