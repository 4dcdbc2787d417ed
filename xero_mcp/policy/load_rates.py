"""The `rates` of a policy file."""

import re
from datetime import date
from decimal import Decimal

from xero_mcp.money import Money
from xero_mcp.policy.document import Entry, Node
from xero_mcp.policy.plain import shown
from xero_mcp.policy.problem import Place
from xero_mcp.policy.rates import DatedRate
from xero_mcp.policy.read import Reader, parse_date
from xero_mcp.policy.vocabulary import RATE

MAX_RATES = 1_000
_WORTH = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,10})?) ([A-Z]{3})")
_CURRENCY = re.compile(r"[A-Z]{3}")


def load_rates(entry: Entry | None, read: Reader) -> tuple[DatedRate, ...]:
    """The rates, in the order of the file; two of one pair and day are a mistake."""
    nodes = read.items(entry, "rates")
    if len(nodes) > MAX_RATES:
        read.findings.add(nodes[MAX_RATES].at, f"more than {MAX_RATES:,} rates")
    found: list[DatedRate] = []
    seen: dict[tuple[date, frozenset[str]], Place] = {}
    for node in nodes[:MAX_RATES]:
        rate = _rate(node, read)
        if rate is None:
            continue
        before = seen.setdefault((rate.day, rate.pair), rate.place)
        if before is not rate.place:
            read.findings.add(
                rate.place, f"line {before.line} has a rate of these two and that day already"
            )
        found.append(rate)
    return tuple(found)


def _rate(node: Node, read: Reader) -> DatedRate | None:
    entries = read.table(node, RATE, "a rate")
    day = read.parsed(entries.get("day"), parse_date)
    currency = read.parsed(entries.get("currency"), _currency)
    worth = read.parsed(entries.get("worth"), _worth)
    if day is None or currency is None or worth is None:
        return None
    if worth.currency == currency:
        read.findings.add(node.at, f"a rate leads from {currency} to another currency")
        return None
    return DatedRate(day=day, currency=currency, worth=worth, place=node.at)


def _currency(text: str) -> str:
    if not _CURRENCY.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a currency such as EUR")
    return text


def _worth(text: str) -> Money:
    match = _WORTH.fullmatch(text)
    if match is None or not Decimal(match[1]):
        raise ValueError(
            f'{shown(text)} is not what one of a currency is worth, such as "1.0850 USD"'
        )
    return Money(Decimal(match[1]), match[2])
