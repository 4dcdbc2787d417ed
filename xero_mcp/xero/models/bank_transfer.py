from decimal import Decimal
from typing import Annotated

from xero_mcp.xero.models.account import Account
from xero_mcp.xero.models.base import Findings, Listed, XeroModel, XeroWrite
from xero_mcp.xero.models.payment import AccountRef
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import Day, XeroDay, XeroMoment


class BankTransfer(XeroModel):
    """Money moved between two bank accounts of the organisation."""

    bank_transfer_id: str = ""
    status: str | None = None
    from_bank_account: Account | None = None
    to_bank_account: Account | None = None
    amount: Decimal | None = None
    date: XeroDay | None = None
    reference: XeroText | None = None
    currency_rate: Decimal | None = None
    from_bank_transaction_id: str | None = None
    to_bank_transaction_id: str | None = None
    from_is_reconciled: bool | None = None
    to_is_reconciled: bool | None = None
    has_attachments: bool | None = None
    created_date_utc: XeroMoment | None = None
    validation_errors: Findings = ()


class BankTransfers(XeroModel):
    bank_transfers: Annotated[tuple[BankTransfer, ...], Listed] = ()


class BankTransferWrite(XeroWrite):
    bank_transfer_id: str | None = None
    from_bank_account: AccountRef | None = None
    to_bank_account: AccountRef | None = None
    amount: Decimal | None = None
    date: Day | None = None
    reference: str | None = None
    status: str | None = None


class BankTransfersWrite(XeroWrite):
    bank_transfers: tuple[BankTransferWrite, ...]
