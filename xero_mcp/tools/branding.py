"""Branding themes: how documents look."""

from xero_mcp.tool.table import Column, TextColumn
from xero_mcp.xero.models.branding_theme import BrandingTheme

ONE = "/BrandingThemes/{BrandingThemeID}"
COLUMNS = (
    Column[BrandingTheme](name="branding_theme_id", read=lambda one: one.branding_theme_id),
    TextColumn[BrandingTheme](name="name", read=lambda one: one.name),
    Column[BrandingTheme](name="type", read=lambda one: (one.type or "").lower()),
    Column[BrandingTheme](name="is_default", read=lambda one: one.sort_order == 0),
)
