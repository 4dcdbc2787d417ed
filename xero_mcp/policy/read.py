"""A node of the document → a typed value, or a finding that says what to write instead."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import TypeVar

from xero_mcp.money import Money, parse_money
from xero_mcp.policy.document import Entry, Items, Node, Table, Text
from xero_mcp.policy.plain import DURATION_SECONDS, nearest, one_of, shown
from xero_mcp.policy.problem import Findings, Place
from xero_mcp.policy.word import Word, enforced
from xero_mcp.text import folded

T = TypeVar("T")

MAX_TEXT = 500
EARLIEST_DATE = "2000-01-01"
MAX_DURATION = timedelta(days=3_650)
MIN_ANSWER_WITHIN = timedelta(minutes=1)
MAX_ANSWER_WITHIN = timedelta(days=30)
MAX_COUNT = 1_000_000

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_NAME = 64
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,180}\.[^@\s,;<>\".]{2,}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COUNT = re.compile(r"0|[1-9][0-9]{0,8}")
_DURATION = re.compile(r"([1-9][0-9]{0,6})([smhd])")


def is_name(text: str) -> bool:
    """Whether this can be an agent's name, and so a file's."""
    return len(text) <= MAX_NAME and _NAME.fullmatch(text) is not None


class Reader:
    """Reads values and collects what is wrong with them."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    # Structure

    def table(self, node: Node, words: Mapping[str, Word], what: str) -> Mapping[str, Entry]:
        """The entries of a mapping that are words of `what` and enforced; the rest is found."""
        if not isinstance(node, Table):
            keys = one_of([f"`{word.name}`" for word in enforced(words)][:4])
            self.findings.add(node.at, f"{what} has keys, such as {keys}; this is {_kind(node)}")
            return {}
        known: dict[str, Entry] = {}
        for key, entry in node.entries.items():
            word = words.get(key)
            if word is None:
                known_words = [word.name for word in enforced(words)]
                self.findings.add(entry.at, unknown(key, known_words, f"a key of {what}"))
            elif not word.enforced:
                self.findings.add(
                    entry.at, f"`{key}` is not enforced by this version: leave it out"
                )
            else:
                known[key] = entry
        for word in words.values():
            if word.required and word.name not in node.entries:
                such = f", such as `{word.name}: {word.example}`" if word.example else ""
                self.findings.add(node.at, f"{what} has no `{word.name}`{such}")
        return known

    def items(self, entry: Entry | None, of_what: str) -> list[Node]:
        """What stands in a list, which has to hold something."""
        if entry is None:
            return []
        node = entry.value
        if not isinstance(node, Items):
            self.findings.add(
                node.at,
                f"{shown(entry.key)} is a list of {of_what}, in `[ ]`; this is {_kind(node)}",
            )
            return []
        if not node.items:
            self.findings.add(node.at, f"{shown(entry.key)} is empty: leave it out")
        return node.items

    # Values

    def text(self, entry: Entry | None) -> str | None:
        return None if entry is None else self._text_of(entry.value, entry.key)

    def _text_of(self, node: Node, key: str) -> str | None:
        if not isinstance(node, Text):
            self.findings.add(node.at, f"{shown(key)} is text; this is {_kind(node)}")
            return None
        text = " ".join(node.value.split())
        if not text:
            self.findings.add(node.at, f"{shown(key)} has no value")
            return None
        if len(text) > MAX_TEXT:
            self.findings.add(node.at, f"{shown(key)} has more than {MAX_TEXT} characters")
            return None
        if not text.isprintable():
            self.findings.add(node.at, f"{shown(key)} has characters in it that cannot be seen")
            return None
        return text

    def texts(self, entry: Entry | None, of_what: str) -> list[tuple[str, Place]]:
        """A list of text, each once, with its place."""
        seen: dict[str, Place] = {}
        for node in self.items(entry, of_what):
            text = self._text_of(node, of_what)
            if text is None:
                continue
            if text in seen:
                self.findings.add(node.at, f"{shown(text)} is named twice")
            seen.setdefault(text, node.at)
        return list(seen.items())

    def choice(self, entry: Entry | None, among: Collection[str], what: str) -> str | None:
        """One of a few words."""
        text = self.text(entry)
        if entry is None or text is None or text in among:
            return text
        self.findings.add(entry.value.at, unknown(text, among, what))
        return None

    def choices(
        self, entry: Entry | None, among: Collection[str], what: str
    ) -> list[tuple[str, Place]]:
        """Some of a few words, each with its place."""
        chosen: list[tuple[str, Place]] = []
        for text, at in self.texts(entry, f"{what}s"):
            if text in among:
                chosen.append((text, at))
            else:
                self.findings.add(at, unknown(text, among, f"a {what}"))
        return chosen

    def parsed(self, entry: Entry | None, parse: Callable[[str], T]) -> T | None:
        """Text that a function understands; its ValueError is the finding."""
        text = self.text(entry)
        if entry is None or text is None:
            return None
        try:
            return parse(text)
        except ValueError as error:
            self.findings.add(entry.value.at, f"{shown(entry.key)}: {error}")
            return None

    def parsed_all(self, entry: Entry | None, parse: Callable[[str], T], of_what: str) -> list[T]:
        """A list of text, each of which a function understands."""
        found: list[T] = []
        for text, at in self.texts(entry, of_what):
            try:
                found.append(parse(text))
            except ValueError as error:
                self.findings.add(at, str(error))
        return found


