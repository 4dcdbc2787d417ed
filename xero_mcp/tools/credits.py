"""Credits that wait for an invoice: credit notes, prepayments, overpayments."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.args import XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.table import Column, TextColumn, without_sums
from xero_mcp.tools.line_rows import line_rows
from xero_mcp.tools.paging import ContactListing, Page, SummedList, day_start, names_of, summed_list
from xero_mcp.xero.models.credit_money import CreditMoney, Overpayments, Prepayments
from xero_mcp.xero.models.credit_note import CreditNote, CreditNotes
from xero_mcp.xero.models.document import Documents
from xero_mcp.xero.scoped import Param, ScopedXero
from xero_mcp.xero.where import Condition, eq, where

CreditKind = Literal["credit-note", "prepayment", "overpayment"]
Credit = CreditNote | CreditMoney


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditPaths:
    """Where one kind of credit is in Xero."""

    plural: str
    id_name: str
    envelope: type[Documents]

    @property
    def one(self) -> str:
        return f"/{self.plural}/{{{self.id_name}}}"

    @property
    def allocations(self) -> str:
        return f"{self.one}/Allocations"

    @property
    def allocation(self) -> str:
        return f"{self.allocations}/{{AllocationID}}"


_PATHS: Mapping[CreditKind, CreditPaths] = {
    "credit-note": CreditPaths(plural="CreditNotes", id_name="CreditNoteID", envelope=CreditNotes),
    "prepayment": CreditPaths(plural="Prepayments", id_name="PrepaymentID", envelope=Prepayments),
    "overpayment": CreditPaths(
        plural="Overpayments", id_name="OverpaymentID", envelope=Overpayments
    ),
}


def paths_of(kind: CreditKind) -> CreditPaths:
    return _PATHS[kind]


async def read_credit(kind: CreditKind, credit_id: str, xero: ScopedXero) -> Credit:
    """One of them, whole."""
    paths = paths_of(kind)
    found = await xero.get(paths.one, paths.envelope, ids={paths.id_name: credit_id})
    credit = found.documents[0]
    if not isinstance(credit, CreditNote | CreditMoney):
        raise TypeError(f"{type(credit).__name__} is no credit")
    return credit


def allocation_rows(credit: Credit) -> list[list[object]]:
    """Allocation id, invoice id and amount of each."""
    return [
        [one.allocation_id, one.invoice.invoice_id if one.invoice else None, one.amount]
        for one in credit.allocations
    ]


COLUMNS = (
    Column[CreditMoney](name="credit_id", read=lambda one: one.document_id),
    Column[CreditMoney](name="type", read=lambda one: one.type.lower()),
    TextColumn[CreditMoney](
        name="contact", read=lambda one: one.contact.name if one.contact else None
    ),
    Column[CreditMoney](name="date", read=lambda one: one.date),
    Column[CreditMoney](name="status", read=lambda one: one.status.lower()),
    Column[CreditMoney](name="currency", read=lambda one: one.currency_code),
    Column[CreditMoney](name="total", read=lambda one: one.total),
    Column[CreditMoney](name="remaining", read=lambda one: one.remaining_credit),
    TextColumn[CreditMoney](name="reference", read=lambda one: one.number, usual=False),
    TextColumn[CreditMoney](name="lines", read=lambda one: line_rows(one.line_items), usual=False),
    TextColumn[CreditMoney](name="allocations", read=allocation_rows, usual=False),
    Column[CreditMoney](
        name="contact_id",
        read=lambda one: one.contact.contact_id if one.contact else None,
        usual=False,
    ),
    Column[CreditMoney](name="updated_at", read=lambda one: one.updated_date_utc, usual=False),
)


class ListPrepaymentsAndOverpayments(ContactListing):
    """Arguments of list-prepayments-and-overpayments."""

    COLUMN_NAMES = names_of(COLUMNS)

    kind: Literal["prepayment", "overpayment"] = Field(description="Which.")
    credit_id: XeroId | None = Field(default=None, description="Only this one.")
    status: Literal["authorised", "paid", "voided"] | None = Field(
        default=None, description="Only these; all filters need date_from."
    )

    @model_validator(mode="after")
    def _slow_ones_from_a_day_on(self) -> "ListPrepaymentsAndOverpayments":
        slow = (self.status, self.contact_id, self.contact, self.date_to)
        if self.date_from is None and any(one is not None for one in slow):
            raise ValueError("status, contact_id, contact and date_to need date_from")
        return self


@tool(
    area=Area.PAYMENTS,
    access=Access.READ,
    reaches=tuple(
        GET(path)
        for kind in ("prepayment", "overpayment")
        for path in (f"/{_PATHS[kind].plural}", _PATHS[kind].one)
    ),
    listed_as=ListedAs(
        name="list-documents",
        kinds={"prepayment": {"kind": "prepayment"}, "overpayment": {"kind": "overpayment"}},
        names={"document_id": "credit_id"},
    ),
    says="list {kind}s (page {page})",
)
async def list_prepayments_and_overpayments(
    args: ListPrepaymentsAndOverpayments, xero: ScopedXero
) -> SummedList:
    """List prepayments or overpayments, with what of each is not allocated yet.

    detail full adds lines and allocations: [allocation_id, invoice_id, amount].
    """
    paths = paths_of(args.kind)

    async def fetch(page: int, size: int) -> Page[CreditMoney]:
        if args.credit_id is not None:
            ids = {paths.id_name: args.credit_id}
            return _money(await xero.get(paths.one, paths.envelope, ids=ids)), None
        params: dict[str, Param] = {
            "where": where(paths.plural, *_conditions(args)),
            "order": args.sorted_by(paths.plural),
            "page": page,
            "pageSize": size,
        }
        since = day_start(args.modified_since)
        path = f"/{paths.plural}"
        found = await xero.get(path, paths.envelope, params=params, modified_since=since)
        return _money(found), found.pagination

    shown = args.columns(COLUMNS, whole=args.credit_id is not None)
    return await summed_list(args, without_sums(shown), fetch, xero)


def _money(found: Documents) -> list[CreditMoney]:
    return [one for one in found.documents if isinstance(one, CreditMoney)]


def _conditions(args: ListPrepaymentsAndOverpayments) -> list[Condition]:
    status = [eq("Status", args.status.upper())] if args.status else []
    return [*status, *args.whose(), *args.dates()]
