"""An agent's own budget: pure questions about what was used up, handed in by the gate."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from math import ceil

from xero_mcp.money import Money
from xero_mcp.policy.decision import Call, Reservation
from xero_mcp.policy.hours import Hours
from xero_mcp.policy.model import Policy
from xero_mcp.policy.step import Outcome, Stage, Step
from xero_mcp.policy.usage import Usage
from xero_mcp.tool.facts import Facts

ZERO = Decimal(0)


def day_start(policy: Policy, at: datetime) -> datetime:
    """When `today` began for money_per_day: midnight where the working hours are, else UTC."""
    zone = policy.limits.hours.zone if policy.limits.hours else UTC
    return datetime.combine(at.astimezone(zone).date(), time(), tzinfo=zone).astimezone(UTC)


def next_day_start(policy: Policy, at: datetime) -> datetime:
    zone = policy.limits.hours.zone if policy.limits.hours else UTC
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=zone).astimezone(UTC)


def limit_steps(policy: Policy, call: Call, facts: Facts, usage: Usage | None) -> Iterator[Step]:
    """What each limit of the policy says of this call."""
    limits = policy.limits
    if limits.hours is not None:
        yield _hours(policy, limits.hours, call.at)
    if limits.writes_per_hour is not None and call.card.writes:
        yield _writes(policy, limits.writes_per_hour, usage)
    if limits.money_per_day is not None and call.card.writes:
        yield _money(policy, limits.money_per_day, facts, usage)


def _step(policy: Policy, name: str, verdict: Outcome, text: str) -> Step:
    key = f"limits.{name}"
    return Step(Stage.LIMITS, verdict, f"{key}: {text}", policy.lines.get(key), key)


def _hours(policy: Policy, hours: Hours, at: datetime) -> Step:
    if hours.are_open(at):
        return _step(policy, "hours", Outcome.ALLOW, f"within {hours.text}")
    return _step(policy, "hours", Outcome.DENY, f"it works {hours.text} only")


def _writes(policy: Policy, most: int, usage: Usage | None) -> Step:
    if usage is None:
        return _step(policy, "writes_per_hour", Outcome.DENY, "the count is not established")
    if usage.writes_last_hour >= most:
        return _step(policy, "writes_per_hour", Outcome.DENY, f"all {most} are used up")
    return _step(policy, "writes_per_hour", Outcome.ALLOW, f"fewer than {most} so far")


def _money(policy: Policy, most: Money, facts: Facts, usage: Usage | None) -> Step:
    name = "money_per_day"
    if "total" in facts.unknown:
        return _step(policy, name, Outcome.DENY, "the total is not established")
    amount = facts.amount_in(most.currency)
    if amount is None and facts.total is None:
        return _step(policy, name, Outcome.ALLOW, "there is no amount to count")
    if usage is None:
        return _step(policy, name, Outcome.DENY, "what was spent today is not established")
    if amount is None:
        verdict = Outcome.ASK if policy.owner else Outcome.DENY
        return _step(policy, name, verdict, f"there is no rate to {most.currency}")
    spent = usage.money_today.get(most.currency, ZERO)
    # An amount below zero frees nothing up: else a credit would buy room for a bigger bill.
    if spent + max(amount, ZERO) > most.amount:
        return _step(policy, name, Outcome.DENY, f"it would pass {most} for today")
    return _step(policy, name, Outcome.ALLOW, f"within {most} for today")


def reservation(policy: Policy, call: Call, facts: Facts) -> Reservation | None:
    """What the call will use up of the policy's limits, where there is something."""
    if not call.card.writes:
        return None
    limits = policy.limits
    writes = 0 if limits.writes_per_hour is None else 1
    money = None
    if limits.money_per_day is not None:
        amount = facts.amount_in(limits.money_per_day.currency)
        if amount is not None and amount > ZERO:
            money = Money(amount, limits.money_per_day.currency)
    return Reservation(writes=writes, money=money) if writes or money else None


def retry_after_seconds(policy: Policy, at: datetime, limit: str | None) -> int | None:
    """When asking again may help; None where only the keeper of the counters can tell."""
    moment = None
    if limit == "hours" and policy.limits.hours is not None:
        moment = policy.limits.hours.next_open(at)
    if limit == "money_per_day":
        moment = next_day_start(policy, at)
    return None if moment is None else max(1, ceil((moment - at).total_seconds()))
