"""Calls of the audit log, put to another policy: what it would have made of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from xero_mcp.money import Money
from xero_mcp.policy.decide import decide
from xero_mcp.policy.decision import Call, Decision
from xero_mcp.policy.limits import day_start, limit_currencies
from xero_mcp.policy.model import Policy
from xero_mcp.policy.rates import with_own_rates
from xero_mcp.policy.reach import facts_needed, narrow, usage_needed
from xero_mcp.policy.step import Outcome
from xero_mcp.policy.usage import Usage
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.facts import Facts, Words
from xero_mcp.tool.stated import IN_XERO, LINES, STATED, Stating, argument_names, with_stated

FROM_RECORD = STATED | {"total", "base_total", "contact_id"}
_AMOUNTS = frozenset({LINES, "amount"})
COUNTED = frozenset({"writes_last_hour", "money_today", "money_of_contact"})
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
    contact_id: str | None
    decided: Outcome
    """What became of it then."""
    says: str
    base: Money | None = None
    base_amount: Decimal | None = None
    """The same, where nobody knows yet in which currency."""
    went_through: bool = True
    """It was sent to Xero, and Xero did not refuse it."""
    approval: str = ""
    """The approval that it asked for, or went by."""
    counted: Money | None = None
    """What it took of a daily limit then: of a change, the rise alone."""


class _Spent(NamedTuple):
    """A write that would have gone through, and what it would have taken."""

    call: PastCall
    money: Money | None


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
    passed: list[_Spent] = []
    found: list[Replayed] = []
    for past in sorted(calls, key=lambda one: one.at):
        card = cards.get(past.tool)
        if card is None:
            continue
        one = _put(policy, past, card, passed)
        found.append(one)
        if card.writes and _goes_through(one, passed):
            reserved = one.decision.reserve
            passed.append(_Spent(past, reserved.money if reserved else None))
    return found


def _goes_through(one: Replayed, passed: Iterable[_Spent]) -> bool:
    """Whether it would have been done, and not by an earlier try that asked then."""
    past = one.call
    is_again = bool(past.approval) and any(past.approval == each.call.approval for each in passed)
    if is_again or one.decision.outcome is Outcome.DENY:
        return False
    # Nobody can tell what people would have answered but where they did.
    was_kept = past.decided is not Outcome.ALLOW and one.decision.outcome is Outcome.ALLOW
    return past.went_through or was_kept


def _put(policy: Policy, past: PastCall, card: ToolCard, passed: list[_Spent]) -> Replayed:
    arguments = narrow(policy, card, past.arguments)
    needs = card.needs(arguments)
    stating = Stating(card=card, values=past.arguments, needs=needs, today=past.at.date())
    known = Facts(
        total=past.money,
        base_total=past.base,
        counted=_counted(policy, past),
        contact_id=past.contact_id,
    )
    facts = with_stated(known, stating, strictly=False)
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
    missing = _missing(facts, with_stated(known, stating), facts_needed(policy, card), card)
    missing = (*missing, *sorted(usage_needed(policy, card) - COUNTED))
    if "contact_known_for" in missing:  # an age that nobody looked up would count as new
        facts = replace(facts, contact_id=None)
    return Replayed(
        call=past,
        decision=decide(policy, call, facts, _usage(policy, past, passed)),
        missing=missing,
    )


def _counted(policy: Policy, past: PastCall) -> Money | None:
    """What it took then, where that is an amount of the same kind."""
    counted, own = past.counted, past.money.currency if past.money else None
    if counted is None or counted.currency not in (own, policy.limits.counted_currency):
        return None
    # Without a rate nothing was taken, and that is no rise of nothing.
    return counted if counted.amount or counted.currency == own else None


def _missing(told: Facts, whole: Facts, needed: Words, card: ToolCard) -> tuple[str, ...]:
    """What the policy turns on and neither the record nor its arguments tell.

    Args:
        told: the facts that are decided on.
        whole: the same, with what is missing named.
        needed: on which the policy turns.
        card: the tool.
    """
    missing = {fact for fact in needed if fact not in FROM_RECORD}
    missing |= {fact for fact in needed & whole.unknown.keys() if getattr(told, fact) is None}
    has_amount = card.writes and bool(_AMOUNTS & argument_names(card.input_schema))
    if "total" in needed and told.total is None and has_amount:
        missing.add("total")
    if told.total is None or whole.unknown.get("gross") == IN_XERO:
        missing.discard("gross")  # it matters where lines below zero are known of
    return tuple(sorted(missing))


def _usage(policy: Policy, past: PastCall, passed: list[_Spent]) -> Usage:
    here = [one for one in passed if one.call.organisation_id == past.organisation_id]
    today = [one for one in here if one.call.at >= day_start(policy, past.at)]
    theirs = [one for one in today if one.call.contact_id == past.contact_id]
    hour = [one for one in here if (past.at - one.call.at).total_seconds() < HOUR_SECONDS]
    return Usage(
        writes_last_hour=len(hour), money_today=_sums(today), money_of_contact=_sums(theirs)
    )


def _sums(spent: Iterable[_Spent]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for money in (one.money for one in spent):
        if money is not None:
            sums[money.currency] = sums.get(money.currency, Decimal(0)) + money.amount
    return sums
