"""Why a call comes out as it does: each step, the line of the file, the one that decided."""

from datetime import timedelta
from textwrap import wrap
from typing import NamedTuple

from xero_mcp.policy.decide import decide, strictest
from xero_mcp.policy.decision import Call, Decision
from xero_mcp.policy.model import Policy
from xero_mcp.policy.plain import duration_text
from xero_mcp.policy.reach import facts_needed
from xero_mcp.policy.step import Outcome, Step
from xero_mcp.policy.usage import Usage
from xero_mcp.text import one_line
from xero_mcp.tool.facts import Facts

WIDTH = 80
MAX_QUOTED = 200
_MARKS = {Outcome.ALLOW: "ok", Outcome.ASK: "ask", Outcome.DENY: "no"}


class Explanation(NamedTuple):
    """A decision, taken apart."""

    agent: str
    tool: str
    file: str
    decision: Decision
    decided: Step | None
    """The step whose word it was; None where every step let the call pass."""
    not_given: tuple[str, ...]
    """Facts on which the policy turns for this tool, and which nobody gave."""
    quoted: str = ""
    """The line of the file that decided, as it stands there."""

    def as_json(self) -> dict[str, object]:
        decision = self.decision
        return {
            "agent": self.agent,
            "tool": self.tool,
            "file": self.file,
            "decision": decision.outcome.value,
            "would_be": decision.in_earnest.value,
            "reason": decision.reason,
            "rule": decision.rule,
            "line": self.decided.line if self.decided else None,
            "quoted": self.quoted.strip() or None,
            "steps": [
                {
                    "step": step.name.value,
                    "verdict": step.verdict.value,
                    "line": step.line,
                    "text": step.text,
                }
                for step in decision.steps
            ],
            "approvers": list(decision.ask.approvers) if decision.ask else [],
            "facts_not_given": list(self.not_given),
        }


def explain(
    policy: Policy, call: Call, facts: Facts, usage: Usage | None = None, *, source: str = ""
) -> Explanation:
    """Decide, and keep what led to it.

    Args:
        policy: the policy.
        call: the call.
        facts: what is known of it.
        usage: without it nothing counts as used up.
        source: the text of the file, of which the line that decided is quoted.
    """
    decision = decide(policy, call, facts, usage or Usage())
    decided = strictest(decision.steps) if decision.steps else None
    if decided is not None and decided.verdict is Outcome.ALLOW:
        decided = None
    needed = facts_needed(policy, call.card)
    needed -= {"gross"}  # there only where lines are below zero
    if facts.total is not None:
        needed -= {"base_total"}
    missing = (
        fact for fact in needed if getattr(facts, fact) is None and fact not in facts.unknown
    )
    return Explanation(
        agent=policy.agent,
        tool=call.card.name,
        file=policy.file,
        decision=decision,
        decided=decided,
        not_given=tuple(sorted(missing)),
        quoted=_quoted(source, decided),
    )


def _quoted(source: str, decided: Step | None) -> str:
    lines = source.splitlines()
    if decided is None or decided.line is None or decided.line > len(lines):
        return ""
    return one_line(lines[decided.line - 1], limit=MAX_QUOTED)


def render_explanation(explained: Explanation) -> str:
    """Plain text of 80 columns."""
    decision = explained.decision
    lines = [
        f"{explained.agent} calls {explained.tool}: {decision.outcome}",
        *wrap(decision.reason, WIDTH, break_on_hyphens=False),
        *_quote(explained),
        "",
        *(line for step in decision.steps for line in _step(step, explained.decided)),
        *_asked(decision),
        *_not_given(explained.not_given),
    ]
    return "\n".join(line.rstrip() for line in lines)


def _quote(explained: Explanation) -> list[str]:
    if explained.decided is None:
        return []
    if not explained.quoted:
        return ["", "No line says so: what a file does not give is denied."]
    where = f"{explained.file}:{explained.decided.line}"
    return ["", f"  {where} | {explained.quoted}"]


def _step(step: Step, decided: Step | None) -> list[str]:
    where = f"line {step.line}" if step.line else ""
    left = f"{_MARKS[step.verdict]:<4}{step.name:<13}{where:<10}"
    mark = "  <-" if step is decided else ""
    first, *rest = wrap(step.text, WIDTH - len(left) - len("  <-")) or [""]
    return [f"{left}{first}{mark}", *(" " * len(left) + more for more in rest)]


def _asked(decision: Decision) -> list[str]:
    if decision.ask is None:
        return []
    lines = [""]
    for terms in decision.ask.terms:
        people = " or ".join(terms.approvers)
        within = duration_text(timedelta(seconds=terms.answer_within_seconds))
        lines += wrap(f"Asked: {people}; {terms.approvals} must approve within {within}.", WIDTH)
    return lines


def _not_given(facts: tuple[str, ...]) -> list[str]:
    if not facts:
        return []
    return ["", *wrap(f"Not given, so taken not to apply: {', '.join(facts)}.", WIDTH)]
