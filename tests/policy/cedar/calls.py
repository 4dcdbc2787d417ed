"""Random calls that keep to the edges of a policy: its own numbers, and one step to each side."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from random import Random
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.policy.cedar.compiled import LEVELS, Yaml, epoch_day
from tests.policy.cedar.words import UNITS, seconds, size_bytes
from xero_mcp.money import Money
from xero_mcp.policy.decision import Call
from xero_mcp.policy.hidden import shows_files
from xero_mcp.policy.scopes import scopes_of
from xero_mcp.policy.usage import Usage
from xero_mcp.tool.access import Need
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.facts import Facts

WORDS_OF: Mapping[str, str] = {
    "currency": "currencies",
    "currency_not_in": "currencies",
    "status": "statuses",
    "document_type": "document_types",
    "contact_in": "contact_ids",
    "contact_not_in": "contact_ids",
    "account_code_in": "account_codes",
    "account_code_not_in": "account_codes",
    "tracking": "tracking",
    "tracking_not_in": "tracking",
    "tax_type": "tax_types",
    "tax_type_not_in": "tax_types",
    "item": "items",
    "item_not_in": "items",
    "attachment_type": "attachment_types",
    "attachment_type_not_in": "attachment_types",
    "report": "reports",
}
FLAGS = (
    "new_contact",
    "period_locked",
    "bank_details_change",
    "email_change",
    "emails_outside",
    "recipient_not_stored",
    "duplicate",
    "read_others_text",
)
OTHERS = ("nothing like it", "Zebra")
MAX_AMOUNT = 300_000
"""Above it a product of two amounts would not fit into a number of Cedar's."""


class Edges(NamedTuple):
    """The values at which the answer may turn, fact by fact."""

    amounts: tuple[Decimal, ...]
    currencies: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    spans: tuple[timedelta, ...]
    days: tuple[int, ...]
    counts: tuple[int, ...]
    moments: tuple[datetime, ...]
    organisations: tuple[str, ...]
    zone: ZoneInfo | None


