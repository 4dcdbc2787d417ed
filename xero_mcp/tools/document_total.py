"""What a document will come to and where it falls, worked out before Xero is asked to make it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Literal

from xero_mcp.money import round_cents
from xero_mcp.xero.models.organisation import Organisation

AmountsAre = Literal["exclusive", "inclusive", "no-tax"]
_HUNDRED = Decimal(100)
EXACT_DIGITS = 80
"""More than any product of three arguments has: nothing is rounded but where Xero rounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    """A line as far as its price goes."""

    quantity: Decimal
    unit_amount: Decimal
    discount_rate: Decimal
    tax_type: str | None


def line_amount(line: PricedLine) -> Decimal:
    with localcontext(prec=EXACT_DIGITS):
        gross = line.quantity * line.unit_amount
        return round_cents(gross * (_HUNDRED - line.discount_rate) / _HUNDRED)


def document_total(
    lines: Sequence[PricedLine], *, amounts_are: AmountsAre, rates: Mapping[str, Decimal]
) -> Decimal | None:
    """The total, tax included, rounded per line as Xero does; None where a rate is not known."""
    with localcontext(prec=EXACT_DIGITS):
        total = Decimal(0)
        for line in lines:
            amount = line_amount(line)
            total += amount
            if amounts_are == "exclusive":
                rate = rates.get(line.tax_type) if line.tax_type is not None else None
                if rate is None:
                    return None
                total += round_cents(amount * rate / _HUNDRED)
        return total


def is_locked(organisation: Organisation, day: date) -> bool:
    """Whether the books are closed for that day."""
    locks = (organisation.period_lock_date, organisation.end_of_year_lock_date)
    return any(lock is not None and day <= lock for lock in locks)
