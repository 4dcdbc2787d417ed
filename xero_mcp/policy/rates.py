"""Dated rates that an owner wrote into the policy, and what an amount comes to by them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import Final, NamedTuple

from xero_mcp.money import Money, round_cents
from xero_mcp.policy.problem import Place
from xero_mcp.tool.facts import EXACT_DIGITS, Facts

MAX_AGE: Final = timedelta(days=30)
"""A rate that is older than this is none, as it is for the rates of documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedRate:
    """What one of a currency was worth on a day."""

    day: date
    currency: str
    worth: Money
    place: Place

    @property
    def pair(self) -> frozenset[str]:
        return frozenset((self.currency, self.worth.currency))

    @property
    def sentence(self) -> str:
        worth = f"{self.worth.amount.normalize():f} {self.worth.currency}"
        return f"1 {self.currency} = {worth} on {self.day.isoformat()}"

    def holds_on(self, today: date) -> bool:
        return today - MAX_AGE <= self.day <= today

    def factor_from(self, currency: str) -> Decimal:
        return self.worth.amount if currency == self.currency else 1 / self.worth.amount


class _Way(NamedTuple):
    """How one gets from a currency to another: by one rate, or by two."""

    factor: Decimal
    rates: tuple[DatedRate, ...]


def with_own_rates(
    facts: Facts, rates: Sequence[DatedRate], currencies: Iterable[str], *, today: date
) -> Facts:
    """The facts with the total in each of these currencies to which a rate of the policy leads.

    A total that Xero itself gives in the base currency goes by its document's own rate.
    """
    known = [money for money in (facts.total, facts.base_total) if money is not None]
    more: list[Money] = []
    said = [facts.rates_said] if facts.rates_said else []
    for currency in sorted(set(currencies)):
        if not known or not rates or facts.amount_in(currency) is not None:
            continue
        found = converted(rates, known, currency, today=today)
        if found is not None:
            more.append(found[0])
            said.append(found[1])
    if not more:
        return facts
    return replace(facts, elsewhere=(*facts.elsewhere, *more), rates_said=", ".join(said))


def converted(
    rates: Iterable[DatedRate], known: Iterable[Money], currency: str, *, today: date
) -> tuple[Money, str] | None:
    """An amount in that currency, and the rates that were used; None where none leads there.

    Args:
        rates: those of the policy.
        known: one amount in one or more currencies, the one to begin with first.
        currency: the one that is wanted.
        today: a rate of a later day does not hold yet.
    """
    newest = _newest(rates, today)
    for money in known:
        with localcontext(prec=EXACT_DIGITS):
            ways = list(_ways(newest, money.currency, currency))
            if not ways:
                continue
            # Where several lead there, that which makes the amount the larger.
            way = max(ways, key=lambda one: one.factor)
            amount = round_cents(money.amount * way.factor)
        said = " and ".join(rate.sentence for rate in way.rates)
        return Money(amount, currency), f"{said}, by the policy's own rates"
    return None


def too_old(rates: Iterable[DatedRate], today: date) -> list[DatedRate]:
    """The newest rate of each pair of currencies of which none holds any more, or yet."""
    every = sorted(rates, key=lambda one: one.day)
    last = {one.pair: one for one in every}
    fresh = _newest(every, today)
    return [one for pair, one in last.items() if pair not in fresh]


def _newest(rates: Iterable[DatedRate], today: date) -> dict[frozenset[str], DatedRate]:
    held = sorted((one for one in rates if one.holds_on(today)), key=lambda one: one.day)
    return {one.pair: one for one in held}


def _ways(newest: dict[frozenset[str], DatedRate], start: str, end: str) -> Iterator[_Way]:
    direct = newest.get(frozenset((start, end)))
    if direct is not None:
        yield _Way(direct.factor_from(start), (direct,))
        return
    for first in newest.values():
        if start not in first.pair:
            continue
        (middle,) = first.pair - {start}
        second = newest.get(frozenset((middle, end)))
        if second is not None:
            factor = first.factor_from(start) * second.factor_from(middle)
            yield _Way(factor, (first, second))
