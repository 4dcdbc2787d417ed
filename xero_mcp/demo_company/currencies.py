"""Exchange rates: Xero's rate says what one unit of the base currency buys of the other."""

from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.kernel import Company, Json
from xero_mcp.demo_company.rounding import cents, places
from xero_mcp.demo_company.sent import number, stripped
from xero_mcp.demo_company.world_rates import world_rate

ONE: Final = Decimal(1)
_MAX_RATE: Final = Decimal(10) ** 6


def to_base(amount: Decimal, rate: Decimal) -> Decimal:
    """An amount of a document in base currency."""
    return amount if rate == ONE else cents(amount / rate)


def subscribed(company: Company, currency: str) -> bool:
    return currency == company.base_currency or currency in company.table("Currencies")


def day_rate(company: Company, currency: str) -> Decimal:
    """The rate that a document gets when none was sent."""
    if currency == company.base_currency:
        return ONE
    if currency in company.day_rates:
        return company.day_rates[currency]
    return world_rate(company.base_currency, currency)


def asked_currency(company: Company, sent: Json, default: str, problems: list[str]) -> str:
    currency = stripped(sent, "CurrencyCode").upper() or default
    if not subscribed(company, currency):
        problems.append(f"Organisation is not subscribed to currency {currency}")
    return currency


def asked_rate(company: Company, sent: Json, currency: str, problems: list[str]) -> Decimal | None:
    """The rate that was sent, to six places; None where there was none or it cannot be another."""
    rate = number(sent, "CurrencyRate")
    if rate is None or currency == company.base_currency:
        return None
    if not rate or rate < 0 or rate >= _MAX_RATE or not places(rate, 6):
        problems.append("The CurrencyRate must be greater than zero")
        return None
    return places(rate, 6)
