from decimal import Decimal
from typing import Annotated

from xero_mcp.xero.models.base import Findings, Listed, XeroModel, XeroWrite
from xero_mcp.xero.text import XeroText


class TaxComponent(XeroModel):
    name: XeroText = ""
    rate: Decimal = Decimal(0)
    is_compound: bool = False
    is_non_recoverable: bool = False


class TaxRate(XeroModel):
    name: XeroText = ""
    tax_type: str = ""
    status: str = ""
    report_tax_type: str | None = None
    display_tax_rate: Decimal | None = None
    effective_rate: Decimal | None = None
    can_apply_to_assets: bool | None = None
    can_apply_to_equity: bool | None = None
    can_apply_to_expenses: bool | None = None
    can_apply_to_liabilities: bool | None = None
    can_apply_to_revenue: bool | None = None
    tax_components: Annotated[tuple[TaxComponent, ...], Listed] = ()
    validation_errors: Findings = ()


class TaxRates(XeroModel):
    tax_rates: Annotated[tuple[TaxRate, ...], Listed] = ()


class TaxComponentWrite(XeroWrite):
    name: str
    rate: Decimal
    is_compound: bool | None = None
    is_non_recoverable: bool | None = None


class TaxRateWrite(XeroWrite):
    name: str | None = None
    tax_type: str | None = None
    status: str | None = None
    report_tax_type: str | None = None
    tax_components: tuple[TaxComponentWrite, ...] | None = None


class TaxRatesWrite(XeroWrite):
    tax_rates: tuple[TaxRateWrite, ...]
