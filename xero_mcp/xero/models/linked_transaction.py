from typing import Annotated

from xero_mcp.xero.models.base import Findings, Listed, XeroModel, XeroWrite
from xero_mcp.xero.wire import XeroMoment


class LinkedTransaction(XeroModel):
    """A line of a bill or of spent money that is to be charged on to a customer."""

    linked_transaction_id: str = ""
    source_transaction_id: str | None = None
    source_line_item_id: str | None = None
    source_transaction_type_code: str | None = None
    contact_id: str | None = None
    target_transaction_id: str | None = None
    target_line_item_id: str | None = None
    status: str = ""
    type: str | None = None
    updated_date_utc: XeroMoment | None = None
    validation_errors: Findings = ()


class LinkedTransactions(XeroModel):
    linked_transactions: Annotated[tuple[LinkedTransaction, ...], Listed] = ()


class LinkedTransactionWrite(XeroWrite):
    source_transaction_id: str | None = None
    source_line_item_id: str | None = None
    contact_id: str | None = None
    target_transaction_id: str | None = None
    target_line_item_id: str | None = None


class LinkedTransactionsWrite(XeroWrite):
    linked_transactions: tuple[LinkedTransactionWrite, ...]
