"""What a policy may know of one call: worked out by the server, never the agent's word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType

from xero_mcp.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts of a call. None: does not apply. Named in `unknown`: applies, not established.

    A policy treats what is unknown as the strictest case.
    """

    total: Money | None = None
    """The document's total, tax included, in its own currency."""
    base_total: Money | None = None
    """The same in the organisation's base currency."""
    contact_id: str | None = None
    contact_known_for: timedelta | None = None
    document_date: date | None = None
    period_locked: bool | None = None
    bank_details_change: bool | None = None
    emails_outside: bool | None = None
    object_type: str = ""
    """In people's words: `draft bill`, `payment`."""
    object_id: str | None = None
    object_number: str | None = None
    unknown: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Fact name -> why it could not be established, in our own words."""

    def amount_in(self, currency: str) -> Decimal | None:
        """The total in that currency, where we hold it without converting."""
        for money in (self.total, self.base_total):
            if money is not None and money.currency == currency:
                return money.amount
        return None
