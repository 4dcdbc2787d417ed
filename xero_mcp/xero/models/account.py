from typing import Annotated

from xero_mcp.xero.models.base import Findings, Listed, XeroModel, XeroWrite
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import XeroMoment


class Account(XeroModel):
    """An account of the chart; bank accounts have no code of their own in some organisations."""

    account_id: str = ""
    code: XeroText | None = None
    name: XeroText = ""
    type: str = ""
    class_: str | None = None
    status: str = ""
    description: XeroText | None = None
    tax_type: str | None = None
    currency_code: str | None = None
    bank_account_number: XeroText | None = None
    bank_account_type: str | None = None
    system_account: str | None = None
    enable_payments_to_account: bool = False
    show_in_expense_claims: bool = False
    add_to_watchlist: bool | None = None
    reporting_code: XeroText | None = None
    reporting_code_name: XeroText | None = None
    has_attachments: bool | None = None
    updated_date_utc: XeroMoment | None = None
    validation_errors: Findings = ()


class Accounts(XeroModel):
    accounts: Annotated[tuple[Account, ...], Listed] = ()


class AccountWrite(XeroWrite):
    code: str | None = None
    name: str | None = None
    type: str | None = None
    description: str | None = None
    tax_type: str | None = None
    status: str | None = None
    bank_account_number: str | None = None
    currency_code: str | None = None
    enable_payments_to_account: bool | None = None


class AccountsWrite(XeroWrite):
    accounts: tuple[AccountWrite, ...]
