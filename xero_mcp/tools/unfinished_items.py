"""What a period still waits for before it can be closed."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from xero_mcp.money import to_text
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, Cell, DayText, OthersText
from xero_mcp.tool.args import Amount, Day, InOrganisation
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import tool
from xero_mcp.tools import posting_lists as lists
from xero_mcp.tools.suspense import suspense_accounts
from xero_mcp.xero.models.account import Account
from xero_mcp.xero.models.postings import BankPosting, JournalPosting, PaymentPosting, Posting
from xero_mcp.xero.scoped import ScopedXero
from xero_mcp.xero.where import eq

Noun = Literal[
    "invoices", "bills", "credit-notes", "bank-transactions", "manual-journals", "payments"
]
Finding = Literal["draft", "submitted", "not_reconciled", "suspense", "no_attachment"]
AREAS: Mapping[Noun, Area] = {
    "invoices": Area.INVOICES,
    "bills": Area.BILLS,
    "credit-notes": Area.CREDIT_NOTES,
    "bank-transactions": Area.BANK_TRANSACTIONS,
    "manual-journals": Area.MANUAL_JOURNALS,
    "payments": Area.PAYMENTS,
}
UNFINISHED: Mapping[str, Finding] = {"DRAFT": "draft", "SUBMITTED": "submitted"}
MAX_ROWS = 300
COLUMNS = ("finding", "of", "id", "number", "contact", "date", "currency", "amount", "note")
NOT_VISIBLE = (
    "bank statement lines: not_reconciled is an entry in the ledger that none was matched with",
    "documents that never reached Xero",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that is left to do."""

    finding: Finding
    of: Noun
    id: str
    number: str | None
    contact: str | None
    dated: str
    currency: str | None
    amount: Decimal | None
    note: str | None = None


class UnfinishedItems(InOrganisation):
    """Arguments of unfinished-items."""

    from_date: Day = Field(description="First day.")
    to_date: Day = Field(description="Last day.")
    of: Noun | None = Field(default=None, description="Only these; else all.")
    attachments_over: Amount | None = Field(
        default=None, description="Also what is above this and has no attachment."
    )

    @model_validator(mode="after")
    def _in_order(self) -> "UnfinishedItems":
        if self.from_date > self.to_date:
            raise ValueError("from_date is after to_date")
        return self


