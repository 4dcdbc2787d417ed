"""Lists of what an organisation is set up with, from what the server keeps of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.args import ShortText
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.table import chosen
from xero_mcp.tools import branding, currencies, tax_rates, tracking, users
from xero_mcp.tools.cached_list import CachedList, cached_list, fresh_list, whole
from xero_mcp.tools.paging import Listing
from xero_mcp.xero.models.branding_theme import BrandingThemes
from xero_mcp.xero.models.tax_rate import TaxRates
from xero_mcp.xero.models.tracking import TrackingCategories
from xero_mcp.xero.models.user import Users
from xero_mcp.xero.scoped import ScopedXero

Kind = Literal["branding-themes", "currencies", "tax-rates", "tracking", "users"]
AREAS: Mapping[Kind, Area] = MappingProxyType(
    {
        "branding-themes": Area.BRANDING,
        "currencies": Area.CURRENCIES,
        "tax-rates": Area.TAX_RATES,
        "tracking": Area.TRACKING,
        "users": Area.USERS,
    }
)
TAX_RATE, USER = "/TaxRates/{TaxType}", "/Users/{UserID}"


class ListSettings(Listing):
    """Arguments of list-settings."""

    of: Kind = Field(description="Which list.")
    id: ShortText | None = Field(default=None, description="Only this one, afresh.")
    archived: bool = Field(default=False, description="tracking: archived ones too.")

    @model_validator(mode="after")
    def _can_be_asked(self) -> "ListSettings":
        if self.of == "currencies" and self.id is not None:
            raise ValueError("currencies takes no id; leave it out")
        return self


@tool(
    area=Area.ORGANISATION,
    access=Access.READ,
    area_by=Varies(argument="of", values={kind: area.value for kind, area in AREAS.items()}),
    reaches=(
        GET("/BrandingThemes"),
        GET(branding.ONE),
        GET("/Currencies"),
        GET("/TaxRates"),
        GET(TAX_RATE),
        GET(tracking.ALL),
        GET(tracking.CATEGORY),
        GET("/Users"),
        GET(USER),
    ),
    aliases=(
        "list-tax-rates",
        "list-tracking-categories",
    ),
    listed_as=ListedAs(
        name="list-settings",
        kinds={name: {"of": name} for name in AREAS},
    ),
    says="list {of}",
)
async def list_settings(args: ListSettings, xero: ScopedXero) -> CachedList:
    """List tax rates, tracking categories, currencies, branding themes or users.

    Lines take tax_type, and tracking by its two names.
    """
    full = args.detail == "full"
    match args.of:
        case "tax-rates":
            return await _tax_rates(args.id, xero, full=full)
        case "tracking":
            return await _tracking(args, xero)
        case "branding-themes":
            return await _branding(args.id, xero)
        case "currencies":
            known = await xero.reference.currencies()
            return cached_list(
                known, currencies.COLUMNS, wanted=whole, noun="Currencies", xero=xero
            )
        case "users":
            return await _users(args.id, xero)


async def _tax_rates(tax_type: str | None, xero: ScopedXero, *, full: bool) -> CachedList:
    shown = chosen(tax_rates.COLUMNS, fields=None, full=full)
    if tax_type is None:
        known = await xero.reference.tax_rates()
        return cached_list(known, shown, wanted=whole, noun="TaxRates", xero=xero)
    found = await xero.get(TAX_RATE, TaxRates, ids={"TaxType": tax_type})
    return fresh_list(found.tax_rates, shown, xero=xero)


async def _tracking(args: ListSettings, xero: ScopedXero) -> CachedList:
    if args.id is None:
        known = await xero.reference.tracking()
        rows = tracking.TrackingRows(archived=args.archived)
        return cached_list(
            known, tracking.COLUMNS, wanted=rows, noun="TrackingCategories", xero=xero
        )
    ids = {"TrackingCategoryID": args.id}
    found = await xero.get(tracking.CATEGORY, TrackingCategories, ids=ids)
    rows = tracking.TrackingRows(archived=True)(found.tracking_categories)
    return fresh_list(rows, tracking.COLUMNS, xero=xero)


async def _branding(theme_id: str | None, xero: ScopedXero) -> CachedList:
    if theme_id is None:
        known = await xero.reference.branding_themes()
        return cached_list(known, branding.COLUMNS, wanted=whole, noun="BrandingThemes", xero=xero)
    found = await xero.get(branding.ONE, BrandingThemes, ids={"BrandingThemeID": theme_id})
    return fresh_list(found.branding_themes, branding.COLUMNS, xero=xero)


async def _users(user_id: str | None, xero: ScopedXero) -> CachedList:
    """Never kept: who may work in the books is asked afresh."""
    if user_id is None:
        found = await xero.get("/Users", Users)
    else:
        found = await xero.get(USER, Users, ids={"UserID": user_id})
    return fresh_list(found.users, users.COLUMNS, xero=xero)
