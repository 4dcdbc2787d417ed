"""Credits that wait for an invoice: credit notes, prepayments, overpayments."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import ListAnswer
from xero_mcp.tool.args import XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.table import Column, chosen
from xero_mcp.tools.line_rows import line_rows
from xero_mcp.tools.paging import PagedListing, list_answer
from xero_mcp.xero.models.credit_money import CreditMoney, Overpayments, Prepayments
from xero_mcp.xero.models.credit_note import CreditNote, CreditNotes
from xero_mcp.xero.models.document import Documents
from xero_mcp.xero.scoped import ScopedXero

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
    Column[CreditMoney](name="contact", read=lambda one: one.contact.name if one.contact else None),
    Column[CreditMoney](name="date", read=lambda one: one.date),
    Column[CreditMoney](name="status", read=lambda one: one.status.lower()),
    Column[CreditMoney](name="currency", read=lambda one: one.currency_code),
    Column[CreditMoney](name="total", read=lambda one: one.total),
    Column[CreditMoney](name="remaining", read=lambda one: one.remaining_credit),
    Column[CreditMoney](name="reference", read=lambda one: one.number, usual=False),
    Column[CreditMoney](name="lines", read=lambda one: line_rows(one.line_items), usual=False),
    Column[CreditMoney](name="allocations", read=allocation_rows, usual=False),
)


class ListPrepaymentsAndOverpayments(PagedListing):
    """Arguments of list-prepayments-and-overpayments."""

    kind: Literal["prepayment", "overpayment"] = Field(description="Which.")
    credit_id: XeroId | None = Field(default=None, description="Only this one.")


@tool(
    area=Area.PAYMENTS,
    access=Access.READ,
    reaches=tuple(
        GET(path)
        for kind in ("prepayment", "overpayment")
        for path in (f"/{_PATHS[kind].plural}", _PATHS[kind].one)
    ),
    says="list {kind}s (page {page})",
)
async def list_prepayments_and_overpayments(
    args: ListPrepaymentsAndOverpayments, xero: ScopedXero
) -> ListAnswer:
    """List prepayments or overpayments, with what of each is not allocated yet.

    detail full adds lines and allocations: [allocation_id, invoice_id, amount].
    """
    paths = paths_of(args.kind)
    if args.credit_id is not None:
        ids = {paths.id_name: args.credit_id}
        found = await xero.get(paths.one, paths.envelope, ids=ids)
    else:
        params = {"page": args.page, "pageSize": args.page_size}
        found = await xero.get(f"/{paths.plural}", paths.envelope, params=params)
    shown = chosen(COLUMNS, fields=None, full=args.detail == "full" or args.credit_id is not None)
    rows = [one for one in found.documents if isinstance(one, CreditMoney)]
    return list_answer(
        rows, shown, organisation=xero.organisation.name, pagination=found.pagination
    )
