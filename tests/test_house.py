"""The rules of the house that no linter knows."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from inspect import isclass
from pathlib import Path
from types import ModuleType
from typing import Any, cast, get_args

import pytest
from pydantic import BaseModel

from xero_mcp.errors import ErrorCode
from xero_mcp.settings_table import TABLE
from xero_mcp.tool.args import Args
from xero_mcp.tool.declare import Tool
from xero_mcp.tool.phrase import needed_slots, phrase, slots
from xero_mcp.tools.catalog import CATALOG
from xero_mcp.tools.fronts import FRONTS
from xero_mcp.tools.index import load_cards
from xero_mcp.transport.server import INSTRUCTIONS

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "xero_mcp"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 50
MAX_DESCRIPTION = 400
MAX_INSTRUCTIONS = 2_048
VERB_NOUN = re.compile(r"[a-z]+(-[a-z]+)+")
QUESTION = "what-can-i-do"
"""The one name that is a question: it is what an agent asks first."""
BANNED_NAMES = {"utils", "helpers", "manager", "handler", "common", "misc"}
NOT_TO_START = {"typer", "rich", "authlib", "joserfc", "ruamel", "psycopg", "platformdirs"}
"""Loaded where a call, a policy or a command needs them, never to start a server.

What mcp itself brings (uvicorn, click, starlette, httpx2) cannot be kept out.
"""
START = """
import json, sys
import xero_mcp.cli.serve, xero_mcp.app, xero_mcp.transport.stdio, xero_mcp.transport.server
print(json.dumps(sorted(sys.modules)))
"""
TOOLS = [pytest.param(tool, id=tool.name) for tool in CATALOG]
AnyTool = Tool[Any, Any]
FRONT_NAMES = {front.name for front in FRONTS}


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=shown)
def test_files_and_functions_stay_small(path: Path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_FILE_LINES
    assert path.stem not in BANNED_NAMES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            # A command's options are a table in its signature: what counts is what it does.
            first = node.body[0] if path.parent.name == "cli" else node
            assert (node.end_lineno or 0) - first.lineno < MAX_FUNCTION_LINES, node.name


def tool_modules() -> Iterator[ModuleType]:
    for path in sorted((PACKAGE / "tools").rglob("[!_]*.py")):
        yield import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def test_every_declared_tool_is_in_the_catalogue():
    things = [thing for module in tool_modules() for thing in vars(module).values()]
    declared = {cast("AnyTool", thing).name for thing in things if isinstance(thing, Tool)}
    assert declared == {tool.name for tool in CATALOG}


def test_names_are_unique_and_say_verb_and_noun():
    names = [tool.name for tool in CATALOG]
    assert names == sorted(set(names))
    aliases = [alias for tool in CATALOG for alias in tool.card.aliases]
    assert len(set(aliases)) == len(aliases)
    assert not set(aliases) & (set(names) | FRONT_NAMES)
    said = {*names, *FRONT_NAMES} - {QUESTION}
    assert all(VERB_NOUN.fullmatch(name) for name in said)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_description_says_it_in_few_words(tool: AnyTool):
    assert 0 < len(tool.description) <= MAX_DESCRIPTION
    first = tool.description.splitlines()[0]
    assert first.endswith((".", ":"))


@pytest.mark.parametrize("tool", TOOLS)
def test_no_float_comes_in_or_goes_out(tool: AnyTool):
    for model in (tool.args, tool.result):
        for path, inner in models_in(model):
            for name, argument in inner.model_fields.items():
                assert "float" not in str(argument.annotation), f"{path}{name}"
    for schema in (tool.card.input_schema, tool.card.output_schema):
        kinds = [node.get("type") for node in nodes(schema)]
        assert not [kind for kind in kinds if "number" in (kind or ())]


@pytest.mark.parametrize("tool", TOOLS)
def test_arguments_are_closed_at_every_level(tool: AnyTool):
    for _, model in models_in(tool.args):
        assert model.model_config.get("extra") == "forbid"
        assert model.model_config.get("strict") is True
        assert issubclass(model, Args)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_sentence_of_a_tool_renders(tool: AnyTool):
    said = tool.card.says
    assert slots(said) <= set(tool.args.model_fields)
    for names in (needed_slots(said), slots(said)):
        values = dict.fromkeys(names, "value")
        filled = phrase(said, values)
        assert "{" not in filled
        assert "  " not in filled
        assert filled[:1].islower()
        assert not filled.endswith(".")


@pytest.mark.parametrize("tool", TOOLS)
def test_the_shipped_index_is_the_declaration(tool: AnyTool):
    card = load_cards()[tool.name]
    assert json.loads(json.dumps(card.as_json())) == json.loads(json.dumps(tool.card.as_json()))


def test_what_is_generated_is_fresh():
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    folder = ROOT / "tests" / "snapshots"
    assert {path.stem for path in folder.glob("*.json")} == {tool.name for tool in CATALOG}
    assert {path.stem for path in (folder / "listed").glob("*.json")} == FRONT_NAMES


TESTS = "\n".join(
    path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "tests" / "wire").rglob("test_*.py"))
)


@pytest.mark.parametrize("name", sorted({tool.name for tool in CATALOG} | FRONT_NAMES))
def test_every_tool_is_called_by_name_through_a_real_client_in_some_test(name: str):
    assert f'"{name}"' in TESTS


def test_the_instructions_fit_and_name_only_tools_that_are_listed():
    assert len(INSTRUCTIONS) <= MAX_INSTRUCTIONS
    listed = {tool.card.listed_name for tool in CATALOG}
    named = set(re.findall(r"\b(?:list|get|create|run|what|save)-[a-z-]+\b", INSTRUCTIONS))
    assert len(named) > 5
    assert named <= listed


NOT_LISTED = {tool.name for tool in CATALOG} - {tool.card.listed_name for tool in CATALOG}


@pytest.mark.parametrize("path", [*SOURCES, ROOT / "README.md"], ids=shown)
def test_no_text_sends_an_agent_to_a_tool_that_is_not_listed(path: Path):
    """Some hosts let an agent call only what is listed."""
    text = path.read_text(encoding="utf-8")
    told = [text] if path.suffix == ".md" else texts_told(ast.parse(text))
    assert names_in(told) & NOT_LISTED == set()


@pytest.mark.parametrize("tool", TOOLS)
def test_no_schema_sends_an_agent_to_a_tool_that_is_not_listed(tool: AnyTool):
    shown = json.dumps(tool.card.input_schema)
    assert names_in([tool.description, shown]) & NOT_LISTED == set()


def names_in(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for name in re.findall(r"[a-z]+(?:-[a-z]+)+", text)}


def texts_told(tree: ast.Module) -> Iterator[str]:
    """Texts of more than a word, which is a name in code, and no docstrings."""
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in bare:
            told = str(node.value)
            if " " in told:
                yield told


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_error_code_is_explained(code: ErrorCode):
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert f"## {code.value}\n" in page
    part = page.partition(f"## {code.value}\n")[2].partition("\n## ")[0]
    for word in ("**When:**", "**An agent:**", "**A person:**"):
        assert word in part, f"{code}: {word}"


def test_no_error_code_is_explained_that_does_not_exist():
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    titles = re.findall(r"^## ([A-Z_]+)$", page, flags=re.MULTILINE)
    assert sorted(titles) == sorted(code.value for code in ErrorCode)


def test_every_setting_is_documented():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for setting in TABLE:
        assert f"| `{setting.name}` |" in page


def test_starting_a_server_loads_no_library_that_it_does_not_need():
    done = subprocess.run(
        [sys.executable, "-c", START],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert not loaded & NOT_TO_START
    rooms = {name for name in json.loads(done.stdout) if name.startswith("xero_mcp.")}
    assert not [name for name in rooms if name.startswith("xero_mcp.demo_company")]
    assert not rooms & {f"xero_mcp.tools.{module}" for module in ("catalog", "invoices", "reports")}


def nodes(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every schema within a schema, itself first."""
    yield schema
    for inner in schema.get("properties", {}).values():
        yield from nodes(inner)
    if "items" in schema:
        yield from nodes(schema["items"])


def models_in(
    model: type[BaseModel], path: str = "", depth: int = 0
) -> Iterator[tuple[str, type[BaseModel]]]:
    """A model and the models inside its fields, each with the way to it."""
    assert depth < 10, "models nest too deep"
    yield path, model
    for name, argument in model.model_fields.items():
        for inner in classes_in(argument.annotation):
            yield from models_in(inner, f"{path}{name}.", depth + 1)


def classes_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from classes_in(part)
