"""What may have been entered, or paid, twice."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field, model_validator

from xero_mcp.money import to_text
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, Cell, DayText
from xero_mcp.tool.args import Day, InOrganisation
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import tool
from xero_mcp.tools import posting_lists as lists
from xero_mcp.tools.likeness import PAID_AGAIN_WITHIN, Outgoing, Pair, pairs
from xero_mcp.xero.models.postings import BankPosting, Posting
from xero_mcp.xero.scoped import ScopedXero
from xero_mcp.xero.where import eq

MAX_PAIRS = 100
GONE = frozenset({"VOIDED", "DELETED"})
_ONE = ("id", "kind", "number", "contact", "date", "status", "total")
COLUMNS = ("strength", "why", "currency", *_ONE, *(f"other_{name}" for name in _ONE))
NOT_VISIBLE = (
    "bank statement lines, and payments that were never entered",
    "what the paper says: nobody looked at attachments",
)


class FindDuplicates(InOrganisation):
    """Arguments of find-duplicates."""

    from_date: Day = Field(description="One of the two from here.")
    to_date: Day = Field(description="Both up to here.")
    against: Literal["bills", "spent-money"] | None = Field(
        default=None, description="Left out: both."
    )

    @model_validator(mode="after")
    def _in_order(self) -> "FindDuplicates":
        if self.from_date > self.to_date:
            raise ValueError("from_date is after to_date")
        return self


class Duplicates(Answer):
    """Pairs that look like one document."""

    COLUMNS_BY_OTHERS = frozenset({"contact", "number", "other_contact", "other_number"})

    from_date: DayText
    to_date: DayText
    columns: list[str]
    rows: list[list[Cell]] = Field(description="strong, then likely, then series (marked down).")
    pairs: int = Field(description="All that were found; rows show the first 100.")
    compared: int
    complete: bool
    not_visible: list[str]
    organisation: str

    def row_count(self) -> int:
        return len(self.rows)


@tool(
    area=Area.BILLS,
    access=Access.READ,
    area_by=Varies(
        argument="against",
        values={"bills": Area.BILLS.value, "spent-money": Area.BANK_TRANSACTIONS.value},
    ),
    also=(lists.INVOICES, lists.BANK_TRANSACTIONS),
    also_areas=(Area.BILLS,),
    says="look for duplicate bills{ against: against} from {from_date} to {to_date}",
)
async def find_duplicates(args: FindDuplicates, xero: ScopedXero) -> Duplicates:
    """Find bills that may be entered twice, or paid again as spent money.

    Numbers are compared without case, punctuation and leading zeros. About 2 requests.
    """
    since = max(args.from_date, date(1900, 3, 1)) - PAID_AGAIN_WITHIN
    days = list(lists.between("Date", since, args.to_date))
    bills = await lists.invoices(xero, eq("Type", "ACCPAY"), *days)
    outgoing = list(_bills(bills.items))
    complete = bills.complete
    if args.against != "bills":
        spent = await lists.bank_transactions(xero, eq("Type", "SPEND"), *days)
        outgoing += _spent(spent.items)
        complete = complete and spent.complete
    found = [pair for pair in pairs(outgoing) if _asked_for(pair, args)]
    return Duplicates(
        from_date=args.from_date,
        to_date=args.to_date,
        columns=list(COLUMNS),
        rows=[_row(pair) for pair in found[:MAX_PAIRS]],
        pairs=len(found),
        compared=len(outgoing),
        complete=complete,
        not_visible=list(NOT_VISIBLE),
        organisation=xero.organisation.name,
    )


def _asked_for(pair: Pair, args: FindDuplicates) -> bool:
    kinds = {pair.first.kind, pair.second.kind}
    if kinds == {"spent money"} or (args.against == "spent-money" and kinds == {"bill"}):
        return False
    return max(pair.first.dated, pair.second.dated) >= args.from_date


def _bills(items: Sequence[Posting]) -> Iterator[Outgoing]:
    for one in items:
        if one.status not in GONE:
            yield _outgoing(one, "bill", number=one.number or "")


def _spent(items: Sequence[BankPosting]) -> Iterator[Outgoing]:
    for one in items:
        if one.status not in GONE:
            yield _outgoing(one, "spent money", number=one.reference or "")


def _outgoing(one: Posting, kind: Literal["bill", "spent money"], *, number: str) -> Outgoing:
    return Outgoing(
        id=one.id,
        kind=kind,
        number=number,
        contact_id=one.contact.contact_id if one.contact else "",
        contact=one.contact.name if one.contact else "",
        dated=one.date or date.min,
        currency=one.currency_code or "",
        total=one.total or Decimal(0),
        status=one.status.lower(),
        repeating_id=one.repeating_invoice_id or "",
    )


def _row(pair: Pair) -> list[object]:
    return [pair.strength, pair.why, pair.first.currency, *_one(pair.first), *_one(pair.second)]


def _one(one: Outgoing) -> list[object]:
    return [
        one.id,
        one.kind,
        one.number or None,
        one.contact,
        one.dated.isoformat(),
        one.status,
        to_text(one.total),
    ]
