"""The `examples` of a policy file: calls as its owner imagines them."""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from xero_mcp.policy.condition_words import WITH
from xero_mcp.policy.document import Entry, Node, Table
from xero_mcp.policy.load_example_facts import FactsReader
from xero_mcp.policy.model import Example
from xero_mcp.policy.plain import shown
from xero_mcp.policy.read import (
    Reader,
    parse_count,
    parse_positive_money,
    unknown,
)
from xero_mcp.policy.step import Outcome
from xero_mcp.policy.tool_names import ToolNames
from xero_mcp.policy.usage import Usage
from xero_mcp.policy.vocabulary import EXAMPLE
from xero_mcp.tool.card import ToolCard, Varies

T = TypeVar("T")

MAX_EXAMPLES = 500
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}")


class ExampleLoader:
    """Reads examples; what is given is checked against the tool that is called."""

    def __init__(self, read: Reader, tools: ToolNames) -> None:
        self._read = read
        self._tools = tools

    def examples(self, entry: Entry | None) -> tuple[Example, ...]:
        nodes = self._read.items(entry, "examples")
        if len(nodes) > MAX_EXAMPLES:
            self._read.findings.add(nodes[MAX_EXAMPLES].at, f"more than {MAX_EXAMPLES} examples")
        read = (self._example(node) for node in nodes[:MAX_EXAMPLES])
        return tuple(example for example in read if example is not None)

    def _example(self, node: Node) -> Example | None:
        entries = self._read.table(node, EXAMPLE, "an example")
        expect = self._read.choice(entries.get("expect"), list(Outcome), "an outcome")
        tool = self._read.text(entries.get("call"))
        if tool is None or expect is None:
            return None
        card = self._tools.card(tool, entries["call"].value.at, self._read)
        if card is None:
            return None
        given = self._given(entries.get("with"), card)
        arguments = self._arguments(given, card)
        return Example(
            tool=tool,
            expect=Outcome(expect),
            place=node.at,
            arguments=arguments,
            facts=FactsReader(
                self._read, _facts_alone(given, card), stated_by(card, arguments)
            ).facts(),
            usage=self._usage(given),
            organisation=self._read.text(given.get("organisation")) or "",
            at=self._read.parsed(given.get("at"), parse_moment),
        )

    def _given(self, entry: Entry | None, card: ToolCard) -> Mapping[str, Entry]:
        """The entries of `with`, each an argument by which the tool varies or a fact."""
        if entry is None:
            return {}
        if not isinstance(entry.value, Table):
            self._read.findings.add(
                entry.value.at, "`with` has arguments and facts, such as `{ type: bill }`"
            )
            return {}
        words = [*_varying(card), *WITH]
        for key, given in entry.value.entries.items():
            if key not in words:
                what = f"an argument or fact that an example of {card.name} can give"
                self._read.findings.add(given.at, unknown(key, words, what))
        given = {key: each for key, each in entry.value.entries.items() if key in words}
        if "total" in given and "amount" in given:
            self._read.findings.add(given["amount"].at, "`amount` says `total` again: give one")
        return given

    def _arguments(self, given: Mapping[str, Entry], card: ToolCard) -> Mapping[str, str]:
        arguments: dict[str, str] = {}
        for name, varies in _varying(card).items():
            value = self._read.choice(
                given.get(name), list(varies.values), f"a value of `{name}` for {card.name}"
            )
            if value is not None:
                arguments[varies.argument] = value
        return MappingProxyType(arguments)

    def _usage(self, given: Mapping[str, Entry]) -> Usage:
        def count(word: str) -> int:
            return self._read.parsed(given.get(word), parse_count) or 0

        def money(word: str) -> Mapping[str, Decimal]:
            spent = self._read.parsed(given.get(word), parse_positive_money)
            return MappingProxyType({spent.currency: spent.amount} if spent else {})

        return Usage(
            writes_last_hour=count("writes_last_hour"),
            money_today=money("money_today"),
            money_of_contact=money("money_of_contact"),
            xero_calls_last_minute=count("xero_calls_last_minute"),
            xero_calls_today=count("xero_calls_today"),
            rows_read_today=count("rows_read_today"),
        )


def stated_by(card: ToolCard, arguments: Mapping[str, str]) -> Mapping[str, str]:
    """What the arguments say of the document, with the tool's own defaults."""
    said = {
        varies.argument: varies.default
        for varies in (card.area_by, card.access_by, card.report_by)
        if varies is not None and varies.default is not None
    }
    return {name.strip("()"): value for name, value in {**said, **arguments}.items()}


def _facts_alone(given: Mapping[str, Entry], card: ToolCard) -> Mapping[str, Entry]:
    """Without what is an argument of this tool: `status` is a fact only where it is none."""
    arguments = _varying(card)
    return {word: entry for word, entry in given.items() if word not in arguments}


def _varying(card: ToolCard) -> Mapping[str, Varies]:
    """The arguments by which the tool's area, level or report varies, as an example names them.

    One in brackets, `(type)`, is no argument: it is found out by reading. An example says it
    like any other.
    """
    found = (card.area_by, card.access_by, card.report_by)
    return {varies.argument.strip("()"): varies for varies in found if varies is not None}


def parse_moment(text: str) -> datetime:
    """A moment without a zone: the file's hours say which zone it is in."""
    try:
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"{shown(text)} is not a moment such as 2026-09-14 10:00")
