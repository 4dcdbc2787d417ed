"""The three organisations before anything has happened in them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from xero_mcp.demo_company.account_rules import account_document
from xero_mcp.demo_company.currency_names import CURRENCY_NAMES
from xero_mcp.demo_company.kernel import Company, Json, seeded_ids
from xero_mcp.demo_company.seed.charts import SeedAccount, chart
from xero_mcp.demo_company.seed.tax_rates import SeedTaxRate, tax_rates
from xero_mcp.demo_company.tax_rate_rules import tax_rate_document
from xero_mcp.demo_company.tracking_rules import new_option

COUNTRIES: Final = ("Global", "NZ", "UK")

ORGANISATION_IDS: Final = {
    "Global": "6f1d2a0e-3c54-4b7e-9a81-0d5e7c2b4f10",
    "NZ": "a4c9e7b2-58d1-4f36-8e0a-71b3d6f5c820",
    "UK": "d27b8f43-9e6a-4c05-b1f7-2a48c0e9d530",
}

_DIFFERENCES: Final[dict[str, Json]] = {
    "Global": {
        "Name": "Demo Company (Global)",
        "LegalName": "Demo Company (Global)",
        "Version": "GLOBAL",
        "BaseCurrency": "USD",
        "CountryCode": "US",
        "TaxNumber": "101-2-303",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 12,
        "SalesTaxBasis": "ACCRUALS",
        "SalesTaxPeriod": "QUARTERLY1",
        "Timezone": "EASTERNSTANDARDTIME",
        "ShortCode": "!Gl0b4",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
    },
    "NZ": {
        "Name": "Demo Company (NZ)",
        "LegalName": "Demo Company (NZ)",
        "Version": "NZ",
        "BaseCurrency": "NZD",
        "CountryCode": "NZ",
        "RegistrationNumber": "1234567",
        "TaxNumber": "101-202-303",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 3,
        "SalesTaxBasis": "PAYMENTS",
        "SalesTaxPeriod": "TWOMONTHS",
        "Timezone": "NEWZEALANDSTANDARDTIME",
        "ShortCode": "!Nz7wQ",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Inclusive",
    },
    "UK": {
        "Name": "Demo Company (UK)",
        "LegalName": "Demo Company (UK)",
        "Version": "UK",
        "BaseCurrency": "GBP",
        "CountryCode": "GB",
        "RegistrationNumber": "01234567",
        "TaxNumber": "GB 123 4567 89",
        "FinancialYearEndDay": 31,
        "FinancialYearEndMonth": 3,
        "SalesTaxBasis": "ACCRUAL",
        "SalesTaxPeriod": "QUARTERLY1",
        "Timezone": "GMTSTANDARDTIME",
        "ShortCode": "!Uk3pT",
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
    },
}

_ZONES: Final = {"Global": "America/New_York", "NZ": "Pacific/Auckland", "UK": "Europe/London"}

# What one unit of the base currency buys on an ordinary day.
_DAY_RATES: Final[dict[str, dict[str, Decimal]]] = {
    "Global": {},
    "NZ": {},
    "UK": {"EUR": Decimal("1.153210"), "USD": Decimal("1.321540")},
}

_TRACKING: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "Global": {"Region": ("Eastside", "North", "South", "West Coast")},
    "NZ": {"Region": ("North Island", "South Island")},
    "UK": {
        "Department": ("Design", "Workshop", "Front of house"),
        "Region": ("East", "North", "West"),
    },
}

_TAX_COMPONENT_NAMES: Final = {"Global": "Sales Tax", "NZ": "GST", "UK": "VAT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """What an organisation is made from: ids follow from the seed, moments from the clock."""

    country: str
    seed: int
    now: Callable[[], datetime]


def found(founding: Founding) -> Company:
    """Make the organisation with its chart, tax rates and settings, and no trade."""
    country = founding.country
    company = Company(
        organisation=_organisation(founding),
        now=founding.now,
        new_id=seeded_ids(f"{founding.seed}/{country}"),
        zone=ZoneInfo(_ZONES[country]),
        day_rates=dict(_DAY_RATES[country]),
    )
    _add_currencies(company, country)
    for rate in tax_rates(country):
        company.table("TaxRates").put(_tax_rate(country, rate))
    for account in chart(country):
        company.table("Accounts").put(account_document(company, _account(company, account)))
    _add_settings(company, country)
    return company


def _organisation(founding: Founding) -> Json:
    country = founding.country
    founded = founding.now().replace(tzinfo=None)
    return {
        **_DIFFERENCES[country],
        "OrganisationID": ORGANISATION_IDS[country],
        "APIKey": f"DEMO{founding.seed:06d}{country.upper()}KEY",
        "PaysTax": True,
        "OrganisationType": "COMPANY",
        "OrganisationEntityType": "COMPANY",
        "IsDemoCompany": True,
        "OrganisationStatus": "ACTIVE",
        "CreatedDateUTC": founded,
        "Edition": "BUSINESS",
        "Class": "DEMO",
        "LineOfBusiness": "Design and fitting out",
        "Addresses": [
            {
                "AddressType": "POBOX",
                "AddressLine1": "23 Main Street",
                "City": "Eastmere",
                "Region": "",
                "PostalCode": "12345",
                "Country": "",
                "AttentionTo": "",
            }
        ],
        "Phones": [
            {
                "PhoneType": "OFFICE",
                "PhoneNumber": "555 0100",
                "PhoneAreaCode": "800",
                "PhoneCountryCode": "",
            }
        ],
        "ExternalLinks": [],
        "PaymentTerms": {
            "Bills": {"Day": 20, "Type": "OFFOLLOWINGMONTH"},
            "Sales": {"Day": 14, "Type": "DAYSAFTERBILLDATE"},
        },
    }


def _add_currencies(company: Company, country: str) -> None:
    for code in (company.base_currency, *_DAY_RATES[country]):
        company.table("Currencies").put({"Code": code, "Description": CURRENCY_NAMES[code]})


def _tax_rate(country: str, rate: SeedTaxRate) -> Json:
    component = {
        "Name": _TAX_COMPONENT_NAMES[country],
        "Rate": rate.rate,
        "IsCompound": False,
        "IsNonRecoverable": False,
    }
    given = {
        "Name": rate.name,
        "TaxType": rate.tax_type,
        "ReportTaxType": rate.report_tax_type,
    }
    return tax_rate_document(given, [component])


def _account(company: Company, account: SeedAccount) -> Json:
    given: Json = {
        "Code": account.code,
        "Name": account.name,
        "Type": account.type,
        "TaxType": account.tax_type,
        "SystemAccount": account.system_account,
        "EnablePaymentsToAccount": account.takes_payments,
    }
    if account.known_id:
        given["AccountID"] = account.known_id
    if account.bank_number:
        given["BankAccountNumber"] = account.bank_number
        given["CurrencyCode"] = account.currency or company.base_currency
    return given


def _add_settings(company: Company, country: str) -> None:
    now = company.now()
    for place, name in enumerate(("Standard", "Special Projects")):
        company.table("BrandingThemes").put(
            {
                "BrandingThemeID": company.new_id(),
                "Name": name,
                "Type": "INVOICE",
                "SortOrder": place,
                "CreatedDateUTC": now,
            }
        )
    for first, last, role in (("Sasha", "Quill", "STANDARD"), ("Demo", "App", "FINANCIALADVISER")):
        company.table("Users").put(
            {
                "UserID": company.new_id(),
                "EmailAddress": f"{first}.{last}@democompany.example.com".lower(),
                "FirstName": first,
                "LastName": last,
                "UpdatedDateUTC": now,
                "IsSubscriber": role == "STANDARD",
                "OrganisationRole": role,
            }
        )
    for name, options in _TRACKING[country].items():
        company.table("TrackingCategories").put(
            {
                "TrackingCategoryID": company.new_id(),
                "Name": name,
                "Status": "ACTIVE",
                "Options": [new_option(company, option) for option in options],
            }
        )