def says_all(node: Node, found: Mapping[str, Entry]) -> bool:
    """Whether nothing in a mapping was refused: else what is missing may be what was misspelt."""
    return isinstance(node, Table) and len(node.entries) == len(found)


def unknown(word: str, known: Iterable[str], what: str) -> str:
    """Say that a word is not known, and which one was most likely meant."""
    names = list(known)
    close = nearest(word, names)
    hint = f"did you mean `{close}`?" if close else f"there is {one_of(names[:12])}"
    return f"{shown(word)} is not {what}: {hint}"


def parse_name(text: str) -> str:
    if not is_name(text):
        raise ValueError(f"{shown(text)} is not a name: small letters, digits and single hyphens")
    return text


def parse_email(text: str) -> str:
    """Addresses are compared in lower case."""
    if not _EMAIL.fullmatch(text):
        raise ValueError(f"{shown(text)} is not an email address such as controller@example.com")
    return text.lower()


def parse_person(text: str) -> str:
    """An address that is compared and never written to: one person is one, however written."""
    return folded(parse_email(text))


def parse_date(text: str) -> date:
    try:
        if _DATE.fullmatch(text) and text >= EARLIEST_DATE:
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"{shown(text)} is not a date such as 2027-03-31")


def parse_positive_money(text: str) -> Money:
    """An amount of zero or more."""
    try:
        money = parse_money(text)
    except ValueError:
        raise ValueError(
            f'{shown(text)} is not an amount with its currency, such as "500.00 USD"'
        ) from None
    if money.amount < 0:
        raise ValueError(f"{shown(text)} is below zero")
    return money


def parse_duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{shown(text)} is not a length of time such as 30m, 4h or 30d")
    duration = timedelta(seconds=int(match[1]) * DURATION_SECONDS[match[2]])
    if duration > MAX_DURATION:
        raise ValueError(f"{shown(text)} is longer than ten years")
    return duration


def parse_answer_within(text: str) -> timedelta:
    duration = parse_duration(text)
    if not MIN_ANSWER_WITHIN <= duration <= MAX_ANSWER_WITHIN:
        raise ValueError(f"{shown(text)} is not between 1m and 30d")
    return duration


def parse_count(text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a whole number such as 40")
    if int(text) > MAX_COUNT:
        raise ValueError(f"{shown(text)} is more than {MAX_COUNT:,}")
    return int(text)


def parse_true_false(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(f"{shown(text)} is neither true nor false")
    return text == "true"


def _kind(node: Node) -> str:
    if isinstance(node, Items):
        return "a list"
    if isinstance(node, Table):
        return "a mapping"
    return f"the text {shown(node.value)}" if node.value else "empty"
