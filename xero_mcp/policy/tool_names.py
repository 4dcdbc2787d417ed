"""The tools that a policy file may name."""

from collections.abc import Iterable

from xero_mcp.policy.document import Entry
from xero_mcp.policy.problem import Place
from xero_mcp.policy.read import Reader, unknown
from xero_mcp.policy.vocabulary import LATER_TOOLS
from xero_mcp.tool.card import ToolCard


class ToolNames:
    """Every tool by its name; an alias is not one, since a rule for it would look like two."""

    def __init__(self, cards: Iterable[ToolCard]) -> None:
        self.cards = {card.name: card for card in cards}
        self._aliases = {alias: card.name for card in self.cards.values() for alias in card.aliases}

    def card(self, name: str, at: Place, read: Reader) -> ToolCard | None:
        """The card of that name, or a finding."""
        card = self.cards.get(name)
        if card is None:
            read.findings.add(at, self._not_known(name))
        return card

    def names(self, entry: Entry | None, read: Reader) -> frozenset[str]:
        """The tools of a list. One that a later version brings is taken, with a note."""
        found: set[str] = set()
        for name, at in read.texts(entry, "tools"):
            if name in self.cards:
                found.add(name)
            elif name in LATER_TOOLS:
                found.add(name)
                read.findings.note(at, f"`{name}` is not a tool of this version yet")
            else:
                read.findings.add(at, self._not_known(name))
        return frozenset(found)

    def _not_known(self, name: str) -> str:
        if name in self._aliases:
            return f"`{name}` is another name of a tool: write `{self._aliases[name]}`"
        return unknown(name, self.cards, "a tool")
