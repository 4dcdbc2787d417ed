"""Tax of a line, and which tax goes with which account."""

from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.kernel import Company, Json
from xero_mcp.demo_company.rounding import ZERO, cents

_HUNDRED: Final = Decimal(100)
_APPLIES: Final = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}


def tax_rate(company: Company, tax_type: str) -> Json | None:
    """The rate of this tax type, if there is one that can still be used."""
    rate = company.table("TaxRates").get(tax_type)
    return rate if rate is not None and rate.get("Status", "ACTIVE") == "ACTIVE" else None


def percent(company: Company, tax_type: str) -> Decimal:
    rate = company.table("TaxRates").get(tax_type)
    return Decimal(rate["EffectiveRate"]) if rate is not None else ZERO


def tax_on(amount: Decimal, percentage: Decimal, *, inclusive: bool) -> Decimal:
    """Tax of a line amount, rounded half away from zero; `inclusive` amounts hold it already."""
    if not percentage or not amount:
        return ZERO
    divisor = _HUNDRED + percentage if inclusive else _HUNDRED
    return cents(amount * percentage / divisor)


def fits_account(rate: Json, account: Json) -> bool:
    return bool(rate.get(_APPLIES[account["Class"]], True))
