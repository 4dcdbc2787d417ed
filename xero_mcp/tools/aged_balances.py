"""Who owes what on a day, all contacts at once: Xero's own aged report takes a call for each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from xero_mcp.money import to_text
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, Cell, DayText, MoneyText
from xero_mcp.tool.args import Day, InOrganisation, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tools import posting_lists as lists
from xero_mcp.tools.books_day import today
from xero_mcp.tools.open_items import (
    BUCKETS,
    OpenItem,
    by_contact,
    open_items,
    settled_after,
    total_in_base,
)
from xero_mcp.tools.report_rows import amount, flatten
from xero_mcp.xero.models.postings import Posting
from xero_mcp.xero.models.report import Reports
from xero_mcp.xero.scoped import ScopedXero
from xero_mcp.xero.where import eq, le

Kind = Literal["receivables", "payables"]
TRIAL_BALANCE = GET("/Reports/TrialBalance")
BY_KIND = Varies(
    argument="kind",
    values={"receivables": "aged-receivables", "payables": "aged-payables"},
)
NOT_VISIBLE = (
    "opening balances of receivables and payables that were entered as an amount, not as documents",
    "expense claims, which stand on an account of their own",
    "unrealised currency gains: base amounts are at each document's own rate",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What Xero calls the documents of a side; `sign` is that of a debit on its account."""

    invoices: str
    credit_notes: str
    credit_prefix: str
    control: str
    sign: int


SIDES: Mapping[Kind, Side] = {
    "receivables": Side(
        invoices="ACCREC",
        credit_notes="ACCRECCREDIT",
        credit_prefix="RECEIVE",
        control="DEBTORS",
        sign=1,
    ),
    "payables": Side(
        invoices="ACCPAY",
        credit_notes="ACCPAYCREDIT",
        credit_prefix="SPEND",
        control="CREDITORS",
        sign=-1,
    ),
}
COLUMNS = ("contact_id", "contact", "currency", *BUCKETS, "total", "in_base", "document_ids")
DOCUMENT_COLUMNS = (
    *("id", "kind", "number", "contact_id", "contact", "date", "due_date", "bucket"),
    *("currency", "open", "in_base"),
)


class AgedBalancesArgs(InOrganisation):
    """Arguments of aged-balances."""

    kind: Kind = Field(description="Of customers, or suppliers.")
    as_at: Day | None = Field(default=None, description="Else today.")
    contact_id: XeroId | None = Field(default=None, description="Only this one.")
    detail: Literal["contacts", "documents"] = Field(
        default="contacts", description="A row for each."
    )


