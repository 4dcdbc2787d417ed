"""Currencies, branding themes, users and invoice reminders: what settings are made of."""

from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.currency_names import CURRENCY_NAMES
from xero_mcp.demo_company.kernel import Answer, Call, ElementRefusedError, Json, route
from xero_mcp.demo_company.listing import Noun, list_documents, one_document
from xero_mcp.demo_company.writing import Saved, Writing, single_element, write_one

CURRENCIES: Final = Noun(plural="Currencies", type_name="Currency", default_order="Code ASC")
BRANDING_THEMES: Final = Noun(
    plural="BrandingThemes", type_name="BrandingTheme", default_order="SortOrder ASC"
)
USERS: Final = Noun(plural="Users", type_name="User")
_WRITING: Final = Writing(plural="Currencies", key="Code", error_flag=None)


@route("GET", "/Currencies")
def get_currencies(call: Call) -> Answer:
    return list_documents(call, CURRENCIES)


@route("PUT", "/Currencies")
def create_currency(call: Call) -> Answer:
    return write_one(call, _WRITING, _subscribe, single_element(call, "Currencies"))


@route("GET", "/BrandingThemes")
def get_branding_themes(call: Call) -> Answer:
    return list_documents(call, BRANDING_THEMES)


@route("GET", "/BrandingThemes/{BrandingThemeID}")
def get_branding_theme(call: Call) -> Answer:
    return one_document(call, BRANDING_THEMES, call.path["BrandingThemeID"])


@route("GET", "/Users")
def get_users(call: Call) -> Answer:
    return list_documents(call, USERS)


@route("GET", "/Users/{UserID}")
def get_user(call: Call) -> Answer:
    return one_document(call, USERS, call.path["UserID"])


@route("GET", "/InvoiceReminders/Settings")
def get_invoice_reminders(_call: Call) -> Answer:
    return Answer(body={"InvoiceReminders": [{"Enabled": False}]})


ROUTES = (
    get_currencies,
    create_currency,
    get_branding_themes,
    get_branding_theme,
    get_users,
    get_user,
    get_invoice_reminders,
)


def _subscribe(call: Call, element: Json) -> Saved:
    """Subscribing twice is no fault: the answer is the currency that is there."""
    code = sent.stripped(element, "Code").upper()
    if code not in CURRENCY_NAMES:
        raise ElementRefusedError(f"The currency code '{code[:20]}' is not valid.")
    currency = {"Code": code, "Description": CURRENCY_NAMES[code]}
    return Saved(shown=call.company.table("Currencies").put(currency))
