from decimal import Decimal
from typing import Annotated

from pydantic import Field

from xero_mcp.xero.models.base import Listed, XeroModel, XeroWrite
from xero_mcp.xero.text import XeroText


class LineTracking(XeroModel):
    tracking_category_id: str | None = None
    tracking_option_id: str | None = None
    name: XeroText | None = None
    option: XeroText | None = None


class LineItem(XeroModel):
    line_item_id: str | None = None
    description: XeroText | None = None
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    line_amount: Decimal | None = None
    tax_amount: Decimal | None = None
    tax_type: str | None = None
    account_code: XeroText | None = None
    account_id: str | None = None
    item_code: XeroText | None = None
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    tracking: Annotated[tuple[LineTracking, ...], Listed] = ()


class LineTrackingWrite(XeroWrite):
    name: str | None = None
    option: str | None = None
    tracking_category_id: str | None = None
    tracking_option_id: str | None = None


class LineItemWrite(XeroWrite):
    """A line of a document. One that exists and is left out of a list that is sent is deleted."""

    line_item_id: str | None = None
    description: str | None = None
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    account_code: str | None = None
    tax_type: str | None = None
    tax_amount: Decimal | None = None
    item_code: str | None = None
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    tracking: Annotated[tuple[LineTrackingWrite, ...] | None, Field(max_length=2)] = None
