"""Purchase orders: finding, making and changing them. They never reach the ledger."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.args import Day, ShortText, XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.table import Column, TextColumn
from xero_mcp.tool.trace import of_documents
from xero_mcp.tools.bulk import MAX_DOCUMENTS, SavedAnswer
from xero_mcp.tools.contacts import CONTACT_HISTORY
from xero_mcp.tools.document_facts import facts_of_documents
from xero_mcp.tools.documents import (
    BulkSaving,
    DocumentEntry,
    Paper,
    check,
    levels,
    plan,
    read_stored,
    save,
)
from xero_mcp.tools.line_rows import line_rows
from xero_mcp.tools.links import page_link
from xero_mcp.tools.outlines import outline
from xero_mcp.tools.paging import DatedListing, Page, SummedList, day_start, names_of, summed_list
from xero_mcp.xero.models.document import Document
from xero_mcp.xero.models.purchase_order import (
    PurchaseOrder,
    PurchaseOrders,
    PurchaseOrdersWrite,
    PurchaseOrderWrite,
)
from xero_mcp.xero.scoped import Param, ScopedXero

ALL = "/PurchaseOrders"
ONE = "/PurchaseOrders/{PurchaseOrderID}"
NUMBERED = "/PurchaseOrders/{PurchaseOrderNumber}"
COLUMNS = (
    Column[PurchaseOrder](name="purchase_order_id", read=lambda one: one.purchase_order_id),
    TextColumn[PurchaseOrder](name="number", read=lambda one: one.purchase_order_number),
    TextColumn[PurchaseOrder](
        name="contact", read=lambda one: one.contact.name if one.contact else None
    ),
    Column[PurchaseOrder](name="date", read=lambda one: one.date),
    Column[PurchaseOrder](name="delivery_date", read=lambda one: one.delivery_date),
    Column[PurchaseOrder](name="status", read=lambda one: one.status.lower()),
    Column[PurchaseOrder](name="currency", read=lambda one: one.currency_code),
    Column[PurchaseOrder](
        name="total", read=lambda one: one.total, currency=lambda one: one.currency_code
    ),
    TextColumn[PurchaseOrder](name="reference", read=lambda one: one.reference, usual=False),
    Column[PurchaseOrder](
        name="contact_id",
        read=lambda one: one.contact.contact_id if one.contact else None,
        usual=False,
    ),
    TextColumn[PurchaseOrder](
        name="lines", read=lambda one: line_rows(one.line_items), usual=False
    ),
    Column[PurchaseOrder](name="updated_at", read=lambda one: one.updated_date_utc, usual=False),
)
Status = Literal["draft", "submitted", "authorised", "billed", "deleted"]


class ListPurchaseOrders(DatedListing):
    """Arguments of list-purchase-orders."""

    COLUMN_NAMES = names_of(COLUMNS)

    purchase_order_id: XeroId | None = Field(default=None, description="This one, whole.")
    number: ShortText | None = Field(default=None, description="Or its number.")
    status: Status | None = Field(default=None, description="Status.")


@tool(
    area=Area.PURCHASE_ORDERS,
    access=Access.READ,
    reaches=(GET("/PurchaseOrders"), GET(ONE), GET(NUMBERED)),
    listed_as=ListedAs(
        name="list-documents",
        kinds={"purchase-order": {}},
        names={"document_id": "purchase_order_id"},
    ),
    says="list purchase orders{ with status: status}{ numbered: number} (page {page})",
)
async def list_purchase_orders(args: ListPurchaseOrders, xero: ScopedXero) -> SummedList:
    """List purchase orders, newest first, with sums. detail full adds lines."""
    single = args.purchase_order_id is not None or args.number is not None

    async def fetch(page: int, size: int) -> Page[PurchaseOrder]:
        if args.purchase_order_id is not None:
            ids = {"PurchaseOrderID": args.purchase_order_id}
            return (await xero.get(ONE, PurchaseOrders, ids=ids)).purchase_orders, None
        if args.number is not None:
            ids = {"PurchaseOrderNumber": args.number}
            return (await xero.get(NUMBERED, PurchaseOrders, ids=ids)).purchase_orders, None
        params: dict[str, Param] = {
            "Status": args.status.upper() if args.status else None,
            "DateFrom": args.date_from,
            "DateTo": args.date_to,
            "order": args.sorted_by("PurchaseOrders"),
            "page": page,
            "pageSize": size,
        }
        since = day_start(args.modified_since)
        found = await xero.get(ALL, PurchaseOrders, params=params, modified_since=since)
        return found.purchase_orders, found.pagination

    return await summed_list(args, args.columns(COLUMNS, whole=single), fetch, xero)


class PurchaseOrderEntry(DocumentEntry):
    """One purchase order."""

    purchase_order_id: XeroId | None = Field(default=None, description="If stored.")
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

    status: Status = Field(default="draft", description="After.")
    purchase_orders: list[PurchaseOrderEntry] = Field(
        min_length=1, max_length=MAX_DOCUMENTS, description="Up to 50."
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


async def _check(args: SavePurchaseOrders, xero: ScopedXero) -> None:
    await check(PAPER, args, xero)


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
    checks=_check,
    trace=of_documents(
        PAPER.path,
        PAPER.id_name,
        number="PurchaseOrderNumber",
        id_argument="purchase_order_id",
        each="purchase_orders",
        more={"delivery_date": "DeliveryDate", "delivery_address": "DeliveryAddress"},
    ),
)
async def save_purchase_orders(args: SavePurchaseOrders, xero: ScopedXero) -> SavedAnswer:
    """Create, change, approve, bill or delete purchase orders."""
    return await save(PAPER, args, xero)
