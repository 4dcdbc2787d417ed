"""`bill over 1000 GBP and not by us` → a Condition, or what is wrong with it and what was meant."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NoReturn

from xero_mcp.changes.conditions import Compared, Condition, HasStatus, State
from xero_mcp.changes.things import FIELD_WORDS, STATUS_WORDS, STATUSES, THING_WORDS, Thing
from xero_mcp.money import Money, parse_money
from xero_mcp.policy.plain import nearest, one_of, shown
from xero_mcp.tool.feed import ChangeKind

MAX_CONDITION_CHARACTERS: Final = 300
MAX_PARTS: Final = 12
_TOKEN: Final = re.compile(r'"((?:[^"]|"")*)"|([^\s"]+)')
"""A name in quotes, where a doubled quote is one of the name's own; or a word."""
_CURLY: Final = str.maketrans("\u201c\u201d\u201e", '"""')
"""As programs that people write in make of straight ones."""
_OUTSIDE: Final = "outside the log"
_BY: Final[Mapping[str, bool]] = {
    "by us": True,
    "not by us": False,
    "by others": False,
}
_KINDS: Final = {"created": ChangeKind.CREATED, "changed": ChangeKind.UPDATED}
_AMOUNT: Final = "an amount with its currency comes after `{word}`, such as `{word} 1000 GBP`"
EXAMPLES: Final = (
    "invoice paid",
    "bill over 1000 GBP",
    "bill created",
    "contact changed",
    "bank details changed",
    "status VOIDED",
    "not by us",
    _OUTSIDE,
)


class ConditionError(ValueError):
    """It cannot be understood; the message says what to write."""


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    is_quoted: bool


@dataclass(slots=True)
class _Parts:
    """What was understood so far."""

    thing: Thing | None = None
    contact: str | None = None
    kind: ChangeKind | None = None
    changed: list[str] = field(default_factory=list[str])
    states: list[State] = field(default_factory=list[State])
    by_us: bool | None = None
    outside_log: bool = False


def parse_condition(text: str) -> Condition:
    """Understand one condition.

    Raises:
        ConditionError: a word is unknown, or the parts can never hold together.
    """
    written = " ".join(text.translate(_CURLY).split())
    if not written:
        _refuse(f"there is nothing in it; write for example {_examples()}")
    if len(written) > MAX_CONDITION_CHARACTERS or not written.isprintable():
        _refuse(f"a condition is a line of up to {MAX_CONDITION_CHARACTERS} characters")
    if written.count('"') % 2:
        _refuse('a quoted name is not closed with `"`')
    found = _Parts()
    for part in _split([_token(match) for match in _TOKEN.finditer(written)]):
        _read_part(part, found)
    _check(found)
    return Condition(
        text=written,
        thing=found.thing,
        contact=found.contact,
        kind=found.kind,
        changed=tuple(dict.fromkeys(found.changed)),
        states=tuple(dict.fromkeys(found.states)),
        by_us=found.by_us,
        outside_log=found.outside_log,
    )


def _token(match: re.Match[str]) -> _Token:
    if match[2] is None:
        return _Token(match[1].replace('""', '"'), is_quoted=True)
    return _Token(match[2], is_quoted=False)


def _split(tokens: Sequence[_Token]) -> list[list[_Token]]:
    parts: list[list[_Token]] = [[]]
    for token in tokens:
        word = "" if token.is_quoted else token.text.lower()
        if word == "or":
            _refuse("`or` is not understood: write a condition of its own for each")
        if word == "and":
            parts.append([])
        else:
            parts[-1].append(token)
    if not all(parts):
        _refuse("`and` joins two parts, such as `bill created and not by us`")
    if len(parts) > MAX_PARTS:
        _refuse(f"it has more than {MAX_PARTS} parts")
    return parts


def _read_part(part: Sequence[_Token], found: _Parts) -> None:
    if _read_contact(part, found):
        return
    thing, rest = _thing_in(part)
    if thing is not None:
        if found.thing is not None and found.thing is not thing:
            _refuse(
                f"a change is never of {found.thing.with_article} and of {thing.with_article}: "
                "write a condition of its own for each"
            )
        found.thing = thing
        if not rest:
            return
    words = " ".join(token.text for token in rest)
    if any(token.is_quoted for token in rest):
        _refuse('a name in quotes comes after `contact`, such as `contact "Bolt Ltd"`')
    if not _read_words(words, found):
        _refuse(_unknown(part))


def _read_contact(part: Sequence[_Token], found: _Parts) -> bool:
    """`contact "Bolt Ltd"`: the contact itself, and whatever is made out to it."""
    names = [token.text for token in part if token.is_quoted]
    if len(names) != 1 or [t.text.lower() for t in part if not t.is_quoted] != ["contact"]:
        return False
    if not names[0].strip():
        _refuse("there is no name between the quotes")
    if found.contact not in {None, names[0]}:
        _refuse("a change is never of two contacts: write a condition of its own for each")
    found.contact = names[0]
    return True


def _thing_in(part: Sequence[_Token]) -> tuple[Thing | None, Sequence[_Token]]:
    for length in (2, 1):
        head = part[:length]
        words = " ".join(token.text.lower() for token in head)
        if len(head) == length and words in THING_WORDS and not any(t.is_quoted for t in head):
            return THING_WORDS[words], part[length:]
    return None, part


