"""A policy's rules and limits as sentences, for people and for the agent that asks."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from xero_mcp.policy.hidden import HIDDEN_FIELDS
from xero_mcp.policy.model import Clause, Policy, Rule
from xero_mcp.policy.plain import duration_text, one_of
from xero_mcp.policy.step import Outcome
from xero_mcp.policy.vocabulary import NEVERS


def rule_sentences(policy: Policy) -> list[str]:
    """One for each clause, with the name of its rule before it."""
    return [
        f"{rule.name}: {_clause(rule, clause)}" for rule in policy.rules for clause in rule.clauses
    ]


def _clause(rule: Rule, clause: Clause) -> str:
    tools = ", ".join(sorted(rule.tools)) or "every tool"
    if clause.outcome is Outcome.DENY:
        return f"{tools}: denied when {clause.text}."
    if clause.outcome is Outcome.ALLOW:
        return f"{tools}: denied unless {clause.text}."
    people = one_of(rule.approvers)
    who = f"{rule.approvals} of {people}" if rule.approvals > 1 else people
    who = f"{who}, with a passphrase," if rule.strictly else who
    within = duration_text(rule.answer_within)
    return f"{tools}: {who} must approve within {within} when {clause.text}."


def never_sentences(policy: Policy) -> list[str]:
    return [NEVERS[never] for never in NEVERS if never in policy.never]


def hidden_sentences(policy: Policy) -> list[str]:
    return [HIDDEN_FIELDS[word].means for word in HIDDEN_FIELDS if word in policy.hide]


def rate_sentences(policy: Policy) -> list[str]:
    return [f"{rate.sentence}." for rate in policy.rates]


def limit_sentences(policy: Policy) -> list[str]:
    return list(_limits(policy))


_LIMITS: Mapping[str, str] = MappingProxyType(
    {
        "money_per_day": "At most {} a day.",
        "money_per_contact": "At most {} a day to one contact.",
        "money_per_document": "At most {} in one document.",
        "writes_per_hour": "At most {} writes an hour.",
        "xero_calls_per_minute": "At most {} calls to Xero a minute.",
        "xero_calls_per_day": "At most {} calls to Xero a day.",
        "rows_read_per_day": "At most {} rows read a day.",
    }
)


def _limits(policy: Policy) -> Iterator[str]:
    for name, sentence in _LIMITS.items():
        most = getattr(policy.limits, name)
        if most is not None:
            yield sentence.format(most)
    if policy.limits.hours is not None:
        yield f"Only {policy.limits.hours.text}."
