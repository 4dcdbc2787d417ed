from decimal import Decimal
from typing import Annotated

from xero_mcp.xero.models.base import Findings, Listed, Paged, XeroModel, XeroWrite
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import XeroMoment


class ItemPrice(XeroModel):
    """What a line with the item takes when it is sold, or bought."""

    unit_price: Decimal | None = None
    account_code: XeroText | None = None
    tax_type: str | None = None


class Item(XeroModel):
    """An item of the price list."""

    item_id: str = ""
    code: XeroText = ""
    name: XeroText | None = None
    description: XeroText | None = None
    purchase_description: XeroText | None = None
    sales_details: ItemPrice | None = None
    purchase_details: ItemPrice | None = None
    is_sold: bool | None = None
    is_purchased: bool | None = None
    is_tracked_as_inventory: bool | None = None
    quantity_on_hand: Decimal | None = None
    total_cost_pool: Decimal | None = None
    updated_date_utc: XeroMoment | None = None
    status_attribute_string: str | None = None
    validation_errors: Findings = ()


class Items(Paged):
    items: Annotated[tuple[Item, ...], Listed] = ()


class ItemPriceWrite(XeroWrite):
    unit_price: Decimal | None = None
    account_code: str | None = None
    tax_type: str | None = None


class ItemWrite(XeroWrite):
    item_id: str | None = None
    code: str | None = None
    name: str | None = None
    description: str | None = None
    purchase_description: str | None = None
    sales_details: ItemPriceWrite | None = None
    purchase_details: ItemPriceWrite | None = None


class ItemsWrite(XeroWrite):
    items: tuple[ItemWrite, ...]


class ItemGone(XeroModel):
    """Xero answers a deletion without a body."""
