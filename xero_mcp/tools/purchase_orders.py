"""Purchase orders: finding, making and changing them. They never reach the ledger."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import ListAnswer
from xero_mcp.tool.args import Day, ShortText, XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.table import Column, chosen
from xero_mcp.tools.bulk import MAX_DOCUMENTS, SavedAnswer
from xero_mcp.tools.contacts import CONTACT_HISTORY
from xero_mcp.tools.document_facts import facts_of_documents
from xero_mcp.tools.documents import (
    BulkSaving,
    DocumentEntry,
    Paper,
    levels,
    outline,
    plan,
    read_stored,
    save,
)
from xero_mcp.tools.line_rows import line_rows
from xero_mcp.tools.links import page_link
from xero_mcp.tools.paging import PagedListing, list_answer
from xero_mcp.xero.models.document import Document
from xero_mcp.xero.models.purchase_order import (
    PurchaseOrder,
    PurchaseOrders,
    PurchaseOrdersWrite,
    PurchaseOrderWrite,
)
from xero_mcp.xero.scoped import ScopedXero

ONE = "/PurchaseOrders/{PurchaseOrderID}"
NUMBERED = "/PurchaseOrders/{PurchaseOrderNumber}"
COLUMNS = (
    Column[PurchaseOrder](name="purchase_order_id", read=lambda one: one.purchase_order_id),
    Column[PurchaseOrder](name="number", read=lambda one: one.purchase_order_number),
    Column[PurchaseOrder](
        name="contact", read=lambda one: one.contact.name if one.contact else None
    ),
    Column[PurchaseOrder](name="date", read=lambda one: one.date),
    Column[PurchaseOrder](name="delivery_date", read=lambda one: one.delivery_date),
    Column[PurchaseOrder](name="status", read=lambda one: one.status.lower()),
    Column[PurchaseOrder](name="currency", read=lambda one: one.currency_code),
    Column[PurchaseOrder](name="total", read=lambda one: one.total),
    Column[PurchaseOrder](name="reference", read=lambda one: one.reference, usual=False),
    Column[PurchaseOrder](
        name="contact_id",
        read=lambda one: one.contact.contact_id if one.contact else None,
        usual=False,
    ),
    Column[PurchaseOrder](name="lines", read=lambda one: line_rows(one.line_items), usual=False),
)
Status = Literal["draft", "submitted", "authorised", "billed", "deleted"]


class ListPurchaseOrders(PagedListing):
    """Arguments of list-purchase-orders."""

    purchase_order_id: XeroId | None = Field(default=None, description="This one, whole.")
    number: ShortText | None = Field(default=None, description="Or its number.")
    status: Status | None = Field(default=None, description="Status.")
    date_from: Day | None = Field(default=None, description="From.")
    date_to: Day | None = Field(default=None, description="To.")


@tool(
    area=Area.PURCHASE_ORDERS,
    access=Access.READ,
    reaches=(GET("/PurchaseOrders"), GET(ONE), GET(NUMBERED)),
    says="list purchase orders{ with status: status}{ numbered: number} (page {page})",
)
async def list_purchase_orders(args: ListPurchaseOrders, xero: ScopedXero) -> ListAnswer:
    """List purchase orders. detail full adds lines."""
    single = args.purchase_order_id is not None or args.number is not None
    shown = chosen(COLUMNS, fields=None, full=args.detail == "full" or single)
    if args.purchase_order_id is not None:
        ids = {"PurchaseOrderID": args.purchase_order_id}
        found = await xero.get(ONE, PurchaseOrders, ids=ids)
    elif args.number is not None:
        ids = {"PurchaseOrderNumber": args.number}
        found = await xero.get(NUMBERED, PurchaseOrders, ids=ids)
    else:
        params = {
            "Status": args.status.upper() if args.status else None,
            "DateFrom": args.date_from,
            "DateTo": args.date_to,
            "page": args.page,
            "pageSize": args.page_size,
        }
        found = await xero.get("/PurchaseOrders", PurchaseOrders, params=params)
    return list_answer(
        found.purchase_orders,
        shown,
        organisation=xero.organisation.name,
        pagination=found.pagination,
    )


class PurchaseOrderEntry(DocumentEntry):
    """One purchase order."""

    purchase_order_id: XeroId | None = Field(default=None, description="Of a stored one.")
    delivery_date: Day | None = Field(default=None, description="Due.")
    delivery_address: Annotated[str, StringConstraints(max_length=1000)] | None = Field(
        default=None, description="Where to."
    )

    @property
    def document_id(self) -> str | None:
        return self.purchase_order_id

    def own_fields(self, stored: Document | None) -> Mapping[str, Any]:
        del stored
        return {
            "reference": self.reference,
            "purchase_order_number": self.number,
            "delivery_date": self.delivery_date,
            "delivery_address": self.delivery_address,
        }


class SavePurchaseOrders(BulkSaving):
    """Arguments of save-purchase-orders."""

    status: Status = Field(default="draft", description="Afterwards.")
    purchase_orders: list[PurchaseOrderEntry] = Field(
        min_length=1, max_length=MAX_DOCUMENTS, description="New or stored."
    )

    @property
    def entries(self) -> Sequence[PurchaseOrderEntry]:
        return self.purchase_orders

    @property
    def asked_status(self) -> str:
        return self.status


PAPER = Paper(
    path="/PurchaseOrders",
    id_name="PurchaseOrderID",
    spoken="purchase order",
    envelope=PurchaseOrders,
    write=PurchaseOrderWrite,
    wrap=lambda bodies: PurchaseOrdersWrite(purchase_orders=tuple(bodies)),
    link=lambda document, short_code: page_link("purchase order", document.document_id, short_code),
)


async def _facts(args: SavePurchaseOrders, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    stored = await read_stored(PAPER, args, xero, every=True)
    planned = await plan(PAPER, args, stored, xero)
    outlines = [await outline(PAPER, one, args.status, xero) for one in planned]
    return await facts_of_documents(outlines, xero, wanted)


@tool(
    area=Area.PURCHASE_ORDERS,
    access=Access.DRAFT,
    access_by=levels(
        draft=Access.DRAFT,
        submitted=Access.DRAFT,
        authorised=Access.POST,
        billed=Access.POST,
        deleted=Access.FULL,
    ),
    reaches=PAPER.reaches,
    also=PAPER.also,
    asks=(CONTACT_HISTORY,),
    says="save purchase orders as {status}",
    facts=_facts,
)
async def save_purchase_orders(args: SavePurchaseOrders, xero: ScopedXero) -> SavedAnswer:
    """Create, change, approve, bill or delete up to 50 purchase orders."""
    return await save(PAPER, args, xero)
