"""The organisation as it describes itself."""

from typing import Literal

from pydantic import Field

from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, DayText, OthersText
from xero_mcp.tool.args import InOrganisation
from xero_mcp.tool.declare import GET, tool
from xero_mcp.xero.models.organisation import (
    Actions,
    CisOrganisationSettings,
    InvoiceReminders,
    Organisation,
)
from xero_mcp.xero.scoped import ScopedXero

ACTIONS = "/Organisation/Actions"
CIS = "/Organisation/{OrganisationID}/CISSettings"
REMINDERS = "/InvoiceReminders/Settings"


class OrganisationRecord(Answer):
    """What Xero says of the organisation; absent is what it does not say."""

    organisation_id: str
    name: str
    legal_name: OthersText | None = None
    short_code: OthersText | None = None
    country: str | None = None
    base_currency: str
    timezone: str | None = None
    type: str | None = None
    edition: str | None = None
    is_demo_company: bool
    pays_tax: bool | None = None
    tax_number: OthersText | None = None
    registration_number: OthersText | None = None
    tax_basis: str | None = None
    tax_period: str | None = None
    default_sales_tax: str | None = None
    default_purchases_tax: str | None = None
    year_ends: str | None = None
    period_locked_to: DayText | None = None
    year_locked_to: DayText | None = None
    allowed_actions: list[str] | None = None
    refused_actions: list[str] | None = None
    cis_contractor: bool | None = None
    cis_subcontractor: bool | None = None
    invoice_reminders: bool | None = None


class OrganisationAnswer(Answer):
    """The organisation, and how long ago Xero said so."""

    record: OrganisationRecord
    organisation: str
    age_seconds: int = Field(description="Seconds since Xero was asked.")


class GetOrganisation(InOrganisation):
    """Arguments of get-organisation."""

    also: list[Literal["actions", "cis", "reminders"]] | None = Field(
        default=None,
        max_length=3,
        description="Plan, UK CIS, reminders: one request each.",
    )


@tool(
    area=Area.ORGANISATION,
    access=Access.READ,
    reaches=(GET("/Organisation"), GET(ACTIONS), GET(CIS), GET(REMINDERS)),
    says="read the organisation's settings",
)
async def get_organisation(args: GetOrganisation, xero: ScopedXero) -> OrganisationAnswer:
    """Read the organisation: base currency, tax, time zone, year end, lock dates."""
    record = _record(await xero.reference.organisation())
    asked = args.also or []
    if "actions" in asked:
        record = await _with_actions(record, xero)
    if "cis" in asked:
        record = await _with_cis(record, xero)
    if "reminders" in asked:
        found = await xero.get(REMINDERS, InvoiceReminders)
        reminders = any(one.enabled for one in found.invoice_reminders)
        record = record.model_copy(update={"invoice_reminders": reminders})
    return OrganisationAnswer(
        record=record,
        organisation=xero.organisation.name,
        age_seconds=int(xero.reference.age_seconds("Organisation") or 0),
    )


async def _with_actions(record: OrganisationRecord, xero: ScopedXero) -> OrganisationRecord:
    found = (await xero.get(ACTIONS, Actions)).actions
    allowed = [one.name for one in found if one.status == "ALLOWED"]
    refused = [one.name for one in found if one.status != "ALLOWED"]
    return record.model_copy(update={"allowed_actions": allowed, "refused_actions": refused})


async def _with_cis(record: OrganisationRecord, xero: ScopedXero) -> OrganisationRecord:
    """Xero answers 404 outside Britain: then there is nothing to add."""
    try:
        found = await xero.get(
            CIS, CisOrganisationSettings, ids={"OrganisationID": record.organisation_id}
        )
    except XeroMcpError as error:
        if error.code is not ErrorCode.XERO_NOT_FOUND:
            raise
        return record
    setting = found.cis_settings[0]
    return record.model_copy(
        update={
            "cis_contractor": setting.cis_contractor_enabled,
            "cis_subcontractor": setting.cis_sub_contractor_enabled,
        }
    )


def _record(one: Organisation) -> OrganisationRecord:
    day, month = one.financial_year_end_day, one.financial_year_end_month
    return OrganisationRecord(
        organisation_id=one.organisation_id,
        name=one.name,
        legal_name=one.legal_name,
        short_code=one.short_code,
        country=one.country_code,
        base_currency=one.base_currency,
        timezone=one.timezone,
        type=one.organisation_type,
        edition=one.edition,
        is_demo_company=one.is_demo_company,
        pays_tax=one.pays_tax,
        tax_number=one.tax_number,
        registration_number=one.registration_number,
        tax_basis=one.sales_tax_basis,
        tax_period=one.sales_tax_period,
        default_sales_tax=one.default_sales_tax,
        default_purchases_tax=one.default_purchases_tax,
        year_ends=f"{month:02d}-{day:02d}" if day and month else None,
        period_locked_to=one.period_lock_date,
        year_locked_to=one.end_of_year_lock_date,
    )
