"""What each step of a decision asks of a call; `decide` puts the answers together."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from xero_mcp.policy.decision import Call
from xero_mcp.policy.hidden import shows_files
from xero_mcp.policy.model import Never, Policy, Rule
from xero_mcp.policy.scopes import above_ceiling
from xero_mcp.policy.step import Outcome, Stage, Step
from xero_mcp.policy.told import told_areas
from xero_mcp.tool.access import Access, Area, Need
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.facts import Facts

NEVER_FACTS: Mapping[Never, str] = MappingProxyType(
    {
        Never.CHANGE_BANK_DETAILS: "bank_details_change",
        Never.POST_TO_LOCKED_PERIODS: "period_locked",
        Never.EMAIL_OUTSIDE_ORGANISATION: "emails_outside",
    }
)
"""The fact that each `never` word turns on."""
DUPLICATE = "duplicate_of_known"
"""Stands for the rule where the house's own way with duplicates decides."""


def organisation_step(policy: Policy, call: Call) -> Step:
    line = policy.lines.get("organisations")
    if policy.holds_in(
        organisation_id=call.organisation_id, organisation_name=call.organisation_name
    ):
        text = "organisations: this one is among them"
        return Step(Stage.ORGANISATION, Outcome.ALLOW, text, line, "organisations")
    text = "organisations: this one is not among them"
    return Step(Stage.ORGANISATION, Outcome.DENY, text, line, "organisations")


def too_few_step(policy: Policy, card: ToolCard) -> Step | None:
    """A refusal where a tool goes over several organisations and the policy has just one."""
    takes_several = "organisations" in card.input_schema.get("required", ())
    if not takes_several or len(policy.organisations) > 1:
        return None
    text = f"organisations: there is one; {card.name} takes two or more"
    line = policy.lines.get("organisations")
    return Step(Stage.ORGANISATION, Outcome.DENY, text, line, "organisations")


def expiry_step(policy: Policy, at: datetime) -> Step:
    line = policy.lines.get("expires")
    if policy.expired_on(at.astimezone(UTC).date()):
        text = f"expires: {policy.expires} was its last day"
        return Step(Stage.EXPIRY, Outcome.DENY, text, line, "expires")
    text = f"expires: {policy.expires}, not yet past" if policy.expires else "expires: no date"
    return Step(Stage.EXPIRY, Outcome.ALLOW, text, line, "expires")


def never_steps(policy: Policy, card: ToolCard, facts: Facts) -> Iterator[Step]:
    if not card.writes:
        return
    for never in Never:
        if never in policy.never:
            yield _never(policy, never, facts)


def _never(policy: Policy, never: Never, facts: Facts) -> Step:
    key = f"never.{never}"
    fact = NEVER_FACTS[never]
    line = policy.lines.get(key)
    if fact in facts.unknown:
        text = f"never: {never}, and whether it would is not established"
        return Step(Stage.NEVER, Outcome.DENY, text, line, key)
    if getattr(facts, fact):
        return Step(Stage.NEVER, Outcome.DENY, f"never: {never}, which it would", line, key)
    return Step(Stage.NEVER, Outcome.ALLOW, f"never: {never}, which it would not", line, key)


def scope_step(policy: Policy, scopes: Iterable[str]) -> Step:
    line = policy.lines.get("scopes")
    if policy.scopes is None:
        return Step(Stage.SCOPE, Outcome.ALLOW, "scopes: no ceiling", line, "scopes")
    above = above_ceiling(policy, scopes)
    if above:
        text = f"scopes: {', '.join(above)} is not among them"
        return Step(Stage.SCOPE, Outcome.DENY, text, line, "scopes")
    return Step(Stage.SCOPE, Outcome.ALLOW, "scopes: within them", line, "scopes")


def access_steps(policy: Policy, card: ToolCard, needs: Iterable[Need]) -> Iterator[Step]:
    """The levels that the call takes, then whether the tool itself is let in."""
    some = False
    for need in needs:
        some = True
        yield access_step(policy, card, need)
    if not some:
        text = f"access: no level covers such a call of {card.name}"
        yield Step(Stage.ACCESS, Outcome.DENY, text, None, "access")
    if card.tells_of and not told_areas(policy, card.tells_of):
        text = f"access: nothing of what {card.name} tells of may be read"
        yield Step(Stage.ACCESS, Outcome.DENY, text, policy.lines.get("access"), "access")
    if policy.hide and shows_files(card):
        text = f"hide: {card.name} hands out files, and nothing can be taken out of a file"
        yield Step(Stage.ACCESS, Outcome.DENY, text, policy.lines.get("hide"), "hide")
    if not policy.tools.has(card.name):
        text = f"tools: {card.name} is left out"
        yield Step(Stage.ACCESS, Outcome.DENY, text, policy.lines.get("tools"), "tools")


def access_step(policy: Policy, card: ToolCard, need: Need) -> Step:
    grant = policy.grant(need.area)
    key = f"access.{need.area}"
    said = f"{key}={grant.shown}"
    if not grant.access.covers(need.access):
        text = f"{said}: {card.name} needs {need.access}"
        return Step(Stage.ACCESS, Outcome.DENY, text, grant.line, key)
    # A tool of the reports area that names no report could show any of them.
    listed = need.area is Area.REPORTS and grant.reports is not None
    if listed and need.access is not Access.OFF and need.report not in (grant.reports or ()):
        what = need.report or "a report that is not named"
        return Step(Stage.ACCESS, Outcome.DENY, f"{said}: not {what}", grant.line, key)
    return Step(Stage.ACCESS, Outcome.ALLOW, said, grant.line, key)


def duplicate_steps(policy: Policy, call: Call, facts: Facts) -> Iterator[Step]:
    """What becomes of a known duplicate that no rule asks about or refuses.

    As a draft it does no harm and people see it before it counts. Posted, the same is owed twice.
    A rule may say who is asked; none can wave it through, for rules only ever narrow.
    """
    known = facts.duplicate or "duplicate" in facts.unknown
    if not known:
        return
    if not any(need.access.covers(Access.POST) for need in call.needs):
        yield Step(Stage.RULES, Outcome.ALLOW, "a duplicate as a draft", None, DUPLICATE)
        return
    text = "to post a known duplicate takes a person's word"
    if not policy.owner:
        yield Step(Stage.RULES, Outcome.DENY, f"{text}, and no owner is named", None, DUPLICATE)
        return
    rules = (rule for rule in policy.rules if rule.is_for(call.card.name))
    if not any(_answers_for_duplicates(rule, facts) for rule in rules):
        yield Step(Stage.RULES, Outcome.ASK, text, None, DUPLICATE)


def _answers_for_duplicates(rule: Rule, facts: Facts) -> bool:
    return any(
        any("duplicate" in one.facts for one in clause.conditions)
        and clause.step(facts).verdict is not Outcome.ALLOW
        for clause in rule.clauses
    )


def rule_steps(policy: Policy, tool: str, facts: Facts) -> list[Step]:
    """What each clause of each rule for this tool says."""
    return [
        clause.step(facts) for rule in policy.rules if rule.is_for(tool) for clause in rule.clauses
    ]
