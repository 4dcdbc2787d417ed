"""Transfers between the organisation's own bank accounts."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import ListAnswer
from xero_mcp.tool.args import Cents, Day, InOrganisation, ShortText, Write, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import GET, POST, PUT, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.table import Column, TextColumn
from xero_mcp.tool.trace import Traced
from xero_mcp.tools.bulk import MAX_DOCUMENTS, Saved, SavedAnswer, saved_answer
from xero_mcp.tools.document_facts import Outline, facts_of_documents
from xero_mcp.tools.ledger_facts import (
    Movement,
    account_currency,
    facts_of_movement,
    with_accounts,
)
from xero_mcp.tools.paging import PLAIN_TEXT, list_answer, must_be_in_order
from xero_mcp.tools.prechecks import Check, OfAccount, OfDay, Use, precheck
from xero_mcp.xero.models.bank_transfer import (
    BankTransfer,
    BankTransfers,
    BankTransfersWrite,
    BankTransferWrite,
)
from xero_mcp.xero.models.payment import AccountRef
from xero_mcp.xero.scoped import ScopedXero
from xero_mcp.xero.where import Condition, ge, le, where

ALL = "/BankTransfers"
ONE = "/BankTransfers/{BankTransferID}"


def _status(transfer: BankTransfer) -> str:
    return (transfer.status or "AUTHORISED").lower()


COLUMNS = (
    Column[BankTransfer](name="bank_transfer_id", read=lambda one: one.bank_transfer_id),
    Column[BankTransfer](name="date", read=lambda one: one.date),
    TextColumn[BankTransfer](
        name="from", read=lambda one: one.from_bank_account.name if one.from_bank_account else None
    ),
    TextColumn[BankTransfer](
        name="to", read=lambda one: one.to_bank_account.name if one.to_bank_account else None
    ),
    Column[BankTransfer](name="amount", read=lambda one: one.amount),
    TextColumn[BankTransfer](name="reference", read=lambda one: one.reference or None),
    Column[BankTransfer](name="status", read=_status),
    Column[BankTransfer](
        name="reconciled", read=lambda one: [one.from_is_reconciled, one.to_is_reconciled]
    ),
    Column[BankTransfer](name="currency_rate", read=lambda one: one.currency_rate),
    Column[BankTransfer](
        name="from_bank_transaction_id",
        read=lambda one: one.from_bank_transaction_id,
    ),
    Column[BankTransfer](
        name="to_bank_transaction_id", read=lambda one: one.to_bank_transaction_id, usual=False
    ),
)


class ListBankTransfers(InOrganisation):
    """Arguments of list-bank-transfers."""

    bank_transfer_id: XeroId | None = Field(default=None, description="Only this one.")
    date_from: Day | None = Field(default=None, description="From.")
    date_to: Day | None = Field(default=None, description="To this date; needs date_from.")
    deleted: bool = Field(default=False, description="Deleted ones too.")

    @model_validator(mode="after")
    def _slow_ones_from_a_day_on(self) -> "ListBankTransfers":
        if self.date_to is not None and self.date_from is None:
            raise ValueError("date_to needs date_from")
        must_be_in_order(self.date_from, self.date_to)
        return self


@tool(
    area=Area.BANK_TRANSFERS,
    access=Access.READ,
    reaches=(GET(ALL), GET(ONE)),
    listed_as=ListedAs(
        name="list-money",
        kinds={"bank-transfer": {}},
        names={"record_id": "bank_transfer_id"},
    ),
    says="list bank transfers{ from: date_from}{ to: date_to}",
)
async def list_bank_transfers(args: ListBankTransfers, xero: ScopedXero) -> ListAnswer:
    """List transfers between own bank accounts; `reconciled`: at the from end, at the to end."""
    if args.bank_transfer_id is not None:
        found = await xero.get(ONE, BankTransfers, ids={"BankTransferID": args.bank_transfer_id})
    else:
        params = {
            "where": where("BankTransfers", *_conditions(args)),
            "includeDeleted": True if args.deleted else None,
        }
        found = await xero.get(ALL, BankTransfers, params=params)
    return list_answer(found.bank_transfers, COLUMNS, organisation=xero.organisation.name)


def _conditions(args: ListBankTransfers) -> list[Condition]:
    asked = (
        ge("Date", args.date_from) if args.date_from else None,
        le("Date", args.date_to) if args.date_to else None,
    )
    return [condition for condition in asked if condition is not None]


class SaveBankTransfer(Write):
    """Arguments of save-bank-transfer."""

    action: Literal["create", "delete"] = Field(description="What to do.")
    bank_transfer_ids: list[XeroId] | None = Field(
        default=None, min_length=1, max_length=MAX_DOCUMENTS, description="To delete."
    )
    from_account_id: XeroId | None = Field(default=None, description="Bank account.")
    to_account_id: XeroId | None = Field(default=None, description="Bank account.")
    amount: Annotated[Cents, PLAIN_TEXT] | None = Field(
        default=None, description="In the first one's currency."
    )
    date: Day | None = Field(default=None, description="Else today.")
    reference: ShortText | None = Field(default=None, description="Reference.")

    @model_validator(mode="after")
    def _has_what_it_takes(self) -> "SaveBankTransfer":
        ends = (self.from_account_id, self.to_account_id)
        if (self.action == "delete") != (self.bank_transfer_ids is not None):
            raise ValueError("to delete, it needs bank_transfer_ids; to create, none")
        if self.action == "delete" and any((*ends, self.amount, self.date, self.reference)):
            raise ValueError("to delete, it takes bank_transfer_ids alone")
        if self.action == "create" and (None in ends or self.amount is None):
            raise ValueError("to create, it needs from_account_id, to_account_id and amount")
        if self.amount is not None and self.amount <= Decimal(0):
            raise ValueError("needs an amount above zero")
        if self.action == "create" and ends[0] == ends[1]:
            raise ValueError("needs two different accounts")
        return self


async def _facts(args: SaveBankTransfer, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    if args.bank_transfer_ids is not None:
        return await _deletion_facts(args.bank_transfer_ids, xero, wanted)
    ends = (args.from_account_id or "", args.to_account_id or "")
    currency = await account_currency(AccountRef(account_id=ends[0]), xero)
    moved = Movement(kind="bank transfer", total=args.amount, days=(args.date,), currency=currency)
    facts = await facts_of_movement(moved, xero, wanted)
    return await with_accounts(facts, ends, xero)


async def _deletion_facts(
    transfer_ids: Sequence[str], xero: ScopedXero, wanted: frozenset[str]
) -> Facts:
    """What would be taken back, each as Xero holds it now."""
    outlines: list[Outline] = []
    ends: list[str] = []
    for transfer_id in transfer_ids:
        found = await xero.get(ONE, BankTransfers, ids={"BankTransferID": transfer_id})
        one = found.bank_transfers[0]
        source, target = one.from_bank_account, one.to_bank_account
        ends += [end.account_id for end in (source, target) if end is not None]
        account = AccountRef(account_id=source.account_id if source else None)
        moved = Movement(
            kind="bank transfer",
            total=one.amount,
            counted=Decimal(0),
            days=(one.date,),
            currency=await account_currency(account, xero),
            object_id=one.bank_transfer_id,
        )
        outlines.append(Outline(moved=moved, lines=(), amounts_are="no-tax", status="deleted"))
    facts = await facts_of_documents(outlines, xero, wanted)
    return await with_accounts(facts, ends, xero)


async def _check(args: SaveBankTransfer, xero: ScopedXero) -> None:
    if args.bank_transfer_ids is None:
        await precheck(xero, _checks(args))


@tool(
    area=Area.BANK_TRANSFERS,
    access=Access.POST,
    access_by=Varies(
        argument="action",
        values={"create": Access.POST.value, "delete": Access.FULL.value},
    ),
    reaches=(PUT(ALL), POST(ALL), POST(ONE)),
    asks=(GET(ONE),),
    words={"action": {"create": "record"}},
    says="{action} transfers between own bank accounts",
    facts=_facts,
    checks=_check,
    trace=Traced(
        path=ALL,
        key="BankTransferID",
        each="bank_transfer_ids",
        id_argument="bank_transfer_ids",
        marks={
            "from_account_id": "FromBankAccount.AccountID",
            "to_account_id": "ToBankAccount.AccountID",
            "amount": "Amount",
            "date": "Date",
            "reference": "Reference",
        },
        proofs=(("from_account_id", "to_account_id", "amount"),),
        end_by="action",
        ends={"delete": ("DELETED",)},
        apart=frozenset({"action"}),
    ),
)
async def save_bank_transfer(args: SaveBankTransfer, xero: ScopedXero) -> SavedAnswer:
    """Record a transfer between own bank accounts, or delete some; it moves no money at a bank.

    Xero refuses to delete one that is reconciled at either end.
    """
    if args.bank_transfer_ids is not None:
        return await _delete(list(dict.fromkeys(args.bank_transfer_ids)), xero)
    body = BankTransferWrite(
        from_bank_account=AccountRef(account_id=args.from_account_id),
        to_bank_account=AccountRef(account_id=args.to_account_id),
        amount=args.amount,
        date=args.date,
        reference=args.reference,
    )
    sent = BankTransfersWrite(bank_transfers=(body,))
    made = (await xero.put(ALL, BankTransfers, sent)).bank_transfers[0]
    currency = await account_currency(AccountRef(account_id=args.from_account_id), xero)
    saved = Saved(
        id=made.bank_transfer_id, status=_status(made), total=made.amount, currency=currency
    )
    return saved_answer(
        [saved],
        done="bank transfer recorded",
        undo="save-bank-transfer, action delete, while neither end is reconciled.",
        organisation=xero.organisation.name,
    )


def _checks(args: SaveBankTransfer) -> Iterator[Check]:
    for name in ("from_account_id", "to_account_id"):
        yield OfAccount(path=name, account_id=getattr(args, name), use=Use.BANK)
    if args.date is not None:
        yield OfDay(path="date", day=args.date)


async def _delete(ids: Sequence[str], xero: ScopedXero) -> SavedAnswer:
    sent = BankTransfersWrite(
        bank_transfers=tuple(
            BankTransferWrite(bank_transfer_id=one, status="DELETED") for one in ids
        )
    )
    if len(ids) == 1:
        found = await xero.post(ONE, BankTransfers, sent, ids={"BankTransferID": ids[0]})
    else:
        found = await xero.post(ALL, BankTransfers, sent)
    return saved_answer(
        [
            Saved(id=one.bank_transfer_id, status=_status(one), total=one.amount)
            for one in found.bank_transfers
        ],
        done="bank transfer deleted",
        undo="It cannot be undone: record it anew.",
        organisation=xero.organisation.name,
    )
