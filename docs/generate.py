"""Write everything in the repository that is derived from the code; `--check` only compares.

    python docs/generate.py [--check]

A fact about a tool, a setting, an error code or a policy word is said once, in the code.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from xero_mcp.policy.reference import reference
from xero_mcp.policy.schema import schema_text
from xero_mcp.settings import TABLE
from xero_mcp.tools.catalog import CATALOG
from xero_mcp.tools.index import load_cards

ROOT = Path(__file__).resolve().parent.parent
COSTS = """Bytes: the tool's part of a `tools/list` answer, as compact JSON. Requests: what one
call costs in Xero once the reference data is cached; a tool that answers from many documents
says in its description how many. Another tool stands for what a tool reaches `also`.
"""
ASKED = """Where a policy's rules turn on facts that only Xero knows, the server reads them first,
at most these, once for each call:
"""
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
        text = json.dumps(shown, indent=1, ensure_ascii=False, sort_keys=True)
        yield ROOT / "tests" / "snapshots" / f"{tool.name}.json", f"{text}\n"


def tools_table() -> str:
    lines = ["| tool | area | access | what it does |", "|---|---|---|---|"]
    for tool in sorted(CATALOG, key=lambda one: one.name):
        card = tool.card
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
        "\n## What each costs and reaches\n",
        COSTS,
        "| tool | bytes | requests | reaches | scopes | says in the log |",
        "|---|---|---|---|---|---|",
    ]
    total = 0
    for tool in sorted(CATALOG, key=lambda one: one.name):
        card = tool.card
        listed = {
            "name": card.name,
            "title": card.title,
            "description": card.description,
            "inputSchema": card.input_schema,
            "outputSchema": card.output_schema,
            "annotations": card.annotations,
        }
        size = len(json.dumps(listed, ensure_ascii=False, separators=(",", ":")).encode())
        total += size
        own = [f"`{reach}`" for reach in card.reaches]
        reaches = "<br>".join([*own, *(f"also `{reach}`" for reach in card.also)])
        reaches = reaches or "nothing in Xero"
        requests = "several" if card.also else 1 if card.reaches else 0
        parts.append(
            f"| `{card.name}` | {size} | {requests} | {reaches} | {', '.join(card.scopes) or '-'} "
            f"| {card.says} |"
        )
    parts.append(f"\nAll tools together: {total} bytes.")
    asked = [
        f"- `{tool.name}`: {', '.join(f'`{reach}`' for reach in tool.card.asks)}"
        for tool in CATALOG
        if tool.card.asks
    ]
    parts.append(f"\n{ASKED}\n" + "\n".join(sorted(asked)))
    return "\n".join(parts) + "\n"


def settings_page() -> str:
    rows = "\n".join(f"| `{one.name}` | {one.purpose} | {one.default or '-'} |" for one in TABLE)
    return (
        "# Settings\n\nGenerated from `xero_mcp/settings.py` by `python docs/generate.py`.\n\n"
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
