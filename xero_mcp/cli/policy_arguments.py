"""What a call's own arguments tell, where nobody asks Xero: for `policy explain`."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple, cast

from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.money import Money, parse_amount, round_cents
from xero_mcp.policy.conditions import Condition
from xero_mcp.policy.decision import Call
from xero_mcp.policy.load_conditions import parse_currency
from xero_mcp.policy.model import Policy
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.stated import LINES, Stating, texts_of, with_stated

FULL = Decimal(100)
AMOUNT = "amount"
NO_LINE = 'a line is an object, such as {"quantity": "1", "unit_amount": "5.00"}'
MIXED = "the documents are in several currencies"
_WITHOUT_MORE_TAX = frozenset({"inclusive", "no-tax"})


class Told(NamedTuple):
    """Facts, and what was taken for granted on the way."""

    facts: Facts
    remark: str = ""


class _Sum(NamedTuple):
    """What the arguments come to, and which of them said so."""

    of: str
    total: Money | None = None
    """None: the documents are in several currencies."""
    gross: Money | None = None
    """Of what is above zero, where some is below."""
    least: Money | None = None
    """Of the smallest of several."""
    currencies: frozenset[str] | None = None
    """Where there are several."""


def facts_of_arguments(
    policy: Policy, call: Call, facts: Facts, arguments: Mapping[str, object]
) -> Told:
    """The facts that were given, and those that the call's lines and dates tell besides.

    Raises:
        CommandError: a date or an amount is none.
    """
    stating = Stating(card=call.card, values=arguments, needs=call.needs, today=call.at.date())
    is_given = facts.total is not None or "total" in facts.unknown
    try:
        found = None if is_given else _sum(policy, arguments)
        more = with_stated(_with(facts, found), stating, strictly=False)
    except (ValueError, ArithmeticError) as error:
        raise CommandError(f"--args: {error}", exit_code=ExitCode.USAGE) from error
    return Told(more, "" if found is None else _remark(found, arguments))


def _with(facts: Facts, found: _Sum | None) -> Facts:
    if found is None:
        return facts
    if found.total is not None:
        return replace(
            facts, total=found.total, gross=facts.gross or found.gross, least=found.least
        )
    unknown = {**facts.unknown, "total": MIXED}
    return replace(facts, unknown=unknown, currencies=facts.currencies or found.currencies)


def _remark(found: _Sum, arguments: Mapping[str, object]) -> str:
    if found.total is None:
        return f"The total is not established: {MIXED}."
    said = set(texts_of(arguments, "amounts_are"))
    has_tax_to_come = found.of == LINES and not (said and said <= _WITHOUT_MORE_TAX)
    tax = ", without the tax that Xero adds" if has_tax_to_come else ""
    return (
        f"The total is taken from the {found.of}: {found.total}{tax}. Give `total` to say what the"
        " document comes to."
    )


def _sum(policy: Policy, arguments: Mapping[str, object]) -> _Sum | None:
    """Of all documents of the call, as the gate takes them; None where they say nothing of it."""
    documents = list(_having(LINES, arguments))
    each = [[_amount(line) for line in _lines(one[LINES])] for one in documents]
    of = LINES
    if not documents:
        each = [[parse_amount(text)] for text in texts_of(arguments, AMOUNT)]
        of = "amounts"
    base = _base(policy)
    currencies = {_currency(one) or base for one in documents or (arguments,)}
    if not each or "" in currencies:
        return None
    if len(currencies) > 1:
        return _Sum(of, currencies=frozenset(currencies))
    totals = [round_cents(sum(amounts, Decimal(0))) for amounts in each]
    above = [round_cents(sum((one for one in some if one > 0), Decimal(0))) for some in each]
    moved = [max(pair) for pair in zip(totals, above, strict=True)]
    currency = currencies.pop()
    return _Sum(
        of,
        total=Money(sum(totals, Decimal(0)), currency),
        gross=Money(sum(above, Decimal(0)), currency) if above != totals else None,
        least=Money(min(moved), currency) if len(moved) > 1 else None,
    )


def _currency(document: Mapping[str, object]) -> str:
    given = document.get("currency")
    return parse_currency(str(given)) if given else ""


def _having(name: str, value: object) -> Iterator[Mapping[str, object]]:
    """Every object that has an argument of that name, however deep."""
    if isinstance(value, Mapping):
        found = cast("Mapping[str, object]", value)
        if name in found:
            yield found
            return
        for inner in found.values():
            yield from _having(name, inner)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _having(name, inner)


def _lines(value: object) -> Iterator[Mapping[str, object]]:
    for one in cast("list[object]", value) if isinstance(value, list) else (value,):
        if not isinstance(one, Mapping):
            raise ValueError(NO_LINE)  # noqa: TRY004 - the caller's JSON, not a type of ours
        yield cast("Mapping[str, object]", one)


def _amount(line: Mapping[str, object]) -> Decimal:
    if AMOUNT in line:  # of a journal, whose total is what stands on one side
        return max(parse_amount(str(line[AMOUNT])), Decimal(0))
    quantity, unit_amount, discount = (
        parse_amount(str(line.get(name) or otherwise))
        for name, otherwise in (("quantity", 1), ("unit_amount", 0), ("discount_rate", 0))
    )
    return quantity * unit_amount * (FULL - discount) / FULL


def is_own_amount(value: object) -> bool:
    """Whether an `amount` is the tool's own argument: a fact has its currency with it."""
    return isinstance(value, str) and " " not in value.strip()


def _base(policy: Policy) -> str:
    """The currency of most of the policy's own amounts: an owner thinks in that of the books."""
    common = Counter(_currencies(policy)).most_common(1)
    return common[0][0] if common else ""


def _currencies(policy: Policy) -> Iterator[str]:
    limits = policy.limits
    for money in (limits.money_per_day, limits.money_per_contact, limits.money_per_document):
        if money is not None:
            yield money.currency
    for condition in _conditions(policy):
        limit = getattr(condition, "limit", None)
        if isinstance(limit, Money):
            yield limit.currency


def _conditions(policy: Policy) -> Iterator[Condition]:
    for rule in policy.rules:
        for clause in rule.clauses:
            yield from clause.conditions
