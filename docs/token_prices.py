"""What the tools cost an agent before it does anything: the part of `docs/tools.md` on bytes."""

import json
from collections.abc import Iterable
from pathlib import Path

from xero_mcp.clock import SystemClock
from xero_mcp.policy.load import load_policy
from xero_mcp.policy.reach import visible
from xero_mcp.policy.showing import as_shown
from xero_mcp.tool.access import Area
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.meant import Fronts
from xero_mcp.tools.fronts import FRONTS
from xero_mcp.transport.server import as_tool

BOOKKEEPER = Path(__file__).resolve().parent.parent / "policies" / "bookkeeper.yaml"
MAX_CATALOGUE_BYTES = 60_000
MAX_BOOKKEEPER_BYTES = 24_000
MAX_TOOL_BYTES = 2_000
MAX_HUNDRED_INVOICES_BYTES = 15_000
TABLE = """
## Token prices

Compact JSON, as it goes over the wire; `tests/wire/test_token_prices.py` measures each with a
real client. A policy's own list is shorter: it leaves out the tools and the choices that the
policy could never allow, and `organisation` where there is just one.

| what | bytes | at most |
|---|---|---|
| all {listed} listed, for an agent of several organisations | {catalogue:,} | {max_catalogue:,} |
| the same, for an agent of one organisation | {alone:,} | |
| the {tools} tools that `policies/bookkeeper.yaml` shows | {bookkeeper:,} | {max_bookkeeper:,} |
| the largest tool, `{largest}` | {largest_bytes:,} | {max_tool:,} |
| 100 invoices from `list-invoices` | as many as their words take | {max_list:,} |
"""


def size_of(thing: object) -> int:
    """Bytes of compact JSON."""
    return len(json.dumps(thing, ensure_ascii=False, separators=(",", ":")).encode())


def bytes_of(card: ToolCard) -> int:
    """The tool's part of a `tools/list` answer."""
    return size_of(as_tool(card).model_dump(mode="json", by_alias=True, exclude_none=True))


def together(cards: Iterable[ToolCard]) -> int:
    """The list of them, brackets and commas too."""
    sizes = [bytes_of(card) for card in cards]
    return sum(sizes) + max(len(sizes) - 1, 0) + len("[]")


def as_listed(cards: Iterable[ToolCard]) -> list[ToolCard]:
    """The tools as `tools/list` has them: several may stand behind one front."""
    every = list(cards)
    return Fronts(FRONTS, every).listed(every)


def of_bookkeeper(cards: Iterable[ToolCard]) -> list[ToolCard]:
    """What the shipped bookkeeper is shown."""
    return shown_by(BOOKKEEPER.read_bytes(), BOOKKEEPER.name, cards)


def shown_by(policy_file: bytes, name: str, cards: Iterable[ToolCard]) -> list[ToolCard]:
    """What the agent of a policy is shown."""
    every = list(cards)
    policy = load_policy(policy_file, file=name, cards=every).policy
    if policy is None:
        raise SystemExit(f"{name} is no good policy: run xero-mcp policy check")
    seen = visible(policy, every, at=SystemClock().now())
    return as_listed(as_shown(policy, card) for card in seen)


EVERYTHING = """\
agent: everything
purpose: Sees every tool.
owner: finance@example.com
organisations: [Demo Company (Global)]
access: {{ {areas} }}
"""


def in_one_organisation(cards: Iterable[ToolCard]) -> list[ToolCard]:
    """What an agent is shown that may do everything in one organisation."""
    areas = ", ".join(f"{area}: full" for area in Area)
    return shown_by(EVERYTHING.format(areas=areas).encode(), "everything.yaml", cards)


def token_prices(cards: Iterable[ToolCard]) -> str:
    """The part of the page."""
    every = list(cards)
    listed = as_listed(every)
    seen = of_bookkeeper(every)
    largest = max(listed, key=bytes_of)
    return TABLE.format(
        listed=len(listed),
        catalogue=together(listed),
        max_catalogue=MAX_CATALOGUE_BYTES,
        alone=together(in_one_organisation(every)),
        tools=len(seen),
        bookkeeper=together(seen),
        max_bookkeeper=MAX_BOOKKEEPER_BYTES,
        largest=largest.name,
        largest_bytes=bytes_of(largest),
        max_tool=MAX_TOOL_BYTES,
        max_list=MAX_HUNDRED_INVOICES_BYTES,
    )
