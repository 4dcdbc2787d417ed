"""Money spent and received outside of invoices and bills: recording, changing, deleting it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.args import Args, Day, ShortText, Write, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import GET, POST, PUT, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.trace import of_documents
from xero_mcp.tools.bank_transactions import ONE
from xero_mcp.tools.bulk import (
    MAX_DOCUMENTS,
    AllOrNothing,
    Saved,
    SavedAnswer,
    saved_answer,
    write_params,
)
from xero_mcp.tools.contacts import CONTACT_HISTORY
from xero_mcp.tools.document_facts import (
    LINE_AMOUNTS,
    Outline,
    Step,
    Worth,
    amounts_of,
    counted,
    facts_of_documents,
    total_of,
    with_own_tax,
)
from xero_mcp.tools.document_total import AmountsAre
from xero_mcp.tools.ledger_facts import Movement, account_currency, stands_as, version_of
from xero_mcp.tools.lines import (
    MAX_LINES,
    AccountCode,
    EditedLine,
    ReplacesLines,
    merged,
    replacing,
)
from xero_mcp.tools.links import page_link, short_code
from xero_mcp.tools.paging import PLAIN_TEXT
from xero_mcp.tools.prechecks import Check, OfAccount, OfDay, Use, checks_of_lines, precheck
from xero_mcp.xero.models.bank_transaction import (
    BankTransaction,
    BankTransactions,
    BankTransactionsWrite,
    BankTransactionWrite,
)
from xero_mcp.xero.models.contact import ContactRef
from xero_mcp.xero.models.payment import AccountRef
from xero_mcp.xero.scoped import ScopedXero

ALL = "/BankTransactions"
NewKind = Literal[
    "spend",
    "receive",
    "spend-overpayment",
    "receive-overpayment",
    "spend-prepayment",
    "receive-prepayment",
]


class TransactionEntry(Args):
    """One bank transaction, new or stored."""

    bank_transaction_id: XeroId | None = Field(default=None, description="Else new.")
    type: Annotated[NewKind, PLAIN_TEXT] | None = Field(
        default=None, description="spend, receive (-prepayment, -overpayment)."
    )
    contact_id: XeroId | None = Field(default=None, description="Whom.")
    bank_account_id: XeroId | None = Field(default=None, description="Account.")
    bank_account_code: AccountCode | None = Field(default=None, description="Or code.")
    date: Day | None = Field(default=None, description="Date.")
    reference: ShortText | None = Field(default=None, description="Ref.")
    amounts_are: AmountsAre | None = Field(default=None, description="Else inclusive.")
    lines: Annotated[list[EditedLine], Field(max_length=MAX_LINES)] | None = Field(
        default=None, description="Lines."
    )
    replaces_lines: ReplacesLines

    @property
    def is_new(self) -> bool:
        return self.bank_transaction_id is None

    @property
    def has_account(self) -> bool:
        return self.bank_account_id is not None or self.bank_account_code is not None

    @model_validator(mode="after")
    def _is_whole(self) -> "TransactionEntry":
        needed = (self.type, self.contact_id, self.lines, self.has_account or None)
        if self.is_new and not all(needed):
            raise ValueError("a new one needs type, contact_id, lines and a bank account")
        if not self.is_new and self.type is not None:
            raise ValueError("the type of a stored one cannot change; leave it out")
        if self.bank_account_id is not None and self.bank_account_code is not None:
            raise ValueError("takes bank_account_id or bank_account_code, not both")
        return self


class SaveBankTransactions(Write):
    """Arguments of save-bank-transactions."""

    transactions: list[TransactionEntry] = Field(
        min_length=1,
        max_length=MAX_DOCUMENTS,
        description="All new or all stored.",
    )
    status: Literal["authorised", "deleted"] = Field(default="authorised", description="After.")
    all_or_nothing: AllOrNothing = False

    @model_validator(mode="after")
    def _new_or_stored(self) -> "SaveBankTransactions":
        news = [one.is_new for one in self.transactions]
        if any(news) != all(news):
            raise ValueError("holds new and stored ones; send them in two calls")
        if self.status == "deleted" and any(news):
            raise ValueError("only stored ones can be deleted; give their ids")
        ids = [one.bank_transaction_id for one in self.transactions if not one.is_new]
        if len(set(ids)) < len(ids):
            raise ValueError("names one of them twice")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A transaction as it will be sent, and as it is stored."""

    body: BankTransactionWrite
    amounts_are: AmountsAre
    stored: BankTransaction | None = None


