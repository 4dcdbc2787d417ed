"""What follows from a tax rate's components and from what it is reported as."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.rounding import places

_CLASSES: Final = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")
_NOT_FOR: Final = {"sales": {"Expenses"}, "purchases": {"Revenue"}, "both": set[str]()}
_SALES_WORDS: Final = ("OUTPUT", "SALES", "EXPORT", "CAPITALSALES")
_PURCHASE_WORDS: Final = ("INPUT", "EXPENSES", "PURCHASES", "IMPORTS", "ACQUISITIONS")
_IMPORTS_ONLY: Final = frozenset({"GSTONIMPORTS", "GSTONCAPIMPORTS"})


def tax_rate_document(given: Json, components: Sequence[Json]) -> Json:
    """Complete a rate: `given` has Name, TaxType and ReportTaxType."""
    effective = effective_rate(components)
    usable = usable_on(given["ReportTaxType"])
    return {
        "Status": "ACTIVE",
        **given,
        **{f"CanApplyTo{name}": name in usable for name in _CLASSES},
        "DisplayTaxRate": sum((one["Rate"] for one in components), Decimal(0)),
        "EffectiveRate": effective,
        "TaxComponents": list(components),
    }


def effective_rate(components: Sequence[Json]) -> Decimal:
    """Add the components up; a compound one is charged on the others as well."""
    plain = sum((one["Rate"] for one in components if not one["IsCompound"]), Decimal(0))
    compound = sum((one["Rate"] for one in components if one["IsCompound"]), Decimal(0))
    return places(plain + compound + plain * compound / 100, 4).normalize() + 0


def usable_on(report_tax_type: str) -> frozenset[str]:
    """Name the classes of account that a rate reported so may stand on."""
    if report_tax_type in _IMPORTS_ONLY:
        return frozenset({"Liabilities"})
    side = "both"
    if any(word in report_tax_type for word in _SALES_WORDS):
        side = "sales"
    elif any(word in report_tax_type for word in _PURCHASE_WORDS):
        side = "purchases"
    return frozenset(_CLASSES) - _NOT_FOR[side]
