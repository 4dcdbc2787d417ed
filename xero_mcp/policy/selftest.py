"""The examples of a file, run: what its owner believes against what it says."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from xero_mcp.policy.decide import decide
from xero_mcp.policy.decision import Decision
from xero_mcp.policy.limits import limit_currencies
from xero_mcp.policy.load import Loaded, load_policy
from xero_mcp.policy.model import Example, Policy
from xero_mcp.policy.problem import Problem
from xero_mcp.policy.rates import with_own_rates
from xero_mcp.policy.reach import call_of
from xero_mcp.tool.card import ToolCard

_USUAL_DAY = date(2024, 1, 1)
"""A fixed day, so that an example comes out the same tomorrow."""

_WEEK = timedelta(days=8)
"""Working hours open at least once in it."""


def checked(data: bytes, *, file: str, cards: Iterable[ToolCard]) -> Loaded:
    """Load a file and run its examples: what must be good before it is in force."""
    every = tuple(cards)
    loaded = load_policy(data, file=file, cards=every)
    if loaded.policy is None:
        return loaded
    problems = run_examples(loaded.policy, every)
    return Loaded(policy=None if problems else loaded.policy, problems=problems, notes=loaded.notes)


def run_examples(policy: Policy, cards: Iterable[ToolCard]) -> tuple[Problem, ...]:
    """Run every example; a problem for each that comes out differently."""
    by_name = {card.name: card for card in cards}
    found = (_problem(policy, example, by_name) for example in policy.examples)
    return tuple(problem for problem in found if problem is not None)


def decide_example(policy: Policy, example: Example, card: ToolCard) -> Decision:
    organisation = example.organisation or policy.organisations[0]
    call = call_of(
        policy,
        card,
        example.arguments,
        organisation=organisation,
        at=_moment(policy, example),
    )
    facts = with_own_rates(
        example.facts,
        policy.rates,
        limit_currencies(policy, card.name),
        today=_rates_day(policy, example),
    )
    return decide(policy, call, facts, example.usage)


def _rates_day(policy: Policy, example: Example) -> date:
    """An example without a moment goes by the newest rates, whenever it is run."""
    if example.at is not None:
        return example.at.date()
    return max((rate.day for rate in policy.rates), default=_USUAL_DAY)


def _problem(policy: Policy, example: Example, cards: Mapping[str, ToolCard]) -> Problem | None:
    decision = decide_example(policy, example, cards[example.tool])
    if decision.in_earnest is example.expect:
        return None
    return Problem(
        file=policy.file,
        line=example.place.line,
        column=example.place.column,
        text=(
            f"this example of {example.tool} expects {example.expect},"
            f" but it comes out as {decision.in_earnest}: {decision.reason}"
        ),
    )


def _moment(policy: Policy, example: Example) -> datetime:
    hours = policy.limits.hours
    if example.at is not None:
        return example.at.replace(tzinfo=hours.zone if hours else UTC).astimezone(UTC)
    day = _USUAL_DAY
    if policy.expires is not None:
        day = min(day, policy.expires - _WEEK)
    usual = datetime.combine(day, time(12), tzinfo=UTC)
    return hours.next_open(usual) if hours else usual


def outcome_of(examples: int, *, wrong: int = 0) -> str:
    """How many examples came out as a file expects, in words."""
    if not examples:
        return "no examples"
    told = "1 example" if examples == 1 else f"{examples} examples"
    if wrong:
        return f"{told}, not as expected" if examples == 1 else f"{told}, {wrong} not as expected"
    return f"{told}, as expected" if examples == 1 else f"{told}, all as expected"