async def _plan(args: SaveBankTransactions, xero: ScopedXero) -> list[Planned]:
    return [await _planned(one, args.status, xero) for one in args.transactions]


async def _planned(entry: TransactionEntry, status: str, xero: ScopedXero) -> Planned:
    stored = await _stored(entry, xero)
    amounts_are = entry.amounts_are or ("inclusive" if stored is None else _amounts(stored))
    if status == "deleted":
        gone = BankTransactionWrite(bank_transaction_id=entry.bank_transaction_id, status="DELETED")
        return Planned(body=gone, amounts_are=amounts_are, stored=stored)
    there, lines = stored.line_items if stored else (), entry.lines or ()
    if entry.replaces_lines and entry.lines:
        lines = replacing(there, entry.lines)
    merge = merged(there, lines)
    account = AccountRef(account_id=entry.bank_account_id, code=entry.bank_account_code)
    if not entry.has_account and stored is not None and stored.bank_account is not None:
        account = AccountRef(account_id=stored.bank_account.account_id)
    kind = stored.type if stored else (entry.type or "").upper()
    body = BankTransactionWrite(
        bank_transaction_id=entry.bank_transaction_id,
        type=kind,
        contact=ContactRef(contact_id=entry.contact_id) if entry.contact_id else None,
        bank_account=account,
        line_items=await with_own_tax(merge.lines, amounts_are=amounts_are, xero=xero),
        line_amount_types=LINE_AMOUNTS[amounts_are],
        date=entry.date,
        reference=entry.reference,
    )
    return Planned(body=body, amounts_are=amounts_are, stored=stored)


async def _stored(entry: TransactionEntry, xero: ScopedXero) -> BankTransaction | None:
    """As Xero holds it: its lines must be sent again, or they are deleted."""
    if entry.bank_transaction_id is None:
        return None
    ids = {"BankTransactionID": entry.bank_transaction_id}
    found = await xero.get(ONE, BankTransactions, ids=ids, params={"unitdp": 4})
    return found.bank_transactions[0]


def _amounts(stored: BankTransaction) -> AmountsAre:
    return amounts_of(stored.line_amount_types)


async def _outline(planned: Planned, status: str, xero: ScopedXero) -> Outline:
    body, stored = planned.body, planned.stored
    total: Decimal | None = stored.total if stored else None
    currency = stored.currency_code if stored else None
    if body.line_items is not None:
        total = await total_of(body.line_items, amounts_are=planned.amounts_are, xero=xero)
    if body.bank_account is not None:
        currency = await account_currency(body.bank_account, xero) or currency
    contact_id = body.contact.contact_id if body.contact else None
    if contact_id is None and stored is not None and stored.contact is not None:
        contact_id = stored.contact.contact_id
    kept = merged(stored.line_items, ()).lines if stored else ()
    lines = kept if body.line_items is None else body.line_items
    counts = None
    if stored is not None:
        was = Worth(
            total=stored.total,
            lines=kept,
            amounts_are=_amounts(stored),
            currency=stored.currency_code,
        )
        becomes = Worth(
            total=total, lines=lines, amounts_are=planned.amounts_are, currency=currency
        )
        step = Step(before=stored.status.lower(), after=status)
        counts = await counted(step, was, becomes, xero)
    moved = Movement(
        kind=f"{status} bank transaction" if status == "deleted" else "bank transaction",
        total=total,
        counted=counts,
        days=(body.date,) if stored is None else (body.date or stored.date, stored.date),
        currency=currency,
        currency_rate=stored.currency_rate if stored else None,
        contact_id=contact_id,
        object_id=stored.bank_transaction_id if stored else None,
        version=version_of(stored.bank_transaction_id, stored.updated_date_utc) if stored else None,
        stands=stands_as(stored) if stored else "",
    )
    return Outline(
        moved=moved,
        lines=lines,
        amounts_are=planned.amounts_are,
        status=status,
    )


