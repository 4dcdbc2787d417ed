"""Rounding as Xero rounds: half away from zero."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

ZERO: Final = Decimal("0.00")
CENT: Final = Decimal("0.01")
_PLACES: Final = {0: Decimal(1), 2: CENT, 4: Decimal("0.0001"), 6: Decimal("0.000001")}


def cents(value: Decimal) -> Decimal:
    """To two places, half away from zero: 0.005 becomes 0.01 and -0.005 becomes -0.01."""
    return value.quantize(CENT, ROUND_HALF_UP)


def places(value: Decimal, digits: int) -> Decimal:
    """To 0, 2, 4 or 6 places, half away from zero."""
    return value.quantize(_PLACES[digits], ROUND_HALF_UP)


def trimmed(value: Decimal) -> Decimal:
    """Without trailing zeros, as Xero shows quantities and rates: 2.0000 becomes 2."""
    if value == value.to_integral_value():
        return value.quantize(Decimal(1))
    return value.normalize()
