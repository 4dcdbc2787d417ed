"""Calls of the audit log, put to another policy: what it would have made of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from xero_mcp.money import Money
from xero_mcp.policy.decide import decide
from xero_mcp.policy.decision import Call, Decision
from xero_mcp.policy.limits import day_start, limit_currencies
from xero_mcp.policy.model import Policy
from xero_mcp.policy.rates import with_own_rates
from xero_mcp.policy.reach import facts_needed, narrow
from xero_mcp.policy.step import Outcome
from xero_mcp.policy.usage import Usage
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.stated import STATED, Stating, with_stated

FROM_RECORD = STATED | {"total", "base_total", "contact_id"}
HOUR_SECONDS = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCall:
    """A call as the audit log holds it."""

    id: str
    at: datetime
    tool: str
    arguments: Mapping[str, Any]
    """Redacted."""
    organisation_id: str
    organisation_name: str
    money: Money | None
    base: Money | None
    contact_id: str | None
    decided: Outcome
    """What became of it then."""
    says: str


class Replayed(NamedTuple):
    """A call, and what the policy would make of it."""

    call: PastCall
    decision: Decision
    missing: tuple[str, ...]
    """Facts on which the policy turns, and which the log does not hold: taken not to apply."""

    @property
    def differs(self) -> bool:
        return self.decision.in_earnest is not self.call.decided


def replay(
    policy: Policy, calls: Iterable[PastCall], cards: Mapping[str, ToolCard]
) -> list[Replayed]:
    """Put them to the policy, oldest first, as if it had held: its limits fill up on the way."""
    passed: list[PastCall] = []
    found: list[Replayed] = []
    for past in sorted(calls, key=lambda one: one.at):
        card = cards.get(past.tool)
        if card is None:
            continue
        one = _put(policy, past, card, passed)
        found.append(one)
        if one.decision.outcome is not Outcome.DENY and card.writes:
            passed.append(past)
    return found


def _put(policy: Policy, past: PastCall, card: ToolCard, passed: list[PastCall]) -> Replayed:
    arguments = narrow(policy, card, past.arguments)
    needs = card.needs(arguments)
    stating = Stating(card=card, values=past.arguments, needs=needs, today=past.at.date())
    facts = with_stated(
        Facts(total=past.money, base_total=past.base, contact_id=past.contact_id),
        stating,
        strictly=False,
    )
    facts = with_own_rates(
        facts, policy.rates, limit_currencies(policy, card.name), today=past.at.date()
    )
    call = Call(
        card=card,
        needs=needs,
        organisation_id=past.organisation_id,
        organisation_name=past.organisation_name,
        at=past.at,
    )
    missing = tuple(sorted(facts_needed(policy, card) - FROM_RECORD))
    if "contact_known_for" in missing:  # an age that nobody looked up would count as new
        facts = replace(facts, contact_id=None)
    return Replayed(
        call=past,
        decision=decide(policy, call, facts, _usage(policy, past, passed)),
        missing=missing,
    )


def _usage(policy: Policy, past: PastCall, passed: list[PastCall]) -> Usage:
    here = [one for one in passed if one.organisation_id == past.organisation_id]
    today = [one for one in here if one.at >= day_start(policy, past.at)]
    theirs = [one for one in today if one.contact_id == past.contact_id]
    hour = [one for one in here if (past.at - one.at).total_seconds() < HOUR_SECONDS]
    return Usage(
        writes_last_hour=len(hour), money_today=_sums(today), money_of_contact=_sums(theirs)
    )


def _sums(calls: Iterable[PastCall]) -> dict[str, Any]:
    sums: dict[str, Any] = {}
    for money in (one.money for one in calls):
        if money is not None and money.amount > 0:
            sums[money.currency] = sums.get(money.currency, 0) + money.amount
    return sums
