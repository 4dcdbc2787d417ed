"""The chart of accounts: changing it."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, WithJsonSchema, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import WriteAnswer
from xero_mcp.tool.args import ShortText, Write, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import DELETE, POST, PUT, tool
from xero_mcp.tool.trace import Traced
from xero_mcp.tools.accounts import AccountType
from xero_mcp.tools.documents import CurrencyCode
from xero_mcp.tools.prechecks import Check, OfAccount, OfCurrency, precheck
from xero_mcp.xero.models.account import Accounts, AccountsWrite, AccountWrite
from xero_mcp.xero.scoped import ScopedXero

ACCOUNT = "/Accounts/{AccountID}"
PAST = {"create": "created", "update": "changed", "archive": "archived", "delete": "deleted"}
UNDO = {
    "create": "Delete it with save-account while it is unused, or archive it.",
    "archive": "Restore it in Xero: the API cannot.",
}
_FIELDS = (
    "code",
    "name",
    "type",
    "description",
    "tax_type",
    "bank_account_number",
    "currency",
    "payable_to",
)


class SaveAccount(Write):
    """Arguments of save-account."""

    action: Literal["create", "update", "archive", "delete"] = Field(description="What to do.")
    account_id: XeroId | None = Field(default=None, description="From list-accounts.")
    code: Annotated[str, StringConstraints(min_length=1, max_length=10)] | None = Field(
        default=None, description="Unique."
    )
    name: Annotated[str, StringConstraints(min_length=1, max_length=150)] | None = Field(
        default=None, description="Unique."
    )
    type: Annotated[AccountType, WithJsonSchema({"type": "string"})] | None = Field(
        default=None, description="expense, revenue, bank, current, fixed, currliab …"
    )
    description: Annotated[str, StringConstraints(max_length=4000)] | None = Field(
        default=None, description="What it is for."
    )
    tax_type: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = Field(
        default=None, description="Default."
    )
    bank_account_number: ShortText | None = Field(default=None, description="Of a bank account.")
    currency: CurrencyCode | None = Field(default=None, description="Of a bank account.")
    payable_to: bool | None = Field(default=None, description="Payments may use it.")

    @model_validator(mode="after")
    def _has_what_it_takes(self) -> "SaveAccount":
        if (self.action == "create") == (self.account_id is not None):
            raise ValueError("needs account_id, except to create")
        if self.action == "create" and (self.name is None or self.type is None):
            raise ValueError("to create, it needs name and type")
        given = [name for name in _FIELDS if getattr(self, name) is not None]
        if self.action in {"archive", "delete"} and given:
            raise ValueError(f"to {self.action}, leave out {', '.join(given)}")
        if self.action == "update" and not given:
            raise ValueError("names nothing to change; send at least one field")
        return self


async def _check(args: SaveAccount, xero: ScopedXero) -> None:
    await precheck(xero, _checks(args))


@tool(
    area=Area.ACCOUNTS,
    access=Access.POST,
    access_by=Varies(
        argument="action",
        values={
            "create": Access.POST.value,
            "update": Access.POST.value,
            "archive": Access.FULL.value,
            "delete": Access.FULL.value,
        },
    ),
    reaches=(PUT("/Accounts"), POST(ACCOUNT), DELETE(ACCOUNT)),
    says="{action} the account{ coded: code}{ named: name}{ with the id: account_id}",
    checks=_check,
    trace=Traced(
        path="/Accounts",
        key="AccountID",
        id_argument="account_id",
        marks={
            "code": "Code",
            "name": "Name",
            "type": "Type",
            "description": "Description",
            "tax_type": "TaxType",
            "currency": "CurrencyCode",
            "payable_to": "EnablePaymentsToAccount",
        },
        proofs=(("code",), ("name",)),
        end_by="action",
        ends={"archive": ("ARCHIVED", "DELETED"), "delete": ("DELETED",)},
        apart=frozenset({"action"}),
        shown="Name",
    ),
)
async def save_account(args: SaveAccount, xero: ScopedXero) -> WriteAnswer:
    """Create, change, archive or delete an account of the chart.

    An account that was used can be archived, not deleted; system accounts can be neither.
    """
    ids = {"AccountID": args.account_id or ""}
    match args.action:
        case "create":
            found = await xero.put("/Accounts", Accounts, _body(args))
        case "delete":
            found = await xero.delete(ACCOUNT, Accounts, ids=ids)
        case _:
            body = AccountsWrite(accounts=(_body(args),))
            found = await xero.post(ACCOUNT, Accounts, body, ids=ids)
    account = found.accounts[0]
    return WriteAnswer(
        id=account.account_id,
        number=account.code,
        status=account.status.lower(),
        changed=f"The account was {PAST[args.action]}.",
        undo=UNDO.get(args.action),
        organisation=xero.organisation.name,
    )


def _checks(args: SaveAccount) -> Iterator[Check]:
    if args.tax_type is not None:
        yield OfAccount(path="account_id", tax_type=args.tax_type, tax_path="tax_type")
    if args.currency is not None:
        yield OfCurrency(path="currency", code=args.currency)


def _body(args: SaveAccount) -> AccountWrite:
    return AccountWrite(
        code=args.code,
        name=args.name,
        type=args.type.upper() if args.type else None,
        description=args.description,
        tax_type=args.tax_type,
        status="ARCHIVED" if args.action == "archive" else None,
        bank_account_number=args.bank_account_number,
        currency_code=args.currency,
        enable_payments_to_account=args.payable_to,
    )