def _read_words(words: str, found: _Parts) -> bool:
    """Take in one predicate; False where it is none."""
    low = words.lower()
    first, _, rest = low.partition(" ")
    readers: Sequence[Callable[[], bool]] = (
        lambda: _read_fixed(low, found),
        lambda: _read_amount(first, words[len(first) :].strip(), found),
        lambda: _read_status(first, rest, found),
        lambda: _read_field(low, found),
    )
    return any(reader() for reader in readers)


def _read_fixed(low: str, found: _Parts) -> bool:
    if low in _KINDS:
        if found.kind not in {None, _KINDS[low]}:
            _refuse("`created` and `changed` never hold together: what is new was not changed")
        found.kind = _KINDS[low]
    elif low in _BY:
        if found.by_us not in {None, _BY[low]}:
            _refuse("`by us` and `not by us` never hold together")
        found.by_us = _BY[low]
    elif low in STATUS_WORDS:
        found.states.append(HasStatus(STATUS_WORDS[low]))
    elif low == _OUTSIDE:
        found.outside_log = True
    else:
        return False
    return True


def _read_amount(first: str, rest: str, found: _Parts) -> bool:
    if first not in {"over", "under"}:
        return False
    try:
        money = parse_money(rest.upper())
    except ValueError:
        _refuse(f"{_AMOUNT.format(word=first)}; {shown(rest)} is none")
    found.states.append(Compared(money, is_over=first == "over"))
    return True


def _read_status(first: str, rest: str, found: _Parts) -> bool:
    if first != "status" or rest in {"", "changed"}:
        return False
    word = rest.removeprefix("is ").upper()
    if word not in STATUSES:
        close = nearest(word, STATUSES)
        hint = f"did you mean `{close}`?" if close else f"there is {one_of(STATUSES)}"
        _refuse(f"{shown(word)} is no status: {hint}")
    found.states.append(HasStatus(word))
    return True


def _read_field(low: str, found: _Parts) -> bool:
    name = low.removesuffix(" changed")
    if name == low or name not in FIELD_WORDS:
        return False
    found.changed.append(FIELD_WORDS[name])
    return True


def _check(found: _Parts) -> None:
    """Refuse what can never hold: a watch that never tells anything looks like a quiet day."""
    if found.outside_log:
        if found != _Parts(outside_log=True):
            _refuse(f"`{_OUTSIDE}` stands alone: a cross-check tells no more of a change than that")
        return
    statuses = {one.status for one in found.states if isinstance(one, HasStatus)}
    if len(statuses) > 1:
        _refuse(f"nothing is {' and '.join(sorted(statuses))} at once")
    _check_amounts([one for one in found.states if isinstance(one, Compared)])
    if found.thing is not None:
        _check_thing(found.thing, found, statuses)


def _check_amounts(compared: Sequence[Compared]) -> None:
    currencies = {one.money.currency for one in compared}
    if len(currencies) > 1:
        _refuse(
            f"nothing is in {' and '.join(sorted(currencies))} at once: amounts are not "
            "converted; write a condition of its own for each currency"
        )
    over = [one.money.amount for one in compared if one.is_over]
    under = [one.money.amount for one in compared if not one.is_over]
    if over and under and max(over) >= min(under):
        money = Money(max(over), next(iter(currencies)))
        _refuse(f"nothing is over {money} and under {Money(min(under), money.currency)} at once")


def _check_thing(thing: Thing, found: _Parts, statuses: set[str]) -> None:
    if any(isinstance(one, Compared) for one in found.states) and not thing.can_be_compared:
        _refuse(f"{thing.with_article} has no amount with a currency to compare")
    never = statuses - set(thing.statuses)
    if never:
        has = f"it is {one_of(thing.statuses)}" if thing.statuses else "it has no status"
        _refuse(f"{thing.with_article} is never {one_of(never)}: {has}")
    for name in found.changed:
        if name not in thing.fields:
            words = next(word for word, each in FIELD_WORDS.items() if each == name)
            _refuse(f"`{words}` is not watched of {thing.with_article}")


def _unknown(part: Sequence[_Token]) -> str:
    said = " ".join(token.text for token in part)
    if part[0].text.lower() == "contact" and "'" in said:
        return f'{shown(said)} is not understood: names are in double quotes, `contact "Bolt Ltd"`'
    known = _phrases()
    close = nearest(said, known)
    if close is None:
        thing, rest = _thing_in(part)
        close = nearest(" ".join(token.text for token in rest), known) if thing else None
        close = f"{thing.word} {close}" if thing and close else None
    hint = f"did you mean `{close}`?" if close else f"write for example {_examples()}"
    return f"{shown(said)} is not understood: {hint}"


def _phrases() -> list[str]:
    verbs = [*_KINDS, *STATUS_WORDS]
    return [
        *THING_WORDS,
        *verbs,
        *_BY,
        _OUTSIDE,
        *(f"{name} changed" for name in FIELD_WORDS),
        *(f"status {status}" for status in STATUSES),
        "over 1000 GBP",
        "under 1000 GBP",
        *(f"{thing.word} {verb}" for thing in THING_WORDS.values() for verb in verbs),
    ]


def _examples() -> str:
    return one_of([f"`{one}`" for one in EXAMPLES])


def _refuse(message: str) -> NoReturn:
    raise ConditionError(message)
