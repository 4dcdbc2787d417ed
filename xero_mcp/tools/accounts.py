"""The chart of accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.args import XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.table import Column, TextColumn, chosen
from xero_mcp.tools.cached_list import CachedList, cached_list, fresh_list
from xero_mcp.tools.paging import FIELD_NAMES, PLAIN_TEXT, Listing
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
    TextColumn[Account](name="name", read=lambda one: one.name),
    Column[Account](name="type", read=lambda one: one.type.lower()),
    Column[Account](name="tax_type", read=lambda one: one.tax_type),
    Column[Account](name="status", read=lambda one: one.status.lower()),
    Column[Account](name="payable_to", read=takes_payments),
    Column[Account](name="account_id", read=lambda one: one.account_id),
    TextColumn[Account](name="description", read=lambda one: one.description, usual=False),
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

    account_id: XeroId | None = Field(default=None, description="Only this one, afresh.")
    type: Annotated[AccountType, PLAIN_TEXT] | None = Field(
        default=None, description="Such as bank, expense, revenue."
    )
    status: Literal["active", "archived"] | None = Field(default=None, description="Only these.")
    search: str | None = Field(default=None, max_length=100, description="In code or name.")
    fields: Annotated[list[AccountField], FIELD_NAMES] | None = Field(
        default=None, min_length=1, max_length=10, description="Columns to show."
    )


@tool(
    area=Area.ACCOUNTS,
    access=Access.READ,
    reaches=(GET("/Accounts"), GET("/Accounts/{AccountID}")),
    says="list accounts{ of type: type}{ with status: status}{ matching: search}",
)
async def list_accounts(args: ListAccounts, xero: ScopedXero) -> CachedList:
    """List the chart of accounts: codes, names, types, default tax.

    `payable_to` says whether create-payment may use the account.
    """
    shown = chosen(COLUMNS, fields=args.fields, full=args.detail == "full")
    if args.account_id is not None:
        one = await xero.get("/Accounts/{AccountID}", Accounts, ids={"AccountID": args.account_id})
        return fresh_list(one.accounts, shown, xero=xero)
    known = await xero.reference.accounts()
    wanted = _Wanted(type=args.type, status=args.status, search=args.search)
    return cached_list(known, shown, wanted=wanted, noun="Accounts", xero=xero)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """Which accounts; None: any."""

    type: str | None
    status: str | None
    search: str | None

    def __call__(self, known: Sequence[Account]) -> Sequence[Account]:
        return [account for account in known if self._matches(account)]

    def _matches(self, account: Account) -> bool:
        if self.type is not None and account.type.lower() != self.type:
            return False
        if self.status is not None and account.status.lower() != self.status:
            return False
        if self.search is None:
            return True
        return self.search.casefold() in f"{account.code or ''} {account.name}".casefold()
