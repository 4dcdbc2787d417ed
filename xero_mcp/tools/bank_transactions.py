"""Money spent and received outside of invoices and bills: finding it."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.args import ShortText, XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.table import Column, TextColumn, without_sums
from xero_mcp.tools.line_rows import line_rows
from xero_mcp.tools.paging import (
    PLAIN_TEXT,
    ContactListing,
    Page,
    SummedList,
    day_start,
    names_of,
    summed_list,
)
from xero_mcp.xero.models.bank_transaction import BankTransaction, BankTransactions
from xero_mcp.xero.scoped import Param, ScopedXero
from xero_mcp.xero.where import Condition, eq, guid, where

ONE = "/BankTransactions/{BankTransactionID}"
Kind = Literal[
    "spend",
    "receive",
    "spend-overpayment",
    "receive-overpayment",
    "spend-prepayment",
    "receive-prepayment",
    "spend-transfer",
    "receive-transfer",
]

COLUMNS = (
    Column[BankTransaction](name="bank_transaction_id", read=lambda one: one.bank_transaction_id),
    Column[BankTransaction](name="type", read=lambda one: one.type.lower()),
    TextColumn[BankTransaction](
        name="contact", read=lambda one: one.contact.name if one.contact else None
    ),
    Column[BankTransaction](name="date", read=lambda one: one.date),
    TextColumn[BankTransaction](
        name="bank_account", read=lambda one: one.bank_account.name if one.bank_account else None
    ),
    Column[BankTransaction](
        name="total", read=lambda one: one.total, currency=lambda one: one.currency_code
    ),
    Column[BankTransaction](name="currency", read=lambda one: one.currency_code),
    TextColumn[BankTransaction](name="reference", read=lambda one: one.reference or None),
    Column[BankTransaction](name="status", read=lambda one: one.status.lower()),
    Column[BankTransaction](name="reconciled", read=lambda one: one.is_reconciled),
    Column[BankTransaction](
        name="contact_id",
        read=lambda one: one.contact.contact_id if one.contact else None,
        usual=False,
    ),
    Column[BankTransaction](
        name="bank_account_id",
        read=lambda one: one.bank_account.account_id if one.bank_account else None,
        usual=False,
    ),
    Column[BankTransaction](
        name="tax",
        read=lambda one: one.total_tax,
        usual=False,
        currency=lambda one: one.currency_code,
    ),
    Column[BankTransaction](
        name="amounts_are", read=lambda one: (one.line_amount_types or "").lower(), usual=False
    ),
    TextColumn[BankTransaction](
        name="lines", read=lambda one: line_rows(one.line_items), usual=False
    ),
    Column[BankTransaction](
        name="has_attachments", read=lambda one: one.has_attachments, usual=False
    ),
    Column[BankTransaction](name="updated_at", read=lambda one: one.updated_date_utc, usual=False),
)


class ListBankTransactions(ContactListing):
    """Arguments of list-bank-transactions."""

    COLUMN_NAMES = names_of(COLUMNS)

    bank_transaction_id: XeroId | None = Field(default=None, description="Only this one, whole.")
    type: Annotated[Kind, PLAIN_TEXT] | None = Field(
        default=None, description="spend, receive, or these with -prepayment, -overpayment."
    )
    status: Literal["authorised", "deleted"] | None = Field(default=None, description="Only these.")
    contact: ShortText | None = Field(default=None, description="Exact name; needs date_from.")
    reconciled: bool | None = Field(default=None, description="Needs date_from.")
    bank_account_id: XeroId | None = Field(default=None, description="Needs date_from.")

    @model_validator(mode="after")
    def _slow_ones_from_a_day_on(self) -> "ListBankTransactions":
        slow = (self.reconciled, self.bank_account_id, self.contact)
        if self.date_from is None and any(one is not None for one in slow):
            raise ValueError("reconciled, bank_account_id and contact need date_from")
        return self


@tool(
    area=Area.BANK_TRANSACTIONS,
    access=Access.READ,
    reaches=(GET("/BankTransactions"), GET(ONE)),
    listed_as=ListedAs(
        name="list-money",
        kinds={"bank-transaction": {}},
        names={"record_id": "bank_transaction_id", "account_id": "bank_account_id"},
    ),
    says="list bank transactions{ of type: type}{ with status: status} (page {page})",
)
async def list_bank_transactions(args: ListBankTransactions, xero: ScopedXero) -> SummedList:
    """List money spent and received outside of invoices, newest first; `type` adds sums.

    detail full adds lines. Reconciled is the ledger entry: the API shows no statement lines.
    """
    shown = args.columns(COLUMNS, whole=args.bank_transaction_id is not None)
    if args.type is None:
        shown = without_sums(shown)  # money in and money out would be added up

    async def fetch(page: int, size: int) -> Page[BankTransaction]:
        if args.bank_transaction_id is not None:
            ids = {"BankTransactionID": args.bank_transaction_id}
            one = await xero.get(ONE, BankTransactions, ids=ids, params={"unitdp": 4})
            return one.bank_transactions, None
        params: dict[str, Param] = {
            "where": where("BankTransactions", *_conditions(args)),
            "order": args.sorted_by("BankTransactions"),
            "page": page,
            "pageSize": size,
            "unitdp": 4,
        }
        since = day_start(args.modified_since)
        found = await xero.get(
            "/BankTransactions", BankTransactions, params=params, modified_since=since
        )
        return found.bank_transactions, found.pagination

    return await summed_list(args, shown, fetch, xero)


def _conditions(args: ListBankTransactions) -> list[Condition]:
    account = args.bank_account_id
    asked = (
        eq("Type", args.type.upper()) if args.type else None,
        eq("Status", args.status.upper()) if args.status else None,
        eq("IsReconciled", args.reconciled) if args.reconciled is not None else None,
        guid("BankAccount.AccountID", account) if account else None,
    )
    chosen = [condition for condition in asked if condition is not None]
    return [*chosen, *args.whose(), *args.dates()]
