from typing import Annotated

from xero_mcp.xero.models.base import Listed, XeroWrite
from xero_mcp.xero.models.document import Document, Documents, DocumentWrite
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import Day, XeroDay


class PurchaseOrder(Document):
    """An order to a supplier."""

    purchase_order_id: str = ""
    purchase_order_number: XeroText | None = None
    delivery_date: XeroDay | None = None
    delivery_address: XeroText | None = None
    attention_to: XeroText | None = None
    delivery_instructions: XeroText | None = None
    sent_to_contact: bool | None = None

    @property
    def document_id(self) -> str:
        return self.purchase_order_id

    @property
    def number(self) -> str | None:
        return self.purchase_order_number


class PurchaseOrders(Documents):
    purchase_orders: Annotated[tuple[PurchaseOrder, ...], Listed] = ()

    @property
    def documents(self) -> tuple[PurchaseOrder, ...]:
        return self.purchase_orders


class PurchaseOrderWrite(DocumentWrite):
    purchase_order_id: str | None = None
    purchase_order_number: str | None = None
    delivery_date: Day | None = None
    delivery_address: str | None = None


class PurchaseOrdersWrite(XeroWrite):
    purchase_orders: tuple[PurchaseOrderWrite, ...]
