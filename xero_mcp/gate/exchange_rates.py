"""Amounts in the currencies of a policy's limits, by dated rates that no agent can choose.

Xero has no list of rates; each document carries its own. Those that an owner wrote into the
policy come first, while they are young enough. Else read are the organisation's approved
invoices and bills of the last weeks, once a day: no tool of ours takes a rate, and a draft
counts for nothing. Of a currency's newest few the one counts that makes the amount the larger.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from xero_mcp.errors import XeroMcpError
from xero_mcp.gate.contact_background import DOCUMENTS, IN_EARNEST
from xero_mcp.gate.rooms import Rooms
from xero_mcp.money import Money, round_cents
from xero_mcp.policy.rates import DatedRate, with_own_rates
from xero_mcp.tool.facts import Facts
from xero_mcp.xero.scoped import ScopedXero
from xero_mcp.xero.where import any_of, eq, ge, le, order, where

if TYPE_CHECKING:
    from xero_mcp.xero.models.postings import Posting

OLDEST: Final = timedelta(days=30)
"""A rate that is older than this is none."""
LOOKED_AT: Final = 500
NEWEST: Final = 5
"""Of one currency: more than a single odd document, and no old rates where there are new ones."""
READ_EVERY: Final = timedelta(days=1)
_PLACES: Final = Decimal("0.000001")


class Rate(NamedTuple):
    """What one of a currency is worth in the base currency, and of which day that is."""

    worth: Decimal
    day: date

    def said(self, currency: str, base: str) -> str:
        return f"1 {currency} = {self.worth.normalize():f} {base} on {self.day.isoformat()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """The newest rates of each currency of one organisation."""

    by_currency: Mapping[str, Sequence[Rate]]

    def dearest(self, currency: str) -> Rate | None:
        return max(self.by_currency.get(currency, ()), default=None)

    def cheapest(self, currency: str) -> Rate | None:
        return min(self.by_currency.get(currency, ()), default=None)

    def as_text(self) -> str:
        rows = {
            currency: [[str(one.worth), one.day.isoformat()] for one in rates]
            for currency, rates in self.by_currency.items()
        }
        return json.dumps(rows)

    @classmethod
    def from_text(cls, text: str) -> "Rates":
        rows: dict[str, list[tuple[str, str]]] = json.loads(text)
        return cls(
            by_currency={
                currency: [Rate(Decimal(worth), date.fromisoformat(day)) for worth, day in rates]
                for currency, rates in rows.items()
            }
        )


async def with_rates(
    rooms: Rooms,
    facts: Facts,
    own: Sequence[DatedRate],
    currencies: Iterable[str],
    xero: ScopedXero,
) -> Facts:
    """The facts with the total in each of these currencies for which there is a rate.

    Args:
        rooms: the store, where rates of documents are kept, and the clock.
        facts: with the total.
        own: the policy's own rates.
        currencies: those that are wanted.
        xero: how documents are read, where the policy's rates lead nowhere.
    """
    total = facts.total
    wanted = _still(currencies, facts)
    if total is None or not wanted:
        return facts
    base = (await xero.reference.organisation()).base_currency
    today = rooms.clock.now().date()
    facts = _base_apart(with_own_rates(facts, own, (*wanted, base), today=today), base)
    if not _still(wanted, facts):
        return facts
    rates = await _kept(rooms, xero)
    if facts.base_total is None:
        of_document = rates.dearest(total.currency)
        if of_document is None:
            return facts
        in_base = Money(round_cents(total.amount * of_document.worth), base)
        facts = replace(facts, base_total=in_base)
        facts = _saying(facts, [of_document.said(total.currency, base)])
        facts = with_own_rates(facts, own, wanted, today=today)
    return _by_documents(facts, _still(wanted, facts), rates, base)


def _still(currencies: Iterable[str], facts: Facts) -> list[str]:
    """The currencies in which nobody knows the amount yet."""
    return sorted(one for one in currencies if facts.amount_in(one) is None)


def _base_apart(facts: Facts, base: str) -> Facts:
    """An amount in the base currency has a place of its own."""
    in_base = next((one for one in facts.elsewhere if one.currency == base), None)
    if in_base is None or facts.base_total is not None:
        return facts
    others = tuple(one for one in facts.elsewhere if one is not in_base)
    return replace(facts, base_total=in_base, elsewhere=others)


def _by_documents(facts: Facts, wanted: Iterable[str], rates: Rates, base: str) -> Facts:
    in_base = facts.base_total
    if in_base is None:
        return facts
    said: list[str] = []
    elsewhere: list[Money] = []
    for currency in wanted:
        rate = rates.cheapest(currency)
        if currency != base and rate is not None:
            elsewhere.append(Money(round_cents(in_base.amount / rate.worth), currency))
            said.append(rate.said(currency, base))
    return _saying(replace(facts, elsewhere=(*facts.elsewhere, *elsewhere)), said)


def _saying(facts: Facts, said: Iterable[str]) -> Facts:
    """The facts, which say these rates too."""
    already = [facts.rates_said] if facts.rates_said else []
    return replace(facts, rates_said=", ".join([*already, *said]))


async def _kept(rooms: Rooms, xero: ScopedXero) -> Rates:
    """The rates of today; read from Xero once, whichever process asks first."""
    key = f"rates:{rooms.books}:{xero.organisation.id}"
    now = rooms.clock.now()
    kept = await rooms.store.read(lambda tables: tables.kept.get(key, now))
    if isinstance(kept, str):
        return Rates.from_text(kept)
    try:
        rates = await _read(xero, now)
    except XeroMcpError:  # without a rate a person is asked, which is never wrong
        return Rates(by_currency={})
    await rooms.store.quick(lambda tables: tables.kept.put(key, rates.as_text(), now + READ_EVERY))
    return rates


async def _read(xero: ScopedXero, now: datetime) -> Rates:
    from xero_mcp.xero.models.postings import (  # noqa: PLC0415 - a server starts without it
        InvoicePostings,
    )

    today = now.date()
    found = await xero.get(
        DOCUMENTS.path,
        InvoicePostings,
        params={
            "where": where(
                "Invoices",
                any_of(*(eq("Status", status) for status in sorted(IN_EARNEST))),
                ge("Date", today - OLDEST),
                le("Date", today),
            ),
            "order": order("Invoices", "Date", descending=True),
            "page": 1,
            "pageSize": LOOKED_AT,
            "summaryOnly": True,
        },
    )
    by_currency: dict[str, list[Rate]] = {}
    for one in found.invoices:
        rates = by_currency.setdefault(one.currency_code or "", [])
        rate = _rate_of(one)
        if rate is not None and len(rates) < NEWEST:
            rates.append(rate)
    return Rates(by_currency=by_currency)


def _rate_of(document: "Posting") -> Rate | None:
    """Xero tells how many of the currency one of the base currency buys."""
    bought = document.currency_rate
    if bought is None or bought <= 0 or document.date is None:
        return None
    if document.status not in IN_EARNEST:  # an agent's draft sets no rate, whatever was asked for
        return None
    worth = (1 / bought).quantize(_PLACES)
    return Rate(worth, document.date) if worth > 0 else None
