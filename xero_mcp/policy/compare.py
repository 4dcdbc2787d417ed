"""What changes from one policy to another, in sentences."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from xero_mcp.policy.model import Clause, Mode, Policy, Rule
from xero_mcp.policy.reach import permitted_companions, permitted_values, visible
from xero_mcp.policy.sentences import (
    hidden_sentences,
    limit_sentences,
    never_sentences,
    rule_sentences,
)
from xero_mcp.policy.step import Outcome
from xero_mcp.tool.card import ToolCard
from xero_mcp.xero.scopes import without_implied


class Change(NamedTuple):
    """One thing that is different."""

    becomes: str
    """`allowed`, `asked`, `refused`, or `other`: what becomes of calls through it."""
    text: str

    def as_json(self) -> dict[str, str]:
        return {"becomes": self.becomes, "text": self.text}


ALLOWED, ASKED, REFUSED, OTHER = "allowed", "asked", "refused", "other"


def compare(old: Policy, new: Policy, cards: Iterable[ToolCard], *, at: datetime) -> list[Change]:
    """Everything that is different, the widening first."""
    every = tuple(cards)
    changes = [
        *_tools(old, new, every, at=at),
        *_values(old, new, every, at=at),
        *_rules(old, new),
        *_listed(old, new),
        *_rates(old, new),
        *_heads(old, new),
    ]
    order = (ALLOWED, ASKED, REFUSED, OTHER)
    return sorted(dict.fromkeys(changes), key=lambda change: order.index(change.becomes))


def _tools(
    old: Policy, new: Policy, cards: tuple[ToolCard, ...], *, at: datetime
) -> Iterator[Change]:
    before = {card.name for card in visible(old, cards, at=at)}
    after = {card.name for card in visible(new, cards, at=at)}
    for name in sorted(after - before):
        yield Change(ALLOWED, f"{name} can be used.")
    for name in sorted(before - after):
        yield Change(REFUSED, f"{name} can no longer be used.")


def _values(
    old: Policy, new: Policy, cards: tuple[ToolCard, ...], *, at: datetime
) -> Iterator[Change]:
    """What a tool that both have can be called with."""
    shown = {card.name for card in visible(new, cards, at=at)}
    both = [card for card in visible(old, cards, at=at) if card.name in shown]
    for card in both:
        for varies in (card.area_by, card.access_by, card.report_by):
            if varies is None:
                continue
            name = varies.argument.strip("()")
            before = set(permitted_values(old, card, varies.argument))
            after = set(permitted_values(new, card, varies.argument))
            yield from _of_values(card.name, name, before, after)
        if card.also_by is not None:
            before = set(permitted_companions(old, card))
            after = set(permitted_companions(new, card))
            yield from _of_values(card.name, card.also_by.argument, before, after)


def _of_values(tool: str, name: str, before: set[str], after: set[str]) -> Iterator[Change]:
    for value in sorted(after - before):
        yield Change(ALLOWED, f"{tool} can be used with {name} {value}.")
    for value in sorted(before - after):
        yield Change(REFUSED, f"{tool} can no longer be used with {name} {value}.")


def _rules(old: Policy, new: Policy) -> Iterator[Change]:
    before, after = _clauses(old), _clauses(new)
    for sentence, clause in after.items():
        if sentence not in before:
            becomes = ASKED if clause.outcome is Outcome.ASK else REFUSED
            yield Change(becomes, f"New rule, {sentence}")
    for sentence, clause in before.items():
        if sentence not in after:
            was = "no longer asked" if clause.outcome is Outcome.ASK else "no longer refused"
            yield Change(ALLOWED, f"Rule gone ({was}), {sentence}")


def _clauses(policy: Policy) -> dict[str, Clause]:
    clauses = [clause for rule in policy.rules for clause in _of(rule)]
    return dict(zip(rule_sentences(policy), clauses, strict=True))


def _of(rule: Rule) -> tuple[Clause, ...]:
    return rule.clauses


def _listed(old: Policy, new: Policy) -> Iterator[Change]:
    for sentences in (never_sentences, limit_sentences, hidden_sentences):
        before, after = sentences(old), sentences(new)
        for sentence in after:
            if sentence not in before:
                yield Change(REFUSED, f"New: {sentence}")
        for sentence in before:
            if sentence not in after:
                yield Change(ALLOWED, f"Gone: {sentence}")


def _rates(old: Policy, new: Policy) -> Iterator[Change]:
    """Of each pair of currencies the last alone: a file is added to day by day."""
    before, after = _last_rates(old), _last_rates(new)
    for pair in sorted(before.keys() | after.keys(), key=sorted):
        was, will_be = before.get(pair, "no rate"), after.get(pair, "no rate")
        if was != will_be:
            yield Change(
                OTHER, f"Newest rate of {' and '.join(sorted(pair))}: {was} becomes {will_be}."
            )


def _last_rates(policy: Policy) -> dict[frozenset[str], str]:
    return {rate.pair: rate.sentence for rate in sorted(policy.rates, key=lambda one: one.day)}


def _heads(old: Policy, new: Policy) -> Iterator[Change]:
    for name in sorted(set(new.organisations) - set(old.organisations)):
        yield Change(ALLOWED, f"It works in {name} too.")
    for name in sorted(set(old.organisations) - set(new.organisations)):
        yield Change(REFUSED, f"It no longer works in {name}.")
    yield from _mode(old, new)
    yield from _last_day(old, new)
    was, will_be = _ceiling(old), _ceiling(new)
    if was != will_be:  # what tools need of it is told by name; facts can turn on it besides
        yield Change(OTHER, f"Ceiling of scopes: {was} becomes {will_be}.")
    for what in ("agent", "purpose", "owner", "attribution"):
        was, will_be = getattr(old, what), getattr(new, what)
        if was != will_be:
            yield Change(OTHER, f"{what}: {was or 'nothing'} becomes {will_be or 'nothing'}.")


def _ceiling(policy: Policy) -> str:
    if policy.scopes is None:
        return "no ceiling"
    return ", ".join(sorted(without_implied(policy.scopes))) or "nothing"


def _mode(old: Policy, new: Policy) -> Iterator[Change]:
    if old.mode is new.mode:
        return
    if new.mode is Mode.WATCH:
        yield Change(
            ALLOWED,
            "Everything that access, tools, rules and limits would stop: mode becomes watch, and"
            " what would have been refused or asked is only written down.",
        )
    else:
        yield Change(REFUSED, "What is not allowed is no longer let pass: mode becomes enforce.")


def _last_day(old: Policy, new: Policy) -> Iterator[Change]:
    if old.expires == new.expires:
        return
    was, will_be = old.expires or date.max, new.expires or date.max
    becomes = ALLOWED if will_be > was else REFUSED
    said = f"until {new.expires}" if new.expires else "without a last day"
    before = f"until {old.expires}" if old.expires else "without a last day"
    yield Change(becomes, f"It holds {said}; before, {before}.")