class AgedBalances(Answer):
    """What was open on a day, by how long it was due."""

    COLUMNS_BY_OTHERS = frozenset({"contact", "number"})

    as_at: DayText
    currency: str = Field(description="The base currency, of every in_base and of the totals.")
    columns: list[str]
    rows: list[list[Cell]]
    credit_columns: list[str]
    credits: list[list[Cell]] = Field(description="Unallocated: not taken off the rows.")
    totals: dict[str, str] | None = Field(
        default=None, description="In base currency; absent where not complete."
    )
    control_balance: MoneyText | None = None
    difference: MoneyText | None = Field(
        default=None, description="Control account less invoices, credit notes, overpayments."
    )
    complete: bool
    not_visible: list[str]
    organisation: str

    def row_count(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Open:
    """Everything that was open on the side, whoever's it was."""

    invoices: Sequence[OpenItem]
    credit_notes: Sequence[OpenItem]
    overpayments: Sequence[OpenItem]
    prepayments: Sequence[OpenItem]
    complete: bool

    @property
    def on_control(self) -> Decimal:
        """What these documents come to on the control account; prepayments stand elsewhere."""
        taken_off = (*self.credit_notes, *self.overpayments)
        return total_in_base(self.invoices) - total_in_base(taken_off)

    @property
    def credits(self) -> Sequence[OpenItem]:
        return (*self.credit_notes, *self.overpayments, *self.prepayments)


@tool(
    area=Area.REPORTS,
    access=Access.READ,
    report_by=BY_KIND,
    also=(
        lists.INVOICES,
        lists.CREDIT_NOTES,
        lists.OVERPAYMENTS,
        lists.PREPAYMENTS,
        lists.PAYMENTS,
        TRIAL_BALANCE,
    ),
    says="work out the {kind}{ as at: as_at}{ of contact: contact_id}",
)
async def aged_balances(args: AgedBalancesArgs, xero: ScopedXero) -> AgedBalances:
    """Age what customers owe, or what suppliers are owed, on any day, for all contacts.

    Compared with the control account. About 6 requests, one more for each 500 documents.
    """
    side = SIDES[args.kind]
    as_at = args.as_at or await today(xero)
    found = await _read(side, as_at, xero)
    control = await _control_balance(side, as_at, xero)
    complete = found.complete
    return AgedBalances(
        as_at=as_at,
        currency=(await xero.reference.organisation()).base_currency,
        columns=list(COLUMNS if args.detail == "contacts" else DOCUMENT_COLUMNS),
        rows=_rows(args, found.invoices, as_at),
        credit_columns=list(DOCUMENT_COLUMNS),
        credits=[_document(one, as_at) for one in _of(args, found.credits)],
        totals=_totals(found, as_at) if complete else None,
        control_balance=control,
        difference=control - found.on_control if complete and control is not None else None,
        complete=complete,
        not_visible=list(NOT_VISIBLE),
        organisation=xero.organisation.name,
    )


async def _read(side: Side, as_at: date, xero: ScopedXero) -> _Open:
    unpaid = await lists.invoices(
        xero, eq("Type", side.invoices), eq("Status", "AUTHORISED"), le("Date", as_at)
    )
    paid_later = await lists.payments_after(xero, as_at)
    notes = await lists.credit_notes(xero, eq("Type", side.credit_notes))
    over, pre = await lists.overpayments(xero), await lists.prepayments(xero)
    mine = [one for one in over.items if one.type.startswith(side.credit_prefix)]
    prepaid = [one for one in pre.items if one.type.startswith(side.credit_prefix)]
    later = settled_after(as_at, paid_later.items, [*notes.items, *mine, *prepaid])
    known = {one.id for one in unpaid.items}
    credit_ids = {one.id for one in (*notes.items, *over.items, *pre.items)}
    settled = await lists.invoices_by_id(xero, sorted(later.keys() - known - credit_ids))
    mine_again = [one for one in settled if one.type == side.invoices]

    def items(documents: Sequence[Posting], kind: str) -> list[OpenItem]:
        return list(open_items(documents, later, as_at=as_at, kind=kind))

    return _Open(
        invoices=items([*unpaid.items, *mine_again], "invoice"),
        credit_notes=items(notes.items, "credit note"),
        overpayments=items(mine, "overpayment"),
        prepayments=items(prepaid, "prepayment"),
        complete=all(one.complete for one in (unpaid, paid_later, notes, over, pre)),
    )


async def _control_balance(side: Side, as_at: date, xero: ScopedXero) -> Decimal | None:
    """What the control account stands at, as a plus on its own side; None without such one."""
    accounts = await xero.reference.accounts()
    control = next((one for one in accounts if one.system_account == side.control), None)
    if control is None:
        return None
    found = await xero.get(TRIAL_BALANCE.path, Reports, params={"date": as_at})
    flat = flatten(found.reports[0], "accounts")
    places = [flat.columns.index(f"YTD {name}") for name in ("Debit", "Credit")]
    for row in flat.rows:
        if row[2] == control.account_id:
            debit, credit = (amount(row[place]) for place in places)
            return side.sign * (debit - credit)
    return Decimal(0)


def _of(args: AgedBalancesArgs, items: Sequence[OpenItem]) -> list[OpenItem]:
    return [one for one in items if args.contact_id in (None, one.contact_id)]


def _rows(args: AgedBalancesArgs, items: Sequence[OpenItem], as_at: date) -> list[list[object]]:
    mine = _of(args, items)
    if args.detail == "documents":
        ordered = sorted(mine, key=lambda one: (one.contact, one.due_date, one.number or ""))
        return [_document(one, as_at) for one in ordered]
    return [_contact(some, as_at) for some in by_contact(mine)]


def _contact(some: Sequence[OpenItem], as_at: date) -> list[object]:
    first = some[0]
    aged = {
        bucket: sum((one.open for one in some if one.bucket(as_at) == bucket), Decimal(0))
        for bucket in BUCKETS
    }
    return [
        first.contact_id,
        first.contact,
        first.currency,
        *(to_text(value) for value in aged.values()),
        to_text(sum(aged.values(), Decimal(0))),
        to_text(total_in_base(some)),
        [one.id for one in some],
    ]


def _document(one: OpenItem, as_at: date) -> list[object]:
    return [
        one.id,
        one.kind,
        one.number,
        one.contact_id,
        one.contact,
        one.dated.isoformat(),
        one.due_date.isoformat(),
        one.bucket(as_at),
        one.currency,
        to_text(one.open),
        to_text(one.in_base),
    ]


def _totals(found: _Open, as_at: date) -> dict[str, str]:
    """Over all contacts, whoever's rows were asked for: so they can be held against the ledger."""
    aged = {
        bucket: total_in_base(one for one in found.invoices if one.bucket(as_at) == bucket)
        for bucket in BUCKETS
    }
    sums = {
        **aged,
        "invoices": total_in_base(found.invoices),
        "credit_notes": -total_in_base(found.credit_notes),
        "overpayments": -total_in_base(found.overpayments),
        "on_control_account": found.on_control,
        "prepayments_elsewhere": -total_in_base(found.prepayments),
    }
    return {name: to_text(value) for name, value in sums.items()}
