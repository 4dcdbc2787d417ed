"""Which tool reaches which of Xero's operations: the coverage table of `docs/tools.md`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from xero_mcp.demo_company.operations import Operation, operations
from xero_mcp.tool.card import ToolCard
from xero_mcp.tools.index import load_cards

LEFT_OUT = """Left out, as {resources}: Xero gives their scopes to certified apps alone, or has
ended them."""
INTRODUCTION = """
## Which tool reaches what

Each of Xero's operations, and the one tool through which it is reached.
"""


def reached_by(cards: Mapping[str, ToolCard]) -> dict[str, list[str]]:
    """Operation, as `GET /Invoices` -> the tools that stand for it."""
    found = defaultdict[str, list[str]](list)
    for card in cards.values():
        for reach in card.reaches:
            found[str(reach)].append(card.name)
    return dict(found)


def name_of(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def wrong(cards: Mapping[str, ToolCard]) -> Iterator[str]:
    """What the table could not say: forgotten, reached twice, or not one of Xero's."""
    reached = reached_by(cards)
    known = {name_of(one) for one in operations()}
    yield from (f"{name} is no operation of Xero's" for name in reached if name not in known)
    for card in cards.values():
        for reach in (*card.also, *card.asks):
            if str(reach) not in known:
                yield f"{card.name} reads {reach}, which is no operation of Xero's"
            elif str(reach) not in reached:
                yield f"{card.name} reads {reach}, which no tool stands for"
    for one in operations():
        tools = reached.get(name_of(one), [])
        if one.offered and len(tools) != 1:
            yield f"{name_of(one)} is reached by {', '.join(tools) or 'no tool'}"
        if not one.offered and tools:
            yield f"{name_of(one)} is not offered and yet reached by {', '.join(tools)}"


def _as_listed(tool: str, cards: Mapping[str, ToolCard]) -> str:
    """The tool, and the name under which an agent sees it, where that is another."""
    listed = cards[tool].listed_name
    return f"`{tool}`" if listed == tool else f"`{listed}` (`{tool}`)"


def operations_table() -> str:
    """The operations of each resource in the order of their tools."""
    cards = load_cards()
    reached = reached_by(cards)
    lines = [INTRODUCTION, "| resource | operation | tool |", "|---|---|---|"]
    for one in sorted(operations(), key=lambda one: one.resource):
        if one.offered:
            tools = ", ".join(_as_listed(tool, cards) for tool in reached.get(name_of(one), ()))
            tools = tools or "MISSING"
            lines.append(f"| {one.resource} | `{name_of(one)}` | {tools} |")
    apart = dict.fromkeys(one.resource for one in operations() if not one.offered)
    apart.pop("BrandingThemes", None)
    lines.append(f"\n{LEFT_OUT.format(resources=', '.join(apart))}\n")
    return "\n".join(lines)