class Unfinished(Answer):
    """What is left to do in a period."""

    COLUMNS_BY_OTHERS = frozenset({"contact", "note", "number"})

    from_date: DayText
    to_date: DayText
    columns: list[str]
    rows: list[list[Cell]]
    counts: dict[str, int] = Field(description="How many of each finding, shown or not.")
    suspense_accounts: list[OthersText] = Field(description="Accounts taken for suspense, by name.")
    looked_at: list[str]
    complete: bool
    not_visible: list[str]
    organisation: str

    def row_count(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looking:
    """What is looked for, and what was found."""

    args: UnfinishedItems
    suspense: Mapping[str, str]
    xero: ScopedXero


Found = tuple[list[Item], bool]
"""What is left to do, and whether everything was looked at."""


async def _trade(looking: _Looking, noun: Noun, xero_type: str) -> Found:
    days = lists.between("Date", looking.args.from_date, looking.args.to_date)
    read = await lists.invoices(looking.xero, eq("Type", xero_type), *days, lines=True)
    items = [
        item
        for one in read.items
        for item in (*_waiting(one, noun), *_suspended(looking, one, noun))
    ]
    if noun == "bills":
        items += [item for one in read.items for item in _bare(looking, one, noun)]
    return items, read.complete


async def _invoices(looking: _Looking) -> Found:
    return await _trade(looking, "invoices", "ACCREC")


async def _bills(looking: _Looking) -> Found:
    return await _trade(looking, "bills", "ACCPAY")


async def _credit_notes(looking: _Looking) -> Found:
    days = lists.between("Date", looking.args.from_date, looking.args.to_date)
    read = await lists.credit_notes(looking.xero, *days)
    items = [
        item
        for one in read.items
        for item in (*_waiting(one, "credit-notes"), *_suspended(looking, one, "credit-notes"))
    ]
    return items, read.complete


async def _bank(looking: _Looking) -> Found:
    days = lists.between("Date", looking.args.from_date, looking.args.to_date)
    read = await lists.bank_transactions(looking.xero, eq("Status", "AUTHORISED"), *days)
    items: list[Item] = []
    for one in read.items:
        items += _suspended(looking, one, "bank-transactions")
        if one.type.startswith("SPEND"):
            items += _bare(looking, one, "bank-transactions")
        if not one.is_reconciled:
            items.append(_item(one, "not_reconciled", "bank-transactions", note=_account(one)))
    return items, read.complete


async def _journals(looking: _Looking) -> Found:
    args = looking.args
    read = await lists.manual_journals(looking.xero, args.from_date, args.to_date)
    return [item for one in read.items for item in _of_journal(looking, one)], read.complete


async def _payments(looking: _Looking) -> Found:
    days = lists.between("Date", looking.args.from_date, looking.args.to_date)
    read = await lists.payments(looking.xero, *days)
    return [_of_payment(one) for one in read.items if not one.is_reconciled], read.complete


LOOK: Mapping[Noun, Callable[[_Looking], Awaitable[Found]]] = {
    "invoices": _invoices,
    "bills": _bills,
    "credit-notes": _credit_notes,
    "bank-transactions": _bank,
    "manual-journals": _journals,
    "payments": _payments,
}


def _waiting(one: Posting, noun: Noun) -> Iterator[Item]:
    if one.status in UNFINISHED:
        yield _item(one, UNFINISHED[one.status], noun)


def _suspended(looking: _Looking, one: Posting, noun: Noun) -> Iterator[Item]:
    """A posted document with lines on an account that is a waiting room."""
    if one.status not in lists.POSTED:
        return
    names = {_suspense(looking, line.account_id, line.account_code) for line in one.line_items}
    for name in sorted(names - {""}):
        yield _item(one, "suspense", noun, note=name)


def _suspense(looking: _Looking, account_id: str | None, code: str | None) -> str:
    return looking.suspense.get(account_id or "") or looking.suspense.get(code or "") or ""


def _bare(looking: _Looking, one: Posting, noun: Noun) -> Iterator[Item]:
    """Above the amount that was asked for, with nothing attached."""
    limit = looking.args.attachments_over
    if limit is None or one.has_attachments or one.status not in lists.POSTED:
        return
    if (one.total or Decimal(0)) > limit:
        yield _item(one, "no_attachment", noun)


def _item(one: Posting, finding: Finding, noun: Noun, *, note: str | None = None) -> Item:
    return Item(
        finding=finding,
        of=noun,
        id=one.id,
        number=one.number or one.reference,
        contact=one.contact.name if one.contact else None,
        dated=one.date.isoformat() if one.date else "",
        currency=one.currency_code,
        amount=one.total,
        note=note,
    )


def _account(one: BankPosting) -> str | None:
    return one.bank_account.name if one.bank_account else None


def _of_journal(looking: _Looking, one: JournalPosting) -> Iterator[Item]:
    names = {_suspense(looking, line.account_id, line.account_code) for line in one.journal_lines}
    on_suspense = sorted(names - {""}) if one.status == "POSTED" else []
    findings: Iterable[tuple[Finding, str | None]] = [("suspense", name) for name in on_suspense]
    if one.status == "DRAFT":
        findings = [("draft", None)]
    amounts = [line.line_amount or Decimal(0) for line in one.journal_lines]
    debits = sum((amount for amount in amounts if amount > 0), Decimal(0))
    for finding, note in findings:
        yield Item(
            finding=finding,
            of="manual-journals",
            id=one.id,
            number=one.narration,
            contact=None,
            dated=one.date.isoformat() if one.date else "",
            currency=None,
            amount=debits,
            note=note,
        )


def _of_payment(one: PaymentPosting) -> Item:
    settled = one.settles
    return Item(
        finding="not_reconciled",
        of="payments",
        id=one.payment_id,
        number=settled.number if settled else None,
        contact=settled.contact.name if settled and settled.contact else None,
        dated=one.date.isoformat() if one.date else "",
        currency=settled.currency_code if settled else None,
        amount=one.amount,
    )


def _by_key(accounts: Iterable[Account]) -> dict[str, str]:
    """The names of accounts by id and by code: lists of documents give the one or the other."""
    return {key: one.name for one in accounts for key in (one.account_id, one.code) if key}


def _row(one: Item) -> list[object]:
    amount = None if one.amount is None else to_text(one.amount)
    said = [one.finding, one.of, one.id, one.number, one.contact, one.dated, one.currency]
    return [*said, amount, one.note]


@tool(
    area=Area.BILLS,
    access=Access.READ,
    area_by=Varies(argument="of", values={noun: area.value for noun, area in AREAS.items()}),
    also=(
        lists.INVOICES,
        lists.CREDIT_NOTES,
        lists.BANK_TRANSACTIONS,
        lists.MANUAL_JOURNALS,
        lists.PAYMENTS,
    ),
    says="look for unfinished items{ of: of} from {from_date} to {to_date}",
)
async def unfinished_items(args: UnfinishedItems, xero: ScopedXero) -> Unfinished:
    """List what a period waits for: drafts, entries not reconciled, suspense postings.

    Call it before closing a month. About 6 requests, 1 where `of` says where to look.
    """
    chart = await xero.reference.accounts()
    suspense = suspense_accounts(chart)
    nouns: list[Noun] = [args.of] if args.of else list(AREAS)
    looking = _Looking(args=args, suspense=_by_key(suspense), xero=xero)
    items: list[Item] = []
    complete = True
    for at, noun in enumerate(nouns):
        found, whole = await LOOK[noun](looking)
        items.extend(found)
        complete = complete and whole
        await xero.tell(at + 1, len(nouns), f"looked at {noun}")
    items.sort(key=lambda one: (one.finding, one.dated, one.id))
    counts: dict[str, int] = {}
    for one in items:
        counts[one.finding] = counts.get(one.finding, 0) + 1
    return Unfinished(
        from_date=args.from_date,
        to_date=args.to_date,
        columns=list(COLUMNS),
        rows=[_row(one) for one in items[:MAX_ROWS]],
        counts=counts,
        suspense_accounts=[one.name for one in suspense],
        looked_at=list(nouns),
        complete=complete and len(items) <= MAX_ROWS,
        not_visible=list(NOT_VISIBLE),
        organisation=xero.organisation.name,
    )