async def _facts(args: SaveBankTransactions, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    planned = await _plan(args, xero)
    outlines = [await _outline(one, args.status, xero) for one in planned]
    return await facts_of_documents(outlines, xero, wanted)


async def _check(args: SaveBankTransactions, xero: ScopedXero) -> None:
    await precheck(xero, _checks(await _plan(args, xero)))


@tool(
    area=Area.BANK_TRANSACTIONS,
    access=Access.POST,
    access_by=Varies(
        argument="status",
        values={"authorised": Access.POST.value, "deleted": Access.FULL.value},
        default="authorised",
    ),
    reaches=(PUT(ALL), POST(ALL), POST(ONE)),
    also=(GET(ONE),),
    asks=(CONTACT_HISTORY,),
    words={"status": {"authorised": "record", "deleted": "delete"}},
    aliases=(
        "create-bank-transaction",
        "update-bank-transaction",
    ),
    says="{status} bank transactions",
    facts=_facts,
    checks=_check,
    trace=of_documents(
        ALL,
        "BankTransactionID",
        id_argument="bank_transaction_id",
        each="transactions",
        more={"bank_account_id": "BankAccount.AccountID", "bank_account_code": "BankAccount.Code"},
    ),
)
async def save_bank_transactions(args: SaveBankTransactions, xero: ScopedXero) -> SavedAnswer:
    """Record, change or delete money spent or received at a bank; up to 50.

    What pays an invoice or a bill takes create-payment.
    """
    planned = await _plan(args, xero)
    link_code = await short_code(xero)
    found = await _send(planned, args, xero)
    is_new = args.transactions[0].is_new
    done = "deleted" if args.status == "deleted" else "recorded" if is_new else "changed"
    return saved_answer(
        [_saved(one, link_code) for one in found],
        done=f"bank transaction {done}",
        undo="Save it again with status deleted." if is_new else None,
        organisation=xero.organisation.name,
    )


def _checks(planned: Sequence[Planned]) -> Iterator[Check]:
    for place, one in enumerate(planned):
        body, here = one.body, f"transactions.{place}"
        if body.bank_account is not None:
            yield OfAccount(
                path=f"{here}.bank_account",
                code=body.bank_account.code,
                account_id=body.bank_account.account_id,
                use=Use.BANK,
            )
        stored = one.stored.line_items if one.stored else ()
        if "overpayment" not in (body.type or "").lower():  # those stand on AR or AP
            yield from checks_of_lines(body.line_items or (), path=f"{here}.lines", stored=stored)
        day = body.date or (one.stored.date if one.stored else None)
        if day is not None and body.status != "DELETED":
            yield OfDay(path=f"{here}.date", day=day)


async def _send(
    planned: Sequence[Planned], args: SaveBankTransactions, xero: ScopedXero
) -> Sequence[BankTransaction]:
    body = BankTransactionsWrite(bank_transactions=tuple(one.body for one in planned))
    params = write_params(len(planned), all_or_nothing=args.all_or_nothing)
    stored_id = args.transactions[0].bank_transaction_id
    if stored_id is None:
        found = await xero.put(ALL, BankTransactions, body, params=params)
    elif len(planned) == 1:
        ids = {"BankTransactionID": stored_id}
        found = await xero.post(ONE, BankTransactions, body, ids=ids, params={"unitdp": 4})
    else:
        found = await xero.post(ALL, BankTransactions, body, params=params)
    return found.bank_transactions


def _saved(one: BankTransaction, link_code: str | None) -> Saved:
    errors = tuple(error.message for error in one.validation_errors)
    if one.is_refused and not errors:
        errors = ("refused without a message",)
    return Saved(
        id=one.bank_transaction_id,
        status=one.status.lower(),
        total=one.total,
        currency=one.currency_code,
        contact=one.contact.name if one.contact else None,
        errors=errors,
        link=page_link("bank transaction", one.bank_transaction_id, link_code),
    )
