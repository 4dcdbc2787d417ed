"""What the operator's flags take away from every agent of this server; they never add anything."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.tool.access import Area
from xero_mcp.tool.card import ToolCard

ALWAYS: Final = frozenset({Area.ORGANISATION})
"""What an agent is told of itself and of its organisations."""
SETS: Final[Mapping[str, frozenset[Area]]] = MappingProxyType(
    {
        "sales": frozenset(
            {
                Area.CONTACTS,
                Area.INVOICES,
                Area.CREDIT_NOTES,
                Area.QUOTES,
                Area.PAYMENTS,
                Area.ITEMS,
                Area.REPEATING_INVOICES,
            }
        ),
        "purchases": frozenset(
            {
                Area.CONTACTS,
                Area.BILLS,
                Area.CREDIT_NOTES,
                Area.PURCHASE_ORDERS,
                Area.PAYMENTS,
                Area.ITEMS,
            }
        ),
        "bank": frozenset({Area.ACCOUNTS, Area.BANK_TRANSACTIONS, Area.BANK_TRANSFERS}),
        "ledger": frozenset(
            {
                Area.ACCOUNTS,
                Area.TAX_RATES,
                Area.TRACKING,
                Area.CURRENCIES,
                Area.JOURNALS,
                Area.MANUAL_JOURNALS,
            }
        ),
        "reporting": frozenset({Area.ACCOUNTS, Area.BUDGETS, Area.REPORTS}),
    }
)
"""Several areas under one name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """`--toolsets` and `--read-only`, as the gate holds every call to them."""

    areas: frozenset[Area] | None = None
    """None: all of them."""
    read_only: bool = False

    @classmethod
    def of(cls, toolsets: Iterable[str], *, read_only: bool) -> "Narrowing":
        """From the words of the command line.

        Raises:
            ValueError: a word is neither an area nor a set; with the words that are.
        """
        areas: set[Area] = set()
        known = {**{area.value: frozenset({area}) for area in Area}, **SETS}
        asked = [word.strip() for word in toolsets]
        for word in asked:
            if word not in known:
                raise ValueError(
                    f"{word!r} is no toolset. There are {', '.join(SETS)}; and each area: "
                    f"{', '.join(Area)}."
                )
            areas |= known[word]
        return cls(areas=frozenset(areas) if asked else None, read_only=read_only)

    def shows(self, card: ToolCard) -> bool:
        """Whether some call of this tool could pass."""
        if card.tells_of:
            return bool(self.leaves(card.tells_of))
        return not (self.read_only and card.writes) and any(map(self._has, _areas(card, {})))

    def leaves(self, areas: Iterable[Area]) -> frozenset[Area]:
        """Those of these areas that the flags do not take away."""
        return frozenset(filter(self._has, areas))

    def must_allow(self, card: ToolCard, arguments: Mapping[str, object]) -> None:
        """Hold one call to the flags; without arguments, the tool as such.

        Raises:
            XeroMcpError: NOT_ALLOWED, with the flag.
        """
        if self.read_only and card.writes:
            raise _taken_away("--read-only", "it changes nothing in Xero")
        areas = _areas(card, arguments)
        allowed = [self._has(area) for area in areas]
        if not (all(allowed) if arguments else any(allowed)):
            named = ", ".join(areas)
            raise _taken_away("--toolsets", f"{named} is not among its toolsets")

    def _has(self, area: str) -> bool:
        return self.areas is None or area in ALWAYS or area in self.areas


def _areas(card: ToolCard, arguments: Mapping[str, object]) -> tuple[str, ...]:
    return card.area_by.of(arguments) if card.area_by else (card.area.value,)


def _taken_away(flag: str, why: str) -> XeroMcpError:
    return XeroMcpError(
        f"This server was started with {flag}: {why}.",
        code=ErrorCode.NOT_ALLOWED,
        next_step=f"Do not try another way. Whoever starts the server may change {flag}.",
    )
