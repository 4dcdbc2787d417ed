from typing import Annotated

from xero_mcp.xero.models.base import Findings, Listed, XeroModel, XeroWrite
from xero_mcp.xero.text import XeroText


class TrackingOption(XeroModel):
    tracking_option_id: str = ""
    name: XeroText = ""
    status: str = ""


class TrackingOptions(XeroModel):
    options: Annotated[tuple[TrackingOption, ...], Listed] = ()


class TrackingCategory(XeroModel):
    """Something by which lines are told apart, such as a region; at most two are active."""

    tracking_category_id: str = ""
    name: XeroText = ""
    status: str = ""
    options: Annotated[tuple[TrackingOption, ...], Listed] = ()
    validation_errors: Findings = ()


class TrackingCategories(XeroModel):
    tracking_categories: Annotated[tuple[TrackingCategory, ...], Listed] = ()


class TrackingCategoryWrite(XeroWrite):
    """A category, or an option of one: both are a name and a status."""

    name: str | None = None
    status: str | None = None
