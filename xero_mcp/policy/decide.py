"""The decision: pure, no I/O, always with a reason, and never an exception.

Every step is looked at, in order; the strictest word wins, and among equally strict
ones the first. So a rule more can narrow what is allowed, never widen it.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from xero_mcp.policy.checks import (
    DUPLICATE,
    access_steps,
    duplicate_steps,
    expiry_step,
    never_steps,
    organisation_step,
    rule_steps,
    scope_step,
)
from xero_mcp.policy.decision import Ask, AskTerms, Call, Decision
from xero_mcp.policy.limits import limit_steps, reservation, retry_after_seconds
from xero_mcp.policy.model import DEFAULT_ANSWER_WITHIN, Mode, Policy, Rule
from xero_mcp.policy.scopes import scopes_of
from xero_mcp.policy.step import Outcome, Stage, Step
from xero_mcp.policy.usage import Usage
from xero_mcp.tool.facts import Facts

OPEN_IN_WATCH_MODE = frozenset({Stage.ACCESS, Stage.RULES, Stage.LIMITS})
"""What watch mode lets pass. The other steps hold in every mode."""

_VERBS: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.ALLOW: "allowed by",
        Outcome.ASK: "a person must approve it, by",
        Outcome.DENY: "denied by",
    }
)


def decide(policy: Policy, call: Call, facts: Facts, usage: Usage | None = None) -> Decision:
    """What becomes of this call under this policy."""
    try:
        return _decided(policy, call, facts, _steps(policy, call, facts, usage))
    except Exception as error:  # noqa: BLE001 - an exception while deciding is a no, whatever it is
        return Decision(
            outcome=Outcome.DENY,
            reason=f"denied: the policy could not be decided ({type(error).__name__})",
            stage=Stage.RULES,
        )


def _steps(policy: Policy, call: Call, facts: Facts, usage: Usage | None) -> tuple[Step, ...]:
    card = call.card
    return (
        organisation_step(policy, call),
        expiry_step(policy, call.at),
        *never_steps(policy, card, facts),
        scope_step(policy, scopes_of(card, call.needs)),
        *access_steps(policy, card, call.needs),
        *rule_steps(policy, card.name, facts),
        *duplicate_steps(policy, call, facts),
        *limit_steps(policy, call, facts, usage),
    )


def _decided(policy: Policy, call: Call, facts: Facts, steps: tuple[Step, ...]) -> Decision:
    decided = strictest(steps)
    ask = _ask(policy, steps) if decided.verdict is Outcome.ASK else None
    if decided.verdict is Outcome.ALLOW:
        stage, reason = Stage.ACCESS, f"allowed by {policy.file} {_granted(steps)}"
    else:
        stage, reason = decided.name, f"{_VERBS[decided.verdict]} {policy.file} {decided.text}"
    if facts.rates_said:
        reason = f"{reason} ({facts.rates_said})"
    # What watch mode keeps up cannot be outranked: it denies, and comes first.
    watched = policy.mode is Mode.WATCH and decided.name in OPEN_IN_WATCH_MODE
    watched = watched and decided.verdict is not Outcome.ALLOW
    outcome = Outcome.ALLOW if watched else decided.verdict
    limit = decided.key.rpartition(".")[2] if decided.name is Stage.LIMITS else None
    return Decision(
        outcome=outcome,
        reason=f"let pass in watch mode; else {reason}" if watched else reason,
        stage=stage,
        steps=steps,
        rule=decided.key if decided.name is Stage.RULES else None,
        limit=limit if decided.verdict is not Outcome.ALLOW else None,
        ask=None if watched else ask,
        retry_after_seconds=retry_after_seconds(policy, call.at, limit),
        watched=decided.verdict if watched else None,
        reserve=None if outcome is Outcome.DENY else reservation(policy, call, facts),
    )


def strictest(steps: Sequence[Step]) -> Step:
    """The strictest word of some, the first of them where several are equally strict."""
    found = steps[0]
    for step in steps:
        if step.verdict is Outcome.DENY:
            return step
        if step.verdict is Outcome.ASK and found.verdict is Outcome.ALLOW:
            found = step
    return found


def _granted(steps: Iterable[Step]) -> str:
    return ", ".join(step.text for step in steps if step.name is Stage.ACCESS)


def _ask(policy: Policy, steps: Iterable[Step]) -> Ask:
    """The terms of every step that asks; what is no rule has nobody of its own: the owner."""
    asking = {step.key: step for step in steps if step.verdict is Outcome.ASK}
    terms = [_terms(rule) for rule in policy.rules if rule.name in asking]
    terms.extend(
        AskTerms(
            rule=step.key,
            approvers=(policy.owner,),
            approvals=1,
            answer_within_seconds=int(DEFAULT_ANSWER_WITHIN.total_seconds()),
        )
        for step in asking.values()
        if step.name is Stage.LIMITS or step.key == DUPLICATE
    )
    return Ask(terms=tuple(terms))


def _terms(rule: Rule) -> AskTerms:
    return AskTerms(
        rule=rule.name,
        approvers=rule.approvers,
        approvals=rule.approvals,
        answer_within_seconds=int(rule.answer_within.total_seconds()),
        strictly=rule.strictly,
    )
