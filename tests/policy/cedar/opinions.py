"""Both are asked about the same calls: our decision, and Cedar's."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple, cast

import cedarpy

from tests.policy.cedar.calls import Put, Puts, context_of, edges_of
from tests.policy.cedar.compiled import Compiled, read
from xero_mcp.policy.checks import access_steps
from xero_mcp.policy.decide import decide
from xero_mcp.policy.model import Policy, Rule
from xero_mcp.policy.reach import narrow
from xero_mcp.policy.step import Outcome
from xero_mcp.tool.access import Need
from xero_mcp.tool.card import ToolCard

BATCH = 500
Authorize = Callable[
    [list[dict[str, Any]], cedarpy.PolicySet, list[dict[str, Any]]], list[cedarpy.AuthzResult]
]
NOTHING: list[dict[str, Any]] = []
AUTHORIZE = cast(
    "Authorize",
    cedarpy.is_authorized_batch,  # pyright: ignore[reportUnknownMemberType] - types of its own miss
)
NAMED = re.compile(r"context(?: has |\.)([a-z_]+)")
PRINCIPAL = {"type": "Agent", "id": "agent"}
RESOURCE = {"type": "Books", "id": "books"}


class Difference(NamedTuple):
    """A call about which the two do not agree."""

    put: Put
    ours: str
    cedars: str


def differences(
    policy: Policy, data: bytes, text: Compiled, puts: Iterable[Put]
) -> Iterator[Difference]:
    """Where our decision under the policy is not Cedar's under the text."""
    limits = policy.limits
    limit = limits.money_per_day or limits.money_per_contact
    zone = edges_of(read(data)).zone
    told = frozenset(NAMED.findall(text.deny + text.ask))
    deny, ask = (cedarpy.PolicySet.from_str(one) for one in text)
    rest = iter(puts)
    while batch := list(islice(rest, BATCH)):
        requests = [
            _request(put, context_of(put, zone, limit.currency if limit else None), told)
            for put in batch
        ]
        cedars = _said(requests, deny, ask)
        for put, said in zip(batch, cedars, strict=True):
            ours = decide(policy, put.call, put.facts, put.usage).in_earnest.value
            if ours != said:
                yield Difference(put, ours, said)


def _request(put: Put, context: Mapping[str, Any], told: frozenset[str]) -> dict[str, Any]:
    """Only what the text looks at: Cedar reads the rest for nothing."""
    return {
        "principal": PRINCIPAL,
        "action": {"type": "Action", "id": put.call.card.name},
        "resource": RESOURCE,
        "context": json.dumps({name: value for name, value in context.items() if name in told}),
    }


def _said(
    requests: list[dict[str, Any]], deny: cedarpy.PolicySet, ask: cedarpy.PolicySet
) -> list[str]:
    passed = _permitted(requests, deny)
    open_ones = [request for request, let in zip(requests, passed, strict=True) if let]
    unasked = iter(_permitted(open_ones, ask))
    return ["deny" if not let else "allow" if next(unasked) else "ask" for let in passed]


def _permitted(requests: list[dict[str, Any]], policies: cedarpy.PolicySet) -> list[bool]:
    if not requests:
        return []
    results = AUTHORIZE(requests, policies, NOTHING)
    for result in results:
        # Cedar passes over a policy that fails: an answer without it would prove nothing.
        assert not result.diagnostics.errors, result.diagnostics.errors
    return [bool(result.allowed) for result in results]


def puts_for(policy: Policy, data: bytes, cards: Iterable[ToolCard]) -> Puts:
    """Calls of every tool, with every value of the arguments by which it varies."""
    calls = [(card, needs) for card in cards for needs in _needs(policy, card)]
    within = [call for call in calls if _is_within(policy, *call)]
    chances = [calls, within]
    for rule in policy.rules or (None,):
        ruled = [(card, needs) for card, needs in within if card.writes and _names(rule, card)]
        chances += [ruled] * 2 if ruled else []
    return Puts(edges_of(read(data)), chances)


def _names(rule: Rule | None, card: ToolCard) -> bool:
    return rule is None or rule.is_for(card.name)


def _is_within(policy: Policy, card: ToolCard, needs: tuple[Need, ...]) -> bool:
    return all(step.verdict is Outcome.ALLOW for step in access_steps(policy, card, needs))


def _needs(policy: Policy, card: ToolCard) -> Iterator[tuple[Need, ...]]:
    given: list[dict[str, object]] = [{}]
    for varies in (card.area_by, card.access_by, card.report_by, card.also_by):
        if varies is not None:
            values: list[str | None] = [None, *varies.values, "nonsense"]
            given = [
                {**one, **({} if value is None else {varies.argument: value})}
                for one in given
                for value in values
            ]
    for one in given:
        yield card.needs(narrow(policy, card, one))


POLICY_NUMBER = re.compile(r"(context[.a-z_\[\]\"-]+) (>=|<=|>|<) (-?[1-9][0-9]*)\b")


def turned(text: str) -> Iterator[str]:
    """The text with one comparison off by one, for each number that stands in the policy."""
    for compared, sign, number in sorted(set(POLICY_NUMBER.findall(text))):
        other = {">": ">=", ">=": ">", "<": "<=", "<=": "<"}[sign]
        yield text.replace(f"{compared} {sign} {number}", f"{compared} {other} {number}")
