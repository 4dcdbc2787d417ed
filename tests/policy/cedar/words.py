"""What each word of a condition means, said once more in Cedar.

Written from the words and their meanings in the docs, not from our conditions: so that a
comparison turned round there is not turned round here too.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple, cast

UNITS = 10_000
"""Money in Cedar is a whole number of hundredths of a cent: it has no decimals that multiply."""
SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
DAY_SECONDS = 86_400
MAX_CODES = 10_000


class InexpressibleError(Exception):
    """Cedar has no way to say it; says why."""


class Meaning(NamedTuple):
    """A condition in Cedar, three ways."""

    counts: str
    """It holds of a line or document, or cannot be established."""
    wholly: str
    """It is established, and holds of every line and document."""
    doubt: str = "false"
    """There is no rate, so only a person can tell."""


def units(money: str) -> tuple[int, str]:
    """`500.00 USD` as a whole number, and the currency."""
    amount, currency = money.split(" ")
    return int(Decimal(amount) * UNITS), currency


def seconds(duration: str) -> int:
    return int(duration[:-1]) * SECONDS[duration[-1]]


def size_bytes(size: str) -> int:
    number, unit = size[:-2], size[-2:]
    return int(number) * {"kB": 1_000, "MB": 1_000_000}[unit]


def quoted(words: Iterable[str]) -> str:
    """A Cedar set of strings."""
    return "[" + ", ".join('"' + word.replace('"', '\\"') + '"' for word in words) + "]"


def every(parts: Iterable[str]) -> str:
    return " && ".join(f"({part})" for part in parts) or "true"


def some(parts: Iterable[str]) -> str:
    return " || ".join(f"({part})" for part in parts) or "false"


def not_established(*facts: str) -> str:
    return some(f'context.unknown.contains("{fact}")' for fact in facts)


# Money

TOTAL_UNKNOWN = not_established("total", "gross")


def amount_known(currency: str) -> str:
    """There is an amount in that currency: of the total, and of the gross where there is one."""
    gross = (
        f'!(context has gross) || context.gross.currency == "{currency}" || (context has total'
        " && context.total.amount > 0 && context.total.currency == context.gross.currency)"
    )
    return f"({is_there(currency)}) && ({gross})"


def is_there(currency: str) -> str:
    """The total is known in that currency: its own, the base currency, or by a rate."""
    return some(
        (
            *(_in(name, currency) for name in ("total", "base_total")),
            f'context.elsewhere has "{currency}"',
        )
    )


def _in(name: str, currency: str) -> str:
    return f'(context has {name} && context.{name}.currency == "{currency}")'


def _there(currency: str, compares: str) -> str:
    """`{}` in `compares` stands for the total in that currency, which is there."""
    by_rate = f'context.elsewhere["{currency}"]'
    return (
        f"if {_in('total', currency)} then {compares.format('context.total.amount')}"
        f" else (if {_in('base_total', currency)}"
        f" then {compares.format('context.base_total.amount')}"
        f" else {compares.format(by_rate)})"
    )


def amount_is(currency: str, compare: str, limit: str) -> str:
    """The amount compares with a limit; for `>` the gross counts too, whichever is more."""
    plain = _there(currency, f"{{}} {compare} {limit}")
    shared = _there(
        currency, f"context.gross.amount * {{}} {compare} {limit} * context.total.amount"
    )
    gross = (
        f'if context.gross.currency == "{currency}" then context.gross.amount {compare} {limit}'
        f" else ({shared})"
    )
    joined = f"({plain}) || ({gross})" if compare.startswith(">") else f"({plain}) && ({gross})"
    return f"if context has gross then ({joined}) else ({plain})"


def counted_known(currency: str) -> str:
    """What counts against a limit is known in that currency."""
    shared = f"context has total && context.total.amount > 0 && ({is_there(currency)})"
    return (
        f'if context has counted then (context.counted.currency == "{currency}" || ({shared}))'
        f" else ({amount_known(currency)})"
    )


def counted_is_over(currency: str, limit: str) -> str:
    shared = _there(currency, f"context.counted.amount * {{}} > {limit} * context.total.amount")
    return (
        f'if context has counted then (if context.counted.currency == "{currency}"'
        f" then context.counted.amount > {limit} else ({shared}))"
        f" else ({amount_is(currency, '>', limit)})"
    )


def _total(compare: str) -> Callable[[object], Meaning]:
    def compiled(value: object) -> Meaning:
        limit, currency = units(str(value))
        known = amount_known(currency)
        holds = f"({known}) && ({amount_is(currency, compare, str(limit))})"
        return Meaning(
            counts=f"({TOTAL_UNKNOWN}) || ({holds})",
            wholly=f"!({TOTAL_UNKNOWN}) && ({holds})",
            doubt=f"!({TOTAL_UNKNOWN}) && context has total && !({known})",
        )

    return compiled


# Flags, counts, dates


def plainly(fact: str, holds: str) -> Meaning:
    """A fact that is one thing, not many."""
    known = f"(context has {fact} && {holds})"
    unknown = not_established(fact)
    return Meaning(counts=f"{unknown} || {known}", wholly=f"!({unknown}) && {known}")


def flag(fact: str) -> Callable[[object], Meaning]:
    return lambda value: plainly(fact, f"context.{fact} == {value}")


def _count(fact: str, parse: Callable[[str], int] = int) -> Callable[[object], Meaning]:
    return lambda value: plainly(fact, f"context.{fact} > {parse(str(value))}")


def _known_for_less_than(value: object) -> Meaning:
    unknown = (
        f"{not_established('contact_known_for')}"
        " || (context has contact_id && !(context has contact_known_for))"
    )
    less = f"context has contact_known_for && context.contact_known_for < {seconds(str(value))}"
    return Meaning(counts=f"{unknown} || ({less})", wholly=f"!({unknown}) && ({less})")


def _dated(some_day: str, every_day: str) -> Callable[[object], Meaning]:
    def compiled(value: object) -> Meaning:
        limit = seconds(str(value))
        unknown = not_established("days_old")

        def over(distance: str) -> str:
            return f"context has earliest && ({distance}) * {DAY_SECONDS} > {limit}"

        return Meaning(
            counts=f"{unknown} || ({over(some_day)})",
            wholly=f"!({unknown}) && ({over(every_day)})",
        )

    return compiled


SINCE_EARLIEST = "context.today - context.earliest"
SINCE_LATEST = "context.today - context.latest"
UNTIL_EARLIEST = "context.earliest - context.today"
UNTIL_LATEST = "context.latest - context.today"


# Words of lines and documents


def _words(value: object) -> list[str]:
    listed = cast("list[object]", value) if isinstance(value, list) else [value]
    return [str(word).casefold() for word in listed]


def _codes(value: object) -> list[str]:
    """Account codes; a range is written out, for Cedar compares no text by size."""
    found: list[str] = []
    for word in _words(value):
        first, dash, last = word.partition("-")
        if not (dash and first.isdigit() and last.isdigit()):
            found.append(word)
            continue
        if int(last) - int(first) > MAX_CODES:
            raise InexpressibleError("a range of more codes than can be written out")
        found += [
            str(code).zfill(length)
            for length in range(len(first), len(last) + 1)
            for code in range(int(first), int(last) + 1)
            if len(str(code)) <= length
        ]
    return found


def _among(
    fact: str, *, outside: bool = False, parse: Callable[[object], list[str]] = _words
) -> Callable[[object], Meaning]:
    def compiled(value: object) -> Meaning:
        listed = quoted(parse(value))
        unknown = not_established(fact)
        given = f"context has {fact} && !context.{fact}.isEmpty()"
        is_one = f"context.{fact}.containsAny({listed})"
        is_all = f"{listed}.containsAll(context.{fact})"
        any_of, all_of = (f"!{is_all}", f"!{is_one}") if outside else (is_one, is_all)
        return Meaning(
            counts=f"{unknown} || ({given} && {any_of})",
            wholly=f"!({unknown}) && ({given} && {all_of})",
        )

    return compiled


def _tracking(value: object) -> Meaning:
    """`Region` stands for each of its options, which only `some line` can be asked of."""
    listed = quoted(_words(value))
    unknown = not_established("tracking")
    holds = " || ".join(
        f"context.{which}.containsAny({listed})" for which in ("tracking", "tracking_categories")
    )
    return Meaning(counts=f"{unknown} || (context has tracking && ({holds}))", wholly="")


def _no_tracking_outside(value: object) -> Meaning:
    raise InexpressibleError(f"no way to ask each line for a category, as {value} has it")


CONDITIONS: Mapping[str, Callable[[object], Meaning]] = {
    "total_over": _total(">"),
    "total_under": _total("<"),
    "currency": _among("currencies"),
    "currency_not_in": _among("currencies", outside=True),
    "status": _among("statuses"),
    "document_type": _among("document_types"),
    "contact_in": _among("contact_ids"),
    "contact_not_in": _among("contact_ids", outside=True),
    "contact_known_for_less_than": _known_for_less_than,
    "new_contact": flag("new_contact"),
    "account_code_in": _among("account_codes", parse=_codes),
    "account_code_not_in": _among("account_codes", parse=_codes, outside=True),
    "tracking": _tracking,
    "tracking_not_in": _no_tracking_outside,
    "tax_type": _among("tax_types"),
    "tax_type_not_in": _among("tax_types", outside=True),
    "item": _among("items"),
    "item_not_in": _among("items", outside=True),
    "line_count_over": _count("line_count"),
    "date_older_than": _dated(SINCE_EARLIEST, SINCE_LATEST),
    "date_newer_than": _dated(UNTIL_LATEST, UNTIL_EARLIEST),
    "period_locked": flag("period_locked"),
    "recipient_not_stored": flag("recipient_not_stored"),
    "duplicate": flag("duplicate"),
    "attachment_type": _among("attachment_types"),
    "attachment_type_not_in": _among("attachment_types", outside=True),
    "attachment_size_over": _count("attachment_bytes", size_bytes),
    "bank_details_would_change": flag("bank_details_change"),
    "email_would_change": flag("email_change"),
    "report": _among("reports"),
}
"""Every word of a condition that the second opinion knows."""
