"""The tools that a policy file may name.

A name under which several tools are listed stands for all of them in a list of tools; where one
tool is meant, the file must say which.
"""

from collections.abc import Iterable

from xero_mcp.policy.document import Entry
from xero_mcp.policy.plain import one_of
from xero_mcp.policy.problem import Place
from xero_mcp.policy.read import Reader, unknown
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.stated import argument_values


class ToolNames:
    """Every tool by its name; an alias is not one, since a rule for it would look like two."""

    def __init__(self, cards: Iterable[ToolCard]) -> None:
        self.cards = {card.name: card for card in cards}
        self._aliases = {alias: card.name for card in self.cards.values() for alias in card.aliases}
        self._behind: dict[str, list[str]] = {}
        for card in self.cards.values():
            if card.listed_name not in self.cards:
                self._behind.setdefault(card.listed_name, []).append(card.name)

    @property
    def for_lists(self) -> tuple[str, ...]:
        """Every name that a list of tools may have."""
        return tuple(sorted((*self.cards, *self._behind)))

    def card(self, name: str, at: Place, read: Reader) -> ToolCard | None:
        """The card of that name, or a finding."""
        card = self.cards.get(name)
        if card is None:
            read.findings.add(at, self._not_known(name))
        return card

    def names(self, entry: Entry | None, read: Reader) -> frozenset[str]:
        """The tools of a list."""
        found: set[str] = set()
        for name, at in read.texts(entry, "tools"):
            if name in self.cards:
                found.add(name)
            elif name in self._behind:
                found.update(self._behind[name])
            else:
                read.findings.add(at, self._not_known(name))
        return frozenset(found)

    def values_of(self, argument: str) -> tuple[str, ...]:
        """The values that an argument of this name can have, in the tools that write."""
        found: set[str] = set()
        for card in self.cards.values():
            if card.writes:
                found |= argument_values(card.input_schema, argument)
                for varies in (card.area_by, card.access_by):
                    if varies is not None and varies.argument.strip("()") == argument:
                        found |= set(varies.values)
        return tuple(sorted(found))

    def _not_known(self, name: str) -> str:
        if name in self._aliases:
            return f"`{name}` is another name of a tool: write `{self._aliases[name]}`"
        if name in self._behind:
            return f"`{name}` stands for several tools: write {one_of(self._behind[name])}"
        return unknown(name, self.cards, "a tool")
