"""A policy file, compiled to Cedar: one set of policies that denies, one that asks."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, cast

from ruamel.yaml import YAML

from tests.policy.cedar.words import (
    CONDITIONS,
    TOTAL_UNKNOWN,
    InexpressibleError,
    Meaning,
    amount_is,
    amount_known,
    counted_is_over,
    counted_known,
    every,
    flag,
    not_established,
    quoted,
    some,
    units,
)

LEVELS = ("off", "read", "draft", "post", "full")
NEVERS = {
    "change-bank-details": "bank_details_change",
    "post-to-locked-periods": "period_locked",
    "email-outside-organisation": "emails_outside",
}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
OBLIGATIONS = frozenset({"ask", "approvals", "answer_within", "ask_strictly"})
"""Who is asked and how: Cedar answers yes or no, and has no word for what must be done first."""
INEXPRESSIBLE: Mapping[str, str] = {
    **dict.fromkeys(OBLIGATIONS, "how people are asked is an obligation, not a yes or no"),
    "mode": "watch lets pass what would be refused: what is compared is what would have been",
    "hide": "what is taken out of answers; that files are then off is compiled",
    "tracking_not_in": "no quantifier over a set: each line cannot be asked for its category",
    **dict.fromkeys(("agent", "purpose", "owner", "attribution"), "decides about no call"),
    "examples": "decide about no call: they keep a file out",
    "rates": "weigh an amount before it is decided on",
}
"""Words that Cedar cannot say, and why: nothing else may be left out."""

Yaml = dict[str, Any]


class Compiled(NamedTuple):
    """Two texts of Cedar."""

    deny: str
    """What it does not permit is denied."""
    ask: str
    """What the first permits and this does not is asked."""


class Clauses(NamedTuple):
    """What forbids, each with the name by which Cedar tells it."""

    deny: list[str]
    ask: list[str]


def read(data: bytes) -> Yaml:
    """The file, every scalar as text, by a reader that is not ours."""
    yaml: Any = YAML(typ="base", pure=True)
    return cast("Yaml", yaml.load(data.decode()))


def compiled(data: bytes) -> Compiled:
    """The whole file in Cedar.

    Raises:
        InexpressibleError: it says something that Cedar cannot.
    """
    file = read(data)
    clauses = Clauses(deny=[], ask=[])
    clauses.deny.extend(_frame(file))
    # To post a known duplicate takes a word of the owner's, whatever the rules say.
    known = not_established("duplicate") + " || (context has duplicate && context.duplicate)"
    in_doubt = clauses.ask if file.get("owner") else clauses.deny
    in_doubt.append(_forbid(f"context.posts && ({known})"))
    for rule in file.get("rules", []):
        _rule(rule, clauses, owner=file.get("owner", ""))
    _limits(file.get("limits", {}), clauses, owner=file.get("owner", ""))
    return Compiled(deny=_text(clauses.deny), ask=_text(clauses.ask))


def _text(forbids: list[str]) -> str:
    return "\n".join(["permit(principal, action, resource);", *forbids])


def _forbid(when: str, *, tools: object = None) -> str:
    scope = "action"
    if tools:
        listed = ", ".join(f'Action::"{tool}"' for tool in cast("list[str]", tools))
        scope = f"action in [{listed}]"
    return f"forbid(principal, {scope}, resource) when {{ {when} }};"


def _frame(file: Yaml) -> Iterator[str]:
    """Organisations, expiry, never, scopes, access and tools."""
    names = quoted(file["organisations"])
    ids = quoted(name.lower() for name in file["organisations"])
    yield _forbid(
        f"!{names}.contains(context.organisation) && !{ids}.contains(context.organisation_id)"
    )
    yield _forbid("context.needs == {}")
    if "expires" in file:
        last = (date.fromisoformat(file["expires"]) - date(1970, 1, 1)).days
        yield _forbid(f"context.day > {last}")
    for never in file.get("never", []):
        fact = NEVERS[never]
        yield _forbid(
            f'context.writes && (context.unknown.contains("{fact}")'
            f" || (context has {fact} && context.{fact}))"
        )
    if "scopes" in file:
        ceiling = [*file["scopes"], *(f"{scope}.read" for scope in file["scopes"])]
        yield _forbid(f"!{quoted(ceiling)}.containsAll(context.scopes)")
    yield from _access(file["access"])
    if file.get("hide"):
        yield _forbid("context.hands_out_files")
    tools: Yaml = file.get("tools", {})
    if "only" in tools:
        listed = ", ".join(f'Action::"{tool}"' for tool in tools["only"])
        yield _forbid(f"!(action in [{listed}])")
    if "except" in tools:
        yield _forbid("true", tools=tools["except"])


def _access(access: Yaml) -> Iterator[str]:
    granted = {"organisation": "read", **access}
    above: list[str] = []
    for area, level in granted.items():
        most = "read" if isinstance(level, list) else level
        above.append(
            f'context.needs has "{area}" && context.needs["{area}"] > {LEVELS.index(most)}'
        )
        if isinstance(level, list):
            named = quoted(cast("list[str]", level))
            above.append(f"!{named}.containsAll(context.needed_reports)")
    yield _forbid(some(above))
    # What is not named is off: so nothing may be needed but what is.
    yield _forbid(f"!{quoted(granted)}.containsAll(context.areas)")


def _rule(rule: Yaml, clauses: Clauses, *, owner: str) -> None:
    tools = rule.get("for")
    asked = rule.get("ask") or ([owner] if owner else [])
    in_doubt = clauses.ask if asked else clauses.deny
    after = [flag("read_others_text")("true")] if "after_reading" in rule else []
    if after and not rule.keys() & {"ask_when", "deny_when"}:
        rule = {**rule, "ask_when": {}}
    for word, outcome in (("ask_when", clauses.ask), ("deny_when", clauses.deny)):
        if word in rule:
            found = [*after, *_meanings(rule[word])]
            outcome.append(_forbid(every(one.counts for one in found), tools=tools))
            in_doubt.extend(_doubtful(found, [one.counts for one in found], tools))
    if "allow_when" in rule:
        found = _meanings(rule["allow_when"])
        if not all(one.wholly for one in found):
            raise InexpressibleError("tracking of every line: no quantifier over a set")
        fits = every(some((one.wholly, one.doubt)) for one in found)
        clauses.deny.append(_forbid(f"!({fits})", tools=tools))
        in_doubt.extend(_doubtful(found, [one.wholly for one in found], tools))


def _doubtful(found: list[Meaning], holds: list[str], tools: object) -> Iterator[str]:
    doubts = [one.doubt for one in found]
    if all(doubt == "false" for doubt in doubts):
        return
    if len(doubts) == 1:
        yield _forbid(doubts[0], tools=tools)
        return
    either = (some((one, doubt)) for one, doubt in zip(holds, doubts, strict=True))
    yield _forbid(f"({some(doubts)}) && {every(either)}", tools=tools)


def _meanings(conditions: Yaml) -> list[Meaning]:
    return [CONDITIONS[word](value) for word, value in conditions.items()]


def _limits(limits: Yaml, clauses: Clauses, *, owner: str) -> None:
    clauses.deny.extend(_hours(limits))
    clauses.deny.extend(
        _forbid(f"context.{applies} && context.{counted} >= {limits[word]}")
        for word, counted, applies in (
            ("writes_per_hour", "writes_last_hour", "writes"),
            ("xero_calls_per_minute", "xero_calls_last_minute", "reaches"),
            ("xero_calls_per_day", "xero_calls_today", "reaches"),
            ("rows_read_per_day", "rows_read_today", "reads"),
        )
        if word in limits
    )
    for word, spent in (
        ("money_per_day", "context.money_today"),
        ("money_per_contact", "context.money_of_contact"),
        ("money_per_document", "0"),
    ):
        if word in limits:
            _money(limits[word], spent, clauses, owner=owner)


def _hours(limits: Yaml) -> Iterator[str]:
    if "hours" not in limits:
        return
    days, times, _ = limits["hours"].split(" ")
    opens, closes = (
        int(hour) * 60 + int(minute)
        for hour, minute in (each.split(":") for each in times.split("-"))
    )
    worked: list[int] = []
    for part in days.split(","):
        first, _, last = part.partition("-")
        start, end = DAYS.index(first), DAYS.index(last or first)
        worked += [day % 7 for day in range(start, end + 1 if end >= start else end + 8)]
    yield _forbid(
        f"!{worked}.contains(context.weekday)"
        f" || context.minute < {opens} || context.minute >= {closes}"
    )


def _money(limit: str, spent: str, clauses: Clauses, *, owner: str) -> None:
    most, currency = units(limit)
    room = f"({most} - {spent})"
    nothing = "context has counted && context.counted.amount <= 0"
    if spent == "0":  # one document: one that stays keeps its cap, whatever was raised
        nothing += ' && context has statuses && ["voided", "deleted"].containsAll(context.statuses)'
        known, over = amount_known(currency), amount_is(currency, ">", room)
    else:
        known, over = counted_known(currency), counted_is_over(currency, room)
    lost = 'context.unknown.contains("contact_ids")' if "contact" in spent else "false"
    applies = f"context.writes && !({nothing})"
    clauses.deny.append(
        _forbid(
            f"{applies} && (({TOTAL_UNKNOWN})"
            f" || ((context has total || ({known})) && {lost})"
            f" || (({known}) && ({spent} > {most} || ({over}))))"
        )
    )
    unclear = f"!({TOTAL_UNKNOWN}) && context has total && !({known})"
    (clauses.ask if owner else clauses.deny).append(_forbid(f"{applies} && {unclear}"))


def epoch_day(moment: datetime) -> int:
    return (moment.astimezone(UTC).date() - date(1970, 1, 1)).days
