"""Ways round a rule: tools that bring about the same, are open to the agent, and are not in it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from xero_mcp.policy.conditions import Condition
from xero_mcp.policy.model import Policy, Rule
from xero_mcp.policy.problem import Problem
from xero_mcp.policy.reach import visible
from xero_mcp.policy.step import Outcome
from xero_mcp.tool.card import ToolCard

SAME_BY: Final = {
    "create-invoice": ("save-invoices", "update-invoice"),
    "update-invoice": ("save-invoices",),
    "save-invoices": ("create-invoice", "update-invoice"),
    "create-payment": ("create-payments",),
    "create-payments": ("create-payment",),
    "create-contact": ("save-contacts",),
    "save-contacts": ("create-contact",),
}
"""What one tool does can be done by these as well, some of it in two steps."""


def ways_round(policy: Policy, cards: Iterable[ToolCard], *, at: datetime) -> list[Problem]:
    """A remark for each rule that names tools and can be gone round by another one."""
    open_to_it = {card.name for card in visible(policy, cards, at=at)}
    return [
        Problem(file=policy.file, line=rule.line, column=1, text=_said(rule, round_it))
        for rule in policy.rules
        if (round_it := _round(rule, policy, open_to_it))
    ]


def _round(rule: Rule, policy: Policy, open_to_it: set[str]) -> list[str]:
    same = {other for tool in rule.tools for other in SAME_BY.get(tool, ())}
    wanted = _narrowing([rule])
    return sorted(
        tool
        for tool in (same & open_to_it) - rule.tools
        if not wanted <= _narrowing(one for one in policy.rules if one.is_for(tool))
    )


def _narrowing(rules: Iterable[Rule]) -> set[tuple[Outcome, tuple[Condition, ...]]]:
    """What they say, whatever they are called and wherever they stand."""
    return {(clause.outcome, clause.conditions) for rule in rules for clause in rule.clauses}


def _said(rule: Rule, round_it: list[str]) -> str:
    named = sorted(tool for tool in rule.tools if {*SAME_BY.get(tool, ())} & {*round_it})
    verb = "is" if len(round_it) == 1 else "are"
    return (
        f'rule "{rule.name}" is for {" and ".join(named)}; {" and ".join(round_it)}, by which the '
        f"same can be done, {verb} not in it"
    )
