"""The shipped index of tools: every card, read without importing a single tool.

`index.json` is generated from the declarations (`python docs/generate.py`); a test fails
where it is stale. With it a server lists a hundred tools as fast as ten.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from xero_mcp.tool.card import ToolCard

INDEX_FILE = Path(__file__).with_name("index.json")


def load_cards() -> Mapping[str, ToolCard]:
    """Every tool's card by name, sorted by name."""
    rows = json.loads(INDEX_FILE.read_text(encoding="utf-8"))
    cards = sorted((ToolCard.from_json(row) for row in rows), key=lambda card: card.name)
    return MappingProxyType({card.name: card for card in cards})
