"""What a policy may know of one call: worked out by the server, never the agent's word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, localcontext
from types import MappingProxyType

from xero_mcp.money import Money

EXACT_DIGITS = 60
TARGET = "target"
"""Asked for among the facts that are wanted: what the call would change, as it stands now. Most
tools look at it for their other facts anyhow."""
NONE = "none"
"""Stands among a document's items or tracking for a line that has none."""

Words = frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Facts of a call. None: does not apply. Named in `unknown`: applies, not established.

    A policy treats what is unknown as the strictest case. What the arguments alone tell
    (`stated`) is filled in by the gate where a tool leaves it out; a tool that works on a
    document in Xero fills in what stands there.
    """

    total: Money | None = None
    """The document's total, tax included, in its own currency."""
    base_total: Money | None = None
    """The same in the organisation's base currency."""
    elsewhere: tuple[Money, ...] = ()
    """The same in further currencies in which a policy has limits."""
    rates_said: str = ""
    """The rates by which the total was converted, each with its day: shown with the decision."""
    gross: Money | None = None
    """The sum of the lines above zero, tax included, where others are below: what the document
    moves, however much of it they net away."""
    least: Money | None = None
    """Of several documents in one call, what the smallest moves: small ones must not hide in
    their sum."""
    counted: Money | None = None
    """What of it counts against limits of money: the rise of a document that is there, nothing
    where one is taken back. None: all of it."""
    contact_id: str | None = None
    contact_known_for: timedelta | None = None
    new_contact: bool | None = None
    """The contact is made by this call, or no document was ever made for it."""
    document_date: date | None = None
    period_locked: bool | None = None
    bank_details_change: bool | None = None
    email_change: bool | None = None
    """A contact that is there would get another address, to which its invoices then go."""
    emails_outside: bool | None = None
    recipient_not_stored: bool | None = None
    """An email would go to an address that is not the contact's own in Xero."""
    currencies: Words | None = None
    statuses: Words | None = None
    """Of the documents once it is done, as arguments call it: `authorised`."""
    document_types: Words | None = None
    """`sales` or `bill`, as the argument `type` has it."""
    contact_ids: Words | None = None
    account_codes: Words | None = None
    """Of every line, or of the accounts that money moves between."""
    tracking: Words | None = None
    """`Region: North` for each line's tracking; NONE for a line without."""
    tax_types: Words | None = None
    items: Words | None = None
    """Codes of items; NONE for a line without."""
    reports: Words | None = None
    attachment_types: Words | None = None
    """Such as `application/pdf`."""
    attachment_bytes: int | None = None
    line_count: int | None = None
    """Of the longest document."""
    days_old: tuple[int, ...] | None = None
    """Of each document: days since its date; below zero where it is dated ahead."""
    read_others_text: bool | None = None
    """The conversation was shown text that others wrote. Of writes alone: reading stays free."""
    duplicate: bool | None = None
    """It looks like a document that is there, and the call says that this is known."""
    duplicate_of: tuple[str, ...] = ()
    """What it looks like, in a line each, for a person who is asked."""
    object_type: str = ""
    """In people's words: `draft bill`, `payment`."""
    object_id: str | None = None
    object_number: str | None = None
    version: str | None = None
    """When the documents that the call changes were last changed in Xero, as one text: a person
    approves a change of what they were shown, and of nothing newer."""
    stands_now: tuple[str, ...] = ()
    """What the call changes or pays, as it stands in Xero, in a line each: for a person who is
    asked."""
    unknown: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Fact name -> why it could not be established, in our own words."""

    def amount_in(self, currency: str) -> Decimal | None:
        """The total in that currency; None where there is no rate to it."""
        money = self._money_in(currency)
        return None if money is None else money.amount

    def _money_in(self, currency: str) -> Money | None:
        for money in (self.total, self.base_total, *self.elsewhere):
            if money is not None and money.currency == currency:
                return money
        return None

    def counted_in(self, currency: str) -> Decimal | None:
        """What counts against a limit in that currency; None where there is no rate to it."""
        counted, total, there = self.counted, self.total, self._money_in(currency)
        if counted is None:
            return self.exposure_in(currency)
        if counted.currency == currency or not counted.amount:
            return counted.amount
        if total is None or there is None or total.amount <= 0:
            return None
        with localcontext(prec=EXACT_DIGITS):
            return counted.amount * there.amount / total.amount

    def least_in(self, currency: str) -> Decimal | None:
        """What the smallest document of the call moves, in that currency."""
        least, total, there = self.least, self.total, self.amount_in(currency)
        if least is None or total is None or there is None:
            return self.exposure_in(currency)
        if least.currency == currency:
            return least.amount
        if total.amount <= 0:
            return None
        with localcontext(prec=EXACT_DIGITS):
            return least.amount * there / total.amount

    def exposure_in(self, currency: str) -> Decimal | None:
        """What the document moves, in that currency: its total, or its gross if that is more.

        None where there is no amount, or no rate to that currency.
        """
        amount, gross = self.amount_in(currency), self.gross
        if amount is None or gross is None:
            return amount
        if gross.currency == currency:
            return max(amount, gross.amount)
        total = self.total
        if total is None or total.amount <= 0 or total.currency != gross.currency:
            return None
        with localcontext(prec=EXACT_DIGITS):
            return max(amount, gross.amount * amount / total.amount)
