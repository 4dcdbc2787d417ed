from typing import Annotated

from xero_mcp.xero.models.base import Listed, XeroModel
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import XeroMoment


class BrandingTheme(XeroModel):
    """How invoices and quotes look; chosen for a document by its id."""

    branding_theme_id: str = ""
    name: XeroText = ""
    type: str | None = None
    sort_order: int | None = None
    logo_url: XeroText | None = None
    created_date_utc: XeroMoment | None = None


class BrandingThemes(XeroModel):
    branding_themes: Annotated[tuple[BrandingTheme, ...], Listed] = ()
