"""Write everything in the repository that is derived from the code; `--check` only compares.

    python docs/generate.py [--check]

A fact about a tool, a setting, an error code or a policy word is said once, in the code.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from operations_table import operations_table
from token_prices import as_listed, bytes_of, together, token_prices

from xero_mcp.policy.reference import reference
from xero_mcp.policy.schema import schema_text
from xero_mcp.settings_table import TABLE
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.declare import Tool
from xero_mcp.tools.catalog import CATALOG
from xero_mcp.tools.index import load_cards

ROOT = Path(__file__).resolve().parent.parent
SNAPSHOTS = ROOT / "tests" / "snapshots"
COSTS = """Bytes: the tool's part of a `tools/list` answer, as compact JSON. Requests: what one
call costs in Xero once the reference data is cached; a tool that answers from many documents
says in its description how many. A list that the server keeps costs none; one of its records
read afresh, `users`, and each part of the organisation that is asked for besides cost one.
Another tool stands for what a tool reaches `also`.
"""
ASKED = """Where a policy's rules turn on facts that only Xero knows, the server reads them first,
at most these, once for each call:
"""
FRONTED = """Some of them stand for several tools: an agent chooses among fewer, and says by `kind`
(or `of`) which is meant. What stands behind keeps its name: policies, approvals and the audit log
know it by that, and a call by that name is answered too.
"""
AnyTool = Tool[Any, Any]
BEGIN, END = "<!-- generated: {name} -->", "<!-- end of generated -->"


def index_json() -> str:
    rows = sorted((tool.card.as_json() for tool in CATALOG), key=lambda row: row["name"])
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
    return f"[\n{lines}\n]\n"


def snapshots() -> Iterator[tuple[Path, str]]:
    for tool in CATALOG:
        shown = {
            key: value
            for key, value in tool.card.as_json().items()
            if key not in {"says", "scopes"}
        }
        yield SNAPSHOTS / f"{tool.name}.json", _pretty(shown)
    for card in listed():
        if card.stands_for:
            schemas = {"input_schema": card.input_schema, "output_schema": card.output_schema}
            yield (
                SNAPSHOTS / "listed" / f"{card.name}.json",
                _pretty(
                    {**schemas, "annotations": card.annotations, "stands_for": card.stands_for}
                ),
            )


def _pretty(shown: Mapping[str, Any]) -> str:
    return json.dumps(shown, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def listed() -> list[ToolCard]:
    """The tools as an agent of everything is shown them."""
    return as_listed(tool.card for tool in sorted(CATALOG, key=lambda one: one.name))


def tools_table() -> str:
    lines = ["| tool | area | access | what it does |", "|---|---|---|---|"]
    for card in listed():
        areas = card.area_by.values.values() if card.area_by else [card.area.value]
        levels = card.access_by.values.values() if card.access_by else [card.access.value]
        lines.append(
            f"| `{card.name}` | {' or '.join(dict.fromkeys(areas))} "
            f"| {' or '.join(dict.fromkeys(levels))} | {card.description.splitlines()[0]} |"
        )
    return "\n".join(lines)


def tools_page() -> str:
    parts = [
        "# Tools\n\nGenerated from the declarations by `python docs/generate.py`.\n",
        tools_table(),
        token_prices(tool.card for tool in CATALOG),
        "## What each costs and reaches\n",
        COSTS,
        "| tool | bytes | requests | reaches | scopes | says in the log |",
        "|---|---|---|---|---|---|",
    ]
    tools = {tool.name: tool for tool in CATALOG}
    parts += [_cost(card, tools) for card in listed()]
    parts.append(
        f"\nAll that are listed together: {together(listed())} bytes.\n\n{FRONTED}\n"
        "| listed as | kind | tool, as policies and records name it | requests | reaches | scopes "
        "| says in the log |\n|---|---|---|---|---|---|---|"
    )
    parts += [row for card in listed() for row in _behind(card, tools)]
    asked = [
        f"- `{tool.name}`: {', '.join(f'`{reach}`' for reach in tool.card.asks)}"
        for tool in CATALOG
        if tool.card.asks
    ]
    parts.append(f"\n{ASKED}\n" + "\n".join(sorted(asked)))
    parts.append(operations_table())
    return "\n".join(parts) + "\n"


def _cost(card: ToolCard, tools: Mapping[str, AnyTool]) -> str:
    behind = dict.fromkeys(card.stands_for.values())
    if not behind:
        requests = str(_requests(tools[card.name]))
        return f"| `{card.name}` | {bytes_of(card)} | {requests} | {_row(card)} |"
    requests = " or ".join(sorted({str(_requests(tools[name])) for name in behind}))
    names = ", ".join(f"`{name}`" for name in behind)
    return f"| `{card.name}` | {bytes_of(card)} | {requests} | stands for {names} | | |"


def _behind(card: ToolCard, tools: Mapping[str, AnyTool]) -> Iterator[str]:
    """A row for each tool behind a front, with the kinds that mean it."""
    for name in dict.fromkeys(card.stands_for.values()):
        kinds = [kind for kind, tool in card.stands_for.items() if tool == name]
        told = ", ".join(f"`{kind}`" for kind in kinds)
        tool = tools[name]
        yield f"| `{card.name}` | {told} | `{name}` | {_requests(tool)} | {_row(tool.card)} |"


def _requests(tool: AnyTool) -> str | int:
    if tool.card.also:
        return "several"
    kept = "age_seconds" in tool.result.model_fields
    return 1 if tool.card.reaches and not kept else 0


def _row(card: ToolCard) -> str:
    own = [f"`{reach}`" for reach in card.reaches]
    reaches = "<br>".join([*own, *(f"also `{reach}`" for reach in card.also)])
    return f"{reaches or 'nothing in Xero'} | {', '.join(card.scopes) or '-'} | {card.says}"


def settings_page() -> str:
    rows = "\n".join(f"| `{one.name}` | {one.purpose} | {one.default or '-'} |" for one in TABLE)
    return (
        "# Settings\n\n"
        "Generated from `xero_mcp/settings_table.py` by `python docs/generate.py`.\n\n"
        "From the environment, or the same names in a file `.env` in the folder where the server "
        "starts; flags win over both. `xero-mcp doctor` shows each with where it came from, "
        "secrets masked.\n\n"
        f"| name | for | where it is not set |\n|---|---|---|\n{rows}\n"
    )


def between(path: Path, name: str, text: str) -> str:
    """The file with the part between its two marks replaced."""
    whole = path.read_text(encoding="utf-8")
    head, begin, rest = whole.partition(BEGIN.format(name=name))
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{path.name} has no part marked {BEGIN.format(name=name)}")
    return f"{head}{begin}\n{text}\n{end}{tail}"


def targets() -> Iterator[tuple[Path, Callable[[], str]]]:
    yield ROOT / "xero_mcp" / "tools" / "index.json", index_json
    yield ROOT / "docs" / "tools.md", tools_page
    yield ROOT / "docs" / "settings.md", settings_page
    yield ROOT / "README.md", lambda: between(ROOT / "README.md", "tools", tools_table())
    cards = load_cards().values()
    page = ROOT / "docs" / "policy.md"
    yield page, lambda: between(page, "policy", reference(cards))
    yield ROOT / "policies" / "policy.schema.json", lambda: schema_text(cards)
    for path, text in snapshots():
        yield path, lambda text=text: text


def main() -> int:
    parser = argparse.ArgumentParser(description="Write what is derived from the code.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 where stale")
    check = parser.parse_args().check
    stale: list[str] = []
    for path, text in targets():
        wanted = text()
        if path.is_file() and path.read_text(encoding="utf-8") == wanted:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted, encoding="utf-8")
    if stale:
        print(f"{'stale' if check else 'written'}: {', '.join(stale)}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
