"""What a call's own arguments tell, where nobody asks Xero: for `policy explain`."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple, cast

from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.money import Money, parse_amount, round_cents
from xero_mcp.policy.conditions import Condition
from xero_mcp.policy.decision import Call
from xero_mcp.policy.model import Policy
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.stated import Stating, with_stated

FULL = Decimal(100)


class Told(NamedTuple):
    """Facts, and what was taken for granted on the way."""

    facts: Facts
    remark: str = ""


def facts_of_arguments(
    policy: Policy, call: Call, facts: Facts, arguments: Mapping[str, object]
) -> Told:
    """The facts that were given, and those that the call's lines and dates tell besides.

    Raises:
        CommandError: a date or an amount is none.
    """
    stating = Stating(card=call.card, values=arguments, needs=call.needs, today=call.at.date())
    try:
        total = _total(policy, arguments) if facts.total is None else None
        more = with_stated(
            facts if total is None else replace(facts, total=total), stating, strictly=False
        )
    except (ValueError, ArithmeticError) as error:
        raise CommandError(f"--args: {error}", exit_code=ExitCode.USAGE) from error
    if total is None or "total" in facts.unknown:
        return Told(more if total is None else replace(more, total=None))
    return Told(
        more,
        f"The total is taken from the lines: {total}, without the tax that Xero adds. Give"
        " `total` to say what the document comes to.",
    )


def _total(policy: Policy, arguments: Mapping[str, object]) -> Money | None:
    lines = arguments.get("lines")
    if not isinstance(lines, list):
        return None
    amounts = [_amount(one) for one in cast("list[object]", lines)]
    currency = arguments.get("currency") or next(_currencies(policy), "")
    return Money(round_cents(sum(amounts, Decimal(0))), str(currency)) if currency else None


def _amount(one: object) -> Decimal:
    if not isinstance(one, Mapping):
        raise ValueError('a line is an object, such as {"quantity": "1", "unit_amount": "5.00"}')  # noqa: TRY004 - the caller's JSON, not a type of ours
    line = cast("Mapping[str, object]", one)
    quantity, unit_amount, discount = (
        parse_amount(str(line.get(name) or otherwise))
        for name, otherwise in (("quantity", 1), ("unit_amount", 0), ("discount_rate", 0))
    )
    return quantity * unit_amount * (FULL - discount) / FULL


def _currencies(policy: Policy) -> Iterator[str]:
    """Those of the policy's own amounts: an owner writes them in the currency of the books."""
    for condition in _conditions(policy):
        limit = getattr(condition, "limit", None)
        if isinstance(limit, Money):
            yield limit.currency
    if policy.limits.counted_currency:
        yield policy.limits.counted_currency


def _conditions(policy: Policy) -> Iterator[Condition]:
    for rule in policy.rules:
        for clause in rule.clauses:
            yield from clause.conditions
