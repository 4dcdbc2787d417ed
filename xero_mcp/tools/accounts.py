"""The chart of accounts."""

from typing import Literal

from pydantic import Field

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import ListAnswer
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.table import Column, chosen
from xero_mcp.tools.paging import Listing, list_answer
from xero_mcp.xero.models.account import Account, Accounts
from xero_mcp.xero.scoped import ScopedXero

AccountType = Literal[
    "bank",
    "current",
    "currliab",
    "depreciatn",
    "directcosts",
    "equity",
    "expense",
    "fixed",
    "inventory",
    "liability",
    "noncurrent",
    "otherincome",
    "overheads",
    "prepayment",
    "revenue",
    "sales",
    "termliab",
]


def takes_payments(account: Account) -> bool:
    """Whether a payment may go to or from it."""
    return account.type == "BANK" or account.enable_payments_to_account


COLUMNS = (
    Column[Account](name="code", read=lambda one: one.code),
    Column[Account](name="name", read=lambda one: one.name),
    Column[Account](name="type", read=lambda one: one.type.lower()),
    Column[Account](name="tax_type", read=lambda one: one.tax_type),
    Column[Account](name="status", read=lambda one: one.status.lower()),
    Column[Account](name="payable_to", read=takes_payments),
    Column[Account](name="account_id", read=lambda one: one.account_id),
    Column[Account](name="description", read=lambda one: one.description, usual=False),
    Column[Account](name="currency", read=lambda one: one.currency_code, usual=False),
    Column[Account](name="system_account", read=lambda one: one.system_account, usual=False),
)

AccountField = Literal[
    "code",
    "name",
    "type",
    "tax_type",
    "status",
    "payable_to",
    "account_id",
    "description",
    "currency",
    "system_account",
]


class ListAccounts(Listing):
    """Arguments of list-accounts."""

    type: AccountType | None = Field(
        default=None, description="Only this type; bank for bank accounts."
    )
    status: Literal["active", "archived"] | None = Field(
        default=None, description="Only this status."
    )
    search: str | None = Field(
        default=None, max_length=100, description="Only where code or name holds this text."
    )
    fields: list[AccountField] | None = Field(
        default=None, min_length=1, max_length=10, description="Columns to show, in this order."
    )


@tool(
    area=Area.ACCOUNTS,
    access=Access.READ,
    reaches=(GET("/Accounts"),),
    says="list accounts{ of type: type}{ with status: status}{ matching: search}",
)
async def list_accounts(args: ListAccounts, xero: ScopedXero) -> ListAnswer:
    """List the chart of accounts: codes, names, types, default tax.

    `payable_to` says whether create-payment may use the account.
    """
    found = await xero.get("/Accounts", Accounts)
    wanted = [account for account in found.accounts if _matches(account, args)]
    shown = chosen(COLUMNS, fields=args.fields, full=args.detail == "full")
    return list_answer(wanted, shown, organisation=xero.organisation.name)


def _matches(account: Account, args: ListAccounts) -> bool:
    if args.type is not None and account.type.lower() != args.type:
        return False
    if args.status is not None and account.status.lower() != args.status:
        return False
    text = f"{account.code or ''} {account.name}".casefold()
    return args.search is None or args.search.casefold() in text
