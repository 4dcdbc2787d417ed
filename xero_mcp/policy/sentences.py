"""A policy's rules and limits as sentences, for people and for the agent that asks."""

from collections.abc import Iterator

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
    people = one_of(rule.approvers)
    who = f"{rule.approvals} of {people}" if rule.approvals > 1 else people
    within = duration_text(rule.answer_within)
    return f"{tools}: {who} must approve within {within} when {clause.text}."


def never_sentences(policy: Policy) -> list[str]:
    return [NEVERS[never] for never in NEVERS if never in policy.never]


def limit_sentences(policy: Policy) -> list[str]:
    return list(_limits(policy))


def _limits(policy: Policy) -> Iterator[str]:
    limits = policy.limits
    if limits.money_per_day is not None:
        yield f"At most {limits.money_per_day} a day."
    if limits.writes_per_hour is not None:
        yield f"At most {limits.writes_per_hour} writes an hour."
    if limits.hours is not None:
        yield f"Only {limits.hours.text}."
