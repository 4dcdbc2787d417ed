"""An agent's own budget: pure questions about what was used up, handed in by the gate."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from math import ceil

from xero_mcp.money import Money
from xero_mcp.policy.conditions import TotalOver, TotalUnder
from xero_mcp.policy.decision import Call, Reservation
from xero_mcp.policy.hours import Hours
from xero_mcp.policy.model import Policy
from xero_mcp.policy.step import Outcome, Stage, Step
from xero_mcp.policy.usage import Usage
from xero_mcp.tool.facts import Facts

ZERO = Decimal(0)
MINUTE = timedelta(minutes=1)
TAKEN_BACK = frozenset({"voided", "deleted"})


def day_start(policy: Policy, at: datetime) -> datetime:
    """When `today` began for money_per_day: midnight where the working hours are, else UTC."""
    zone = policy.limits.hours.zone if policy.limits.hours else UTC
    return datetime.combine(at.astimezone(zone).date(), time(), tzinfo=zone).astimezone(UTC)


def next_day_start(policy: Policy, at: datetime) -> datetime:
    zone = policy.limits.hours.zone if policy.limits.hours else UTC
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=zone).astimezone(UTC)


def limit_currencies(policy: Policy, tool: str) -> frozenset[str]:
    """The currencies in which the policy has amounts for this tool."""
    limits = policy.limits
    amounts = [limits.money_per_day, limits.money_per_contact, limits.money_per_document]
    for rule in policy.rules:
        if rule.is_for(tool):
            for clause in rule.clauses:
                amounts.extend(
                    condition.limit
                    for condition in clause.conditions
                    if isinstance(condition, TotalOver | TotalUnder)
                )
    return frozenset(one.currency for one in amounts if one is not None)


def limit_steps(policy: Policy, call: Call, facts: Facts, usage: Usage | None) -> Iterator[Step]:
    """What each limit of the policy says of this call."""
    limits = policy.limits
    if limits.hours is not None:
        yield _hours(policy, limits.hours, call.at)
    if call.card.writes:
        yield from _writing(policy, facts, usage)
    for limit, most, count in _counts(policy, call, usage):
        if most is not None:
            yield _counted(policy, limit, most, count)


def _writing(policy: Policy, facts: Facts, usage: Usage | None) -> Iterator[Step]:
    limits = policy.limits
    if limits.money_per_day is not None:
        spent = None if usage is None else usage.money_today
        yield _money(policy, "money_per_day", limits.money_per_day, facts, spent)
    if limits.money_per_contact is not None:
        spent = None if usage is None or "contact_ids" in facts.unknown else usage.money_of_contact
        yield _money(policy, "money_per_contact", limits.money_per_contact, facts, spent)
    if limits.money_per_document is not None:
        yield _money(policy, "money_per_document", limits.money_per_document, facts, {})


def _counts(
    policy: Policy, call: Call, usage: Usage | None
) -> Iterator[tuple[str, int | None, int | None]]:
    """The limit, how many it lets through, and how many there were; None: not established."""
    limits, card = policy.limits, call.card
    if card.writes:
        yield "writes_per_hour", limits.writes_per_hour, usage and usage.writes_last_hour
    if card.asks_xero:
        minute = usage and usage.xero_calls_last_minute
        yield "xero_calls_per_minute", limits.xero_calls_per_minute, minute
        yield "xero_calls_per_day", limits.xero_calls_per_day, usage and usage.xero_calls_today
        if not card.writes:
            yield "rows_read_per_day", limits.rows_read_per_day, usage and usage.rows_read_today


def _step(policy: Policy, name: str, verdict: Outcome, text: str) -> Step:
    key = f"limits.{name}"
    return Step(Stage.LIMITS, verdict, f"{key}: {text}", policy.lines.get(key), key)


def _hours(policy: Policy, hours: Hours, at: datetime) -> Step:
    if hours.are_open(at):
        return _step(policy, "hours", Outcome.ALLOW, f"within {hours.text}")
    return _step(policy, "hours", Outcome.DENY, f"it works {hours.text} only")


def _counted(policy: Policy, name: str, most: int, so_far: int | None) -> Step:
    if so_far is None:
        return _step(policy, name, Outcome.DENY, "the count is not established")
    if so_far >= most:
        return _step(policy, name, Outcome.DENY, f"all {most:,} are used up")
    return _step(policy, name, Outcome.ALLOW, f"fewer than {most:,} so far")


_PERIOD = {
    "money_per_day": "for today",
    "money_per_contact": "for this contact today",
    "money_per_document": "for one document",
}


def _money(
    policy: Policy, name: str, most: Money, facts: Facts, spent: Mapping[str, Decimal] | None
) -> Step:
    if _counts_nothing(name, facts):
        return _step(policy, name, Outcome.ALLOW, "nothing is new or raised")
    return _weighed(policy, name, most, facts, spent)


def _weighed(
    policy: Policy, name: str, most: Money, facts: Facts, spent: Mapping[str, Decimal] | None
) -> Step:
    if "total" in facts.unknown or "gross" in facts.unknown:
        return _step(policy, name, Outcome.DENY, "the total is not established")
    whole = name == "money_per_document"
    amount = facts.exposure_in(most.currency) if whole else facts.counted_in(most.currency)
    if amount is None and facts.total is None:
        return _step(policy, name, Outcome.ALLOW, "there is no amount to count")
    if spent is None:
        return _step(policy, name, Outcome.DENY, "what was spent is not established")
    if amount is None:
        verdict = Outcome.ASK if policy.owner else Outcome.DENY
        return _step(policy, name, verdict, f"there is no rate to {most.currency}")
    # An amount below zero frees nothing up: else a credit would buy room for a bigger bill.
    if spent.get(most.currency, ZERO) + max(amount, ZERO) > most.amount:
        return _step(policy, name, Outcome.DENY, f"it would pass {most} {_PERIOD[name]}")
    return _step(policy, name, Outcome.ALLOW, f"within {most} {_PERIOD[name]}")


def _counts_nothing(name: str, facts: Facts) -> bool:
    """What takes something back, whatever it comes to; a document that stays keeps its own cap."""
    ends = facts.statuses is not None and facts.statuses <= TAKEN_BACK
    stays = name == "money_per_document" and not ends
    return facts.counted is not None and facts.counted.amount <= ZERO and not stays


def reservation(policy: Policy, call: Call, facts: Facts) -> Reservation | None:
    """What the call will use up of the policy's limits, where there is something."""
    if not call.card.writes:
        return None
    limits = policy.limits
    writes = 0 if limits.writes_per_hour is None else 1
    money = None
    currency = limits.counted_currency
    if currency is not None:
        amount = facts.counted_in(currency)
        if amount is not None and amount > ZERO:
            money = Money(amount, currency)
    return Reservation(writes=writes, money=money) if writes or money else None


def retry_after_seconds(policy: Policy, at: datetime, limit: str | None) -> int | None:
    """When asking again may help; None where only the keeper of the counters can tell."""
    moment = None
    if limit == "hours" and policy.limits.hours is not None:
        moment = policy.limits.hours.next_open(at)
    if limit in ("money_per_day", "money_per_contact", "rows_read_per_day"):
        moment = next_day_start(policy, at)
    if limit == "xero_calls_per_minute":
        moment = at + MINUTE
    return None if moment is None else max(1, ceil((moment - at).total_seconds()))
