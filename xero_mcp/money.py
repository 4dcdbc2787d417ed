"""Money is Decimal inside and a string on the wire; nothing here ever sees a float."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
MAX_DIGITS = 15
"""More digits than any ledger needs; beyond it a number is a mistake or an attack."""

_PLAIN = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")
_MONEY = re.compile(r"(-?[0-9]{1,15}(?:\.[0-9]{1,4})?) ([A-Z]{3})")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{to_text(self.amount)} {self.currency}"


def parse_amount(text: str) -> Decimal:
    """Read a plain decimal such as `1234.50`: no exponent, no separators, no signs but minus.

    Raises:
        ValueError: the text is anything else, full-width digits included.
    """
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a plain decimal number such as 1234.50")
    return Decimal(text)


def parse_money(text: str) -> Money:
    """Read `500.00 USD`.

    Raises:
        ValueError: the text is not an amount, one space and a three-letter currency.
    """
    match = _MONEY.fullmatch(text)
    if match is None:
        raise ValueError(f'{text[:40]!r} is not an amount with its currency, such as "500.00 USD"')
    return Money(Decimal(match[1]), match[2])


def round_cents(amount: Decimal) -> Decimal:
    """Half away from zero, as Xero rounds."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def to_text(amount: Decimal) -> str:
    """At least two decimal places, more only where they say something: `1.5` is `1.50`."""
    exponent = amount.as_tuple().exponent
    places = max(2, -exponent) if isinstance(exponent, int) else 2
    text = f"{amount:.{places}f}"
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction[:2]}{fraction[2:].rstrip('0')}"
