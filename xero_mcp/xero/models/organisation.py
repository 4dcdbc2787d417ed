from decimal import Decimal
from typing import Annotated

from pydantic import Field

from xero_mcp.xero.models.base import Listed, XeroModel
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import XeroDay, XeroMoment


class Organisation(XeroModel):
    """An organisation as it describes itself: its base currency, its taxes, its lock dates."""

    organisation_id: str
    name: XeroText = ""
    legal_name: XeroText | None = None
    short_code: XeroText | None = None
    base_currency: str = ""
    country_code: str | None = None
    organisation_status: str | None = None
    organisation_type: str | None = None
    organisation_entity_type: str | None = None
    version: str | None = None
    edition: str | None = None
    is_demo_company: bool = False
    pays_tax: bool | None = None
    tax_number: XeroText | None = None
    registration_number: XeroText | None = None
    default_sales_tax: str | None = None
    default_purchases_tax: str | None = None
    sales_tax_basis: str | None = None
    sales_tax_period: str | None = None
    financial_year_end_day: int | None = None
    financial_year_end_month: int | None = None
    period_lock_date: XeroDay | None = None
    end_of_year_lock_date: XeroDay | None = None
    timezone: str | None = None
    created_date_utc: XeroMoment | None = None


class Organisations(XeroModel):
    organisations: Annotated[tuple[Organisation, ...], Listed] = ()


class Action(XeroModel):
    """Something that the organisation's plan lets an app do, or not."""

    name: str = ""
    status: str = ""


class Actions(XeroModel):
    actions: Annotated[tuple[Action, ...], Listed] = ()


class CisOrganisation(XeroModel):
    """Britain's Construction Industry Scheme, as it stands for the organisation."""

    cis_contractor_enabled: bool | None = Field(default=None, alias="CISContractorEnabled")
    cis_sub_contractor_enabled: bool | None = Field(default=None, alias="CISSubContractorEnabled")
    rate: Decimal | None = None


class CisOrganisationSettings(XeroModel):
    cis_settings: Annotated[tuple[CisOrganisation, ...], Listed] = Field(
        default=(), alias="CISSettings"
    )


class InvoiceReminder(XeroModel):
    enabled: bool | None = None


class InvoiceReminders(XeroModel):
    invoice_reminders: Annotated[tuple[InvoiceReminder, ...], Listed] = ()
