"""How documents of a contact were coded before: evidence for coding the next one."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from xero_mcp.money import to_text
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, Cell, OthersText
from xero_mcp.tool.args import InOrganisation, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import tool
from xero_mcp.tools import posting_lists as lists
from xero_mcp.tools.account_lines import net_of
from xero_mcp.tools.open_items import in_base
from xero_mcp.xero.models.base import Pagination
from xero_mcp.xero.models.line_item import LineItem
from xero_mcp.xero.models.postings import BankPostings, InvoicePostings, Posting
from xero_mcp.xero.scoped import Param, ScopedXero
from xero_mcp.xero.where import eq, guid, order, where

Source = Literal["bills", "sales", "bank"]
AREAS: Mapping[Source, Area] = {
    "bills": Area.BILLS,
    "sales": Area.INVOICES,
    "bank": Area.BANK_TRANSACTIONS,
}
NEWEST = 200
"""Documents of each kind that are looked at: one request, and habits older than that are past."""
MAX_ROWS = 40
COLUMNS = (
    *("of", "account_code", "tax_type", "tracking", "times", "share_percent", "last"),
    *("in_base", "document_ids"),
)
MAX_IDS = 3


@dataclass(frozen=True, slots=True)
class Coding:
    """Account, tax type and tracking of a line."""

    of: str
    account_code: str
    tax_type: str
    tracking: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Habit:
    """How often lines were coded so."""

    times: int = 0
    in_base: Decimal = Decimal(0)
    last: date = date.min
    document_ids: tuple[str, ...] = ()


class CodingHistoryArgs(InOrganisation):
    """Arguments of coding-history."""

    contact_id: XeroId = Field(description="From list-contacts.")
    of: Source | None = Field(default=None, description="Only these; else all.")


class CodingHistory(Answer):
    """Codings of a contact, the most frequent first."""

    COLUMNS_BY_OTHERS = frozenset({"tracking"})

    contact_id: str
    contact: OthersText | None = None
    columns: list[str]
    rows: list[list[Cell]]
    documents: int = Field(description="How many were counted.")
    basis: str
    complete: bool
    not_visible: list[str]
    organisation: str

    def row_count(self) -> int:
        return len(self.rows)


BASIS = (
    "approved or paid bills and sales invoices, and reconciled bank transactions: somebody made "
    "or reviewed each. Drafts, submitted, voided and unreconciled ones do not count, nor do "
    "copies of a repeating template. The newest 200 of each kind."
)
NOT_VISIBLE = ("who approved a document", "whether the coding was right")


@tool(
    area=Area.BILLS,
    access=Access.READ,
    area_by=Varies(argument="of", values={name: area.value for name, area in AREAS.items()}),
    also=(lists.INVOICES, lists.BANK_TRANSACTIONS),
    says="look up how the contact {contact_id} was coded before{ in: of}",
)
async def coding_history(args: CodingHistoryArgs, xero: ScopedXero) -> CodingHistory:
    """Count which account, tax type and tracking a contact's documents were coded to.

    Call it before coding a bill. 3 requests at most, 1 where `of` says where to look.
    """
    habits: dict[Coding, Habit] = {}
    documents: list[Posting] = []
    complete = True
    for source in (args.of,) if args.of else AREAS:
        found, pagination = await READ[source](args.contact_id, xero)
        counted = [one for one in found if _counts(one)]
        documents += counted
        complete = complete and (pagination is None or pagination.page_count <= 1)
        for one in counted:
            _count(one, source, habits)
    lines = sum(habit.times for habit in habits.values())
    ordered = sorted(habits.items(), key=lambda pair: (-pair[1].times, -pair[1].last.toordinal()))
    names = [one.contact.name for one in documents if one.contact]
    return CodingHistory(
        contact_id=args.contact_id,
        contact=names[0] if names else None,
        columns=list(COLUMNS),
        rows=[_row(coding, habit, lines) for coding, habit in ordered[:MAX_ROWS]],
        documents=len(documents),
        basis=BASIS,
        complete=complete,
        not_visible=list(NOT_VISIBLE),
        organisation=xero.organisation.name,
    )


Read = tuple[Sequence[Posting], Pagination | None]


async def _bills(contact_id: str, xero: ScopedXero) -> Read:
    return await _trade("ACCPAY", contact_id, xero)


async def _sales(contact_id: str, xero: ScopedXero) -> Read:
    return await _trade("ACCREC", contact_id, xero)


async def _trade(xero_type: str, contact_id: str, xero: ScopedXero) -> Read:
    params: dict[str, Param] = {
        "where": where("Invoices", eq("Type", xero_type), guid("Contact.ContactID", contact_id)),
        "order": order("Invoices", "Date", descending=True),
        "page": 1,
        "pageSize": NEWEST,
    }
    found = await xero.get(lists.INVOICES.path, InvoicePostings, params=params)
    return found.invoices, found.pagination


async def _bank(contact_id: str, xero: ScopedXero) -> Read:
    params: dict[str, Param] = {
        "where": where(
            "BankTransactions", eq("Status", "AUTHORISED"), guid("Contact.ContactID", contact_id)
        ),
        "order": order("BankTransactions", "Date", descending=True),
        "page": 1,
        "pageSize": NEWEST,
    }
    found = await xero.get(lists.BANK_TRANSACTIONS.path, BankPostings, params=params)
    reviewed = [one for one in found.bank_transactions if one.is_reconciled]
    return reviewed, found.pagination


READ: Mapping[Source, Callable[[str, ScopedXero], Awaitable[Read]]] = {
    "bills": _bills,
    "sales": _sales,
    "bank": _bank,
}


def _counts(one: Posting) -> bool:
    """Somebody made or reviewed it: a template's copies only say what the template says."""
    return one.status in lists.POSTED and not one.repeating_invoice_id


def _count(one: Posting, source: Source, habits: dict[Coding, Habit]) -> None:
    of = source if source != "bank" else _way(one)
    for line in _coded(one):
        tracking = tuple(sorted(f"{way.name}: {way.option}" for way in line.tracking))
        coding = Coding(of, line.account_code or "", line.tax_type or "", tracking)
        habit = habits.setdefault(coding, Habit())
        habit.times += 1
        habit.in_base += in_base(net_of(line, one.line_amount_types), one.currency_rate)
        habit.last = max(habit.last, one.date or date.min)
        if one.id not in habit.document_ids:
            habit.document_ids = (*habit.document_ids, one.id)


def _way(one: Posting) -> str:
    return "spent money" if one.type.startswith("SPEND") else "received money"


def _coded(one: Posting) -> Iterator[LineItem]:
    return (line for line in one.line_items if line.account_code)


def _row(coding: Coding, habit: Habit, lines: int) -> list[object]:
    return [
        coding.of,
        coding.account_code,
        coding.tax_type or None,
        list(coding.tracking),
        habit.times,
        (habit.times * 100 + lines // 2) // max(lines, 1),
        habit.last.isoformat(),
        to_text(habit.in_base),
        list(habit.document_ids[:MAX_IDS]),
    ]