def edges_of(file: Yaml) -> Edges:
    conditions = [
        pair
        for rule in file.get("rules", [])
        for clause in ("ask_when", "deny_when", "allow_when")
        for pair in rule.get(clause, {}).items()
    ]
    limits: Yaml = file.get("limits", {})
    money = [value for word, value in conditions if word.startswith("total_")]
    money += [value for word, value in limits.items() if word.startswith("money_")]
    spans = [value for word, value in conditions if word == "contact_known_for_less_than"]
    dated = [seconds(value) // 86_400 for word, value in conditions if word.startswith("date_")]
    counts = [int(value) for value in limits.values() if value.isdigit()]
    counts += [int(value) for word, value in conditions if word == "line_count_over"]
    counts += [size_bytes(value) for word, value in conditions if word == "attachment_size_over"]
    hours = limits.get("hours", "")
    return Edges(
        amounts=tuple(_around_amounts(money)),
        currencies=(*dict.fromkeys([*(one[-3:] for one in money), "USD", "EUR"]), "GBP"),
        words=_words(conditions),
        spans=tuple(
            timedelta(seconds=seconds(span) + step)
            for span in [*spans, "30d"]
            for step in (-1, 0, 1)
        ),
        days=tuple(
            sign * (day + step) for day in [0, *dated] for step in (-1, 0, 1) for sign in (-1, 1)
        ),
        counts=tuple(max(0, count + step) for count in [1, *counts] for step in (-1, 0, 1)),
        moments=tuple(_moments(file.get("expires"), hours)),
        organisations=(*file["organisations"] * 8, "Another Company"),
        zone=ZoneInfo(hours.split(" ")[2]) if hours else None,
    )


def _around_amounts(money: Iterable[str]) -> Iterable[Decimal]:
    cent, least = Decimal("0.01"), Decimal("0.0001")
    yield from (Decimal(0), cent, -cent, Decimal("0.5"), Decimal(-100))
    for one in money:
        limit = Decimal(one.split(" ")[0])
        if limit > MAX_AMOUNT:
            raise ValueError(f"{one} is more than the second opinion can multiply")
        yield from (limit, limit, limit + cent, limit - cent, limit + least, limit - least)
        yield from ((limit / 2).quantize(cent), -limit)


def _words(conditions: Iterable[tuple[str, Any]]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {fact: [*OTHERS] for fact in WORDS_OF.values()}
    for word, value in conditions:
        if word not in WORDS_OF:
            continue
        for listed in value:
            first, _, last = listed.partition("-")
            if first.isdigit() and last.isdigit():
                ends = (int(first) - 1, int(first), int(last), int(last) + 1)
                found[WORDS_OF[word]] += [str(end) for end in ends] + [f"0{first}"]
            else:
                found[WORDS_OF[word]] += [
                    listed,
                    listed.lower(),
                    listed.upper(),
                    f"{listed}: North",
                ]
    found["currencies"] += ["USD", "EUR"]
    found["statuses"] += ["draft", "authorised", "voided"]
    return {fact: tuple(dict.fromkeys(words)) for fact, words in found.items()}


def _moments(expires: str | None, hours: str) -> Iterable[datetime]:
    usual = date(2026, 3, 2)  # a Monday, in winter
    zone: Any = ZoneInfo(hours.split(" ")[2]) if hours else UTC
    times = [time(0), time(12), time(23, 59)]
    if hours:
        for end in hours.split(" ")[1].split("-"):
            hour, minute = map(int, end.split(":"))
            at = hour * 60 + minute
            times += [time(*divmod((at + step) % 1440, 60)) for step in (-1, 0, 1)] * 2
            times += [time(10)] * 4
    days = [usual + timedelta(days=step) for step in (0, 1, 4, 5, 6, 140)]
    if expires:
        last = date.fromisoformat(expires)
        days += [last + timedelta(days=step) for step in (-1, 0, 1)]
    for day, at in product(days, times):
        yield datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


class Put(NamedTuple):
    """One call, as both are asked about it."""

    call: Call
    facts: Facts
    usage: Usage


Chance = list[tuple[ToolCard, tuple[Need, ...]]]


class Puts:
    """Makes calls; the same seed, the same calls. Of several lists each is as likely."""

    def __init__(self, edges: Edges, calls: list[Chance]) -> None:
        self._edges = edges
        self._calls = calls

    def make(self, seed: int, number: int) -> Iterable[Put]:
        random = Random(seed)  # noqa: S311 - the same in every run
        return (self._put(random) for _ in range(number))

    def _put(self, random: Random) -> Put:
        edges = self._edges
        card, needs = random.choice(random.choice(self._calls))
        organisation = random.choice(edges.organisations)
        call = Call(
            card=card,
            needs=needs,
            organisation_id=organisation.upper(),
            organisation_name=organisation,
            at=random.choice(edges.moments),
        )
        usage = Usage(
            writes_last_hour=self._count(random),
            money_today=self._spent(random),
            money_of_contact=self._spent(random),
            xero_calls_last_minute=self._count(random),
            xero_calls_today=self._count(random),
            rows_read_today=self._count(random),
        )
        return Put(call, self._facts(random), usage)

    def _facts(self, random: Random) -> Facts:
        given = {**self._amounts(random), **self._lines(random), **self._contact(random)}
        for fact in FLAGS:
            if random.random() < 0.2:
                given[fact] = random.random() < 0.2
        if random.random() < 0.05:
            names = (*self._edges.words, *MORE)
            given["unknown"] = dict.fromkeys(random.choices(names, k=2), "why")
        return Facts(**given)

    def _amounts(self, random: Random) -> dict[str, Any]:
        edges, given = self._edges, dict[str, Any]()
        currency = random.choice(edges.currencies)
        if random.random() < 0.9:
            given["total"] = Money(random.choice(edges.amounts), currency)
        if random.random() < 0.3:
            given["base_total"] = self._money(random)
        if random.random() < 0.2:
            other = random.choice((currency, currency, random.choice(edges.currencies)))
            given["gross"] = Money(random.choice(edges.amounts), other)
        if random.random() < 0.3:
            given["elsewhere"] = (self._money(random),)
        if random.random() < 0.2:
            given["counted"] = self._money(random)
        return given

    def _lines(self, random: Random) -> dict[str, Any]:
        given: dict[str, Any] = {
            fact: frozenset(random.choices(words, k=random.randint(0, 3)))
            for fact, words in self._edges.words.items()
            if random.random() < 0.5
        }
        for fact in ("line_count", "attachment_bytes"):
            if random.random() < 0.5:
                given[fact] = self._count(random)
        if random.random() < 0.5:
            given["days_old"] = tuple(random.choices(self._edges.days, k=random.randint(0, 2)))
        return given

    def _contact(self, random: Random) -> dict[str, Any]:
        if random.random() < 0.2:
            return {}
        known = {"contact_known_for": random.choice(self._edges.spans)}
        return {"contact_id": "somebody", **(known if random.random() < 0.9 else {})}

    def _count(self, random: Random) -> int:
        return random.choice(self._edges.counts)

    def _money(self, random: Random) -> Money:
        return Money(random.choice(self._edges.amounts), random.choice(self._edges.currencies))

    def _spent(self, random: Random) -> dict[str, Decimal]:
        one = self._money(random)
        return {one.currency: abs(one.amount)} if random.random() < 0.5 else {}


MORE = ("total", "gross", "contact_known_for", "days_old", "line_count", *FLAGS)


# The same call for Cedar


def context_of(put: Put, zone: ZoneInfo | None, currency: str | None) -> dict[str, Any]:
    """What Cedar is told: the call's facts, each as the kind of value that Cedar has for it."""
    call, facts, usage = put
    there = call.at.astimezone(zone or UTC)
    needs: dict[str, int] = {}
    for need in call.needs:
        needs[need.area.value] = max(needs.get(need.area.value, 0), LEVELS.index(need.access.value))
    told: dict[str, Any] = {
        "organisation": call.organisation_name,
        "organisation_id": call.organisation_id.lower(),
        "day": epoch_day(call.at),
        "weekday": there.weekday(),
        "minute": there.hour * 60 + there.minute,
        "writes": call.card.writes,
        "reaches": call.card.asks_xero,
        "reads": call.card.asks_xero and not call.card.writes,
        "hands_out_files": shows_files(call.card),
        "needs": needs,
        "areas": list(needs),
        "posts": any(level >= LEVELS.index("post") for level in needs.values()),
        "needed_reports": [
            need.report or "" for need in call.needs if need.area.value == "reports"
        ],
        "scopes": sorted(scopes_of(call.card, call.needs)),
        "unknown": list(facts.unknown),
        "writes_last_hour": usage.writes_last_hour,
        "xero_calls_last_minute": usage.xero_calls_last_minute,
        "xero_calls_today": usage.xero_calls_today,
        "rows_read_today": usage.rows_read_today,
        "money_today": _units(usage.money_today.get(currency or "", Decimal(0))),
        "money_of_contact": _units(usage.money_of_contact.get(currency or "", Decimal(0))),
        "today": epoch_day(call.at),
    }
    told.update(_facts(facts))
    if facts.days_old:
        told["earliest"] = told["today"] - max(facts.days_old)
        told["latest"] = told["today"] - min(facts.days_old)
    return told


def _facts(facts: Facts) -> Iterable[tuple[str, Any]]:
    yield "elsewhere", {money.currency: _units(money.amount) for money in facts.elsewhere}
    for name in ("total", "base_total", "gross", "counted"):
        money: Money | None = getattr(facts, name)
        if money is not None:
            yield name, {"amount": _units(money.amount), "currency": money.currency}
    for name in (*FLAGS, "contact_id", "line_count", "attachment_bytes"):
        value = getattr(facts, name)
        if value is not None:
            yield name, value
    if facts.contact_known_for is not None:
        yield "contact_known_for", int(facts.contact_known_for.total_seconds())
    yield from _lines(facts)


def _lines(facts: Facts) -> Iterable[tuple[str, Any]]:
    for name in dict.fromkeys(WORDS_OF.values()):
        words: frozenset[str] | None = getattr(facts, name)
        if words is not None:
            yield name, sorted(word.casefold() for word in words)
    tracked = [word.casefold().split(": ") for word in facts.tracking or ()]
    starts = {": ".join(parts[:end]) for parts in tracked for end in range(1, len(parts))}
    yield "tracking_categories", sorted(starts)


def _units(amount: Decimal) -> int:
    whole = amount * UNITS
    if whole != int(whole):
        raise ValueError(f"{amount} has more decimals than the second opinion counts")
    return int(whole)
