"""The tax rates of the three organisations."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

Side = Literal["sales", "purchases", "both", "imports"]

# Tax type, report tax type, rate in per cent, side, name.
_RATES: Final[dict[str, str]] = {
    "Global": """
    GSTONIMPORTS GSTONIMPORTS 0 imports Sales Tax on Imports
    INPUT INPUT 8.25 purchases Tax on Purchases (8.25%)
    NONE NONE 0 both Tax Exempt (0%)
    OUTPUT OUTPUT 8.25 sales Tax on Consulting (8.25%)
    TAX001 OUTPUT 8.75 sales Tax on Goods (8.75%)
    """,
    "NZ": """
    GSTONIMPORTS GSTONIMPORTS 0 imports GST on Imports
    INPUT2 INPUT 15 purchases 15% GST on Expenses
    NONE NONE 0 both No GST
    OUTPUT2 OUTPUT 15 sales 15% GST on Income
    ZERORATED OUTPUT 0 sales Zero Rated
    """,
    "UK": """
    CAPEXINPUT2 CAPITALEXPENSESINPUT 20 purchases 20% (VAT on Capital Purchases)
    ECZROUTPUTSERVICES ECOUTPUTSERVICES 0 sales Zero Rated EC Services
    EXEMPTINPUT EXEMPTINPUT 0 purchases Exempt Expenses
    EXEMPTOUTPUT EXEMPTOUTPUT 0 sales Exempt Income
    GSTONIMPORTS GSTONIMPORTS 0 imports VAT on Imports
    INPUT2 INPUT 20 purchases 20% (VAT on Expenses)
    NONE NONE 0 both No VAT
    OUTPUT2 OUTPUT 20 sales 20% (VAT on Income)
    RRINPUT INPUT 5 purchases 5% (VAT on Expenses)
    RROUTPUT OUTPUT 5 sales 5% (VAT on Income)
    ZERORATEDINPUT INPUT 0 purchases Zero Rated Expenses
    ZERORATEDOUTPUT OUTPUT 0 sales Zero Rated Income
    """,
}

_SIDES: Final[dict[str, Side]] = {
    "sales": "sales",
    "purchases": "purchases",
    "both": "both",
    "imports": "imports",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedTaxRate:
    """One rate. `side` decides which classes of account may use it."""

    tax_type: str
    report_tax_type: str
    rate: Decimal
    side: Side
    name: str


def tax_rates(country: str) -> tuple[SeedTaxRate, ...]:
    """Return the rates of `Global`, `NZ` or `UK`, by name."""
    rates = [_rate(line) for line in _RATES[country].strip().split("\n")]
    return tuple(sorted(rates, key=lambda rate: rate.name))


def _rate(line: str) -> SeedTaxRate:
    tax_type, report_type, rate, side, name = line.split(maxsplit=4)
    return SeedTaxRate(
        tax_type=tax_type,
        report_tax_type=report_type,
        rate=Decimal(rate),
        side=_SIDES[side],
        name=name,
    )
