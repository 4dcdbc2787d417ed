"""What an agent is shown of each tool: described, plain, complete; and rules that can fail."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from pydantic_core import PydanticUndefined

from tests.schema_rules import HINTS, faults_of
from xero_mcp.errors import XeroMcpError
from xero_mcp.tool.args import parse_args
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.declare import Tool
from xero_mcp.tools.catalog import CATALOG

TOOLS = [pytest.param(tool, id=tool.name) for tool in CATALOG]
AnyTool = Tool[Any, Any]
Schema = dict[str, Any]


@pytest.mark.parametrize("tool", TOOLS)
def test_an_agent_is_shown_every_argument_described_and_plain(tool: AnyTool):
    assert faults_of(tool.card) == []


@pytest.mark.parametrize("tool", TOOLS)
def test_a_default_that_is_not_shown_is_the_one_that_a_reader_supposes(tool: AnyTool):
    for name, node in tool.card.input_schema["properties"].items():
        field = tool.args.model_fields[name]
        if field.default in (None, False, PydanticUndefined) or "default" in node:
            continue
        assert field.default in (*node.get("enum", (0, 1))[:1], 0, 1), name


@pytest.mark.parametrize("tool", TOOLS)
def test_an_argument_that_there_is_not_is_refused_though_the_schema_does_not_say_so(tool: AnyTool):
    with pytest.raises(XeroMcpError) as refused:
        parse_args(tool.args, {"no_such_argument": "x"})
    assert "no_such_argument" in {detail.path for detail in refused.value.details}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_wrong_answer_fails_the_declared_schema(tool: AnyTool):
    schema: Schema = dict(tool.card.output_schema)
    right = {name: EXAMPLES[node["type"]](node) for name, node in schema["properties"].items()}
    jsonschema.validate(right, schema)
    wrong: list[Mapping[str, object]] = [{}, {"error": {"code": "NOT_ALLOWED"}}]
    for name in right:
        wrong.append({**right, name: None})
        wrong.append({one: value for one, value in right.items() if one != name})
    for answer in wrong:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(answer, schema)


EXAMPLES: Mapping[str, Callable[[Schema], object]] = {
    "string": lambda node: node.get("enum", [""])[0],
    "integer": lambda _: 1,
    "boolean": lambda _: True,
    "array": lambda _: [],
    "object": lambda _: {},
}

INVOICES = next(tool for tool in CATALOG if tool.name == "save-invoices").card
LINE = ("invoices", "items", "lines", "items")


def changed(card: ToolCard, way: tuple[str, ...], change: Mapping[str, object]) -> ToolCard:
    """The card with one argument's schema changed; a value of None takes the key away."""
    return replace(card, input_schema=_put(card.input_schema, way, change))


def _put(schema: Mapping[str, Any], way: tuple[str, ...], change: Mapping[str, object]) -> Schema:
    if not way:
        both = {**schema, **change}
        return {key: value for key, value in both.items() if value is not None}
    first, *rest = way
    if first == "items" and "items" in schema:
        return {**schema, "items": _put(schema["items"], tuple(rest), change)}
    fields: Schema = schema["properties"]
    return {**schema, "properties": {**fields, first: _put(fields[first], tuple(rest), change)}}


MISTAKES: Mapping[str, tuple[tuple[str, ...], Mapping[str, object], str]] = {
    "no description": (("status",), {"description": None}, "status has no description"),
    "an empty one": (("status",), {"description": " "}, "status has no description"),
    "none inside a list": (
        (*LINE, "tax_type"),
        {"description": None},
        "invoices[].lines[].tax_type has no description",
    ),
    "a choice of types": (
        ("status",),
        {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "status has anyOf",
    ),
    "a choice inside a list": (
        (*LINE, "quantity"),
        {"oneOf": [{"type": "string"}]},
        "invoices[].lines[].quantity has oneOf",
    ),
    "a title": (("type",), {"title": "Type"}, "type has title"),
    "no type": (("type",), {"type": None}, "type has no plain type"),
    "a number": (
        (*LINE, "unit_amount"),
        {"type": "number"},
        "invoices[].lines[].unit_amount has no plain type",
    ),
    "an object of anything": (
        ("status",),
        {"type": "object"},
        "status is an object of anything",
    ),
    "a list of anything": (
        ("invoices",),
        {"items": {}},
        "invoices[] has no plain type",
    ),
    "a list of any objects": (
        ("invoices",),
        {"items": {"type": "object"}},
        "invoices[] is an object of anything",
    ),
    "a name that is not there": ((), {"required": ["gone"]}, " requires what it does not have"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_rules_find_each_mistake_in_what_a_tool_takes(mistake: str):
    way, change, fault = MISTAKES[mistake]
    assert f"input: {fault}" in faults_of(changed(INVOICES, way, change))


@pytest.mark.parametrize("hint", HINTS)
@pytest.mark.parametrize("tool", TOOLS)
def test_the_rules_find_each_wrong_or_missing_annotation(tool: AnyTool, hint: str):
    card = tool.card
    wrong = {**card.annotations, hint: not card.annotations[hint]}
    assert any(hint in fault for fault in faults_of(replace(card, annotations=wrong)))
    missing = {name: value for name, value in card.annotations.items() if name != hint}
    assert any(hint in fault for fault in faults_of(replace(card, annotations=missing)))


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"type": "object", "properties": {"id": {}}, "required": ["id"]},
        {"type": "object", "properties": {"id": {"type": "string"}}},
        {"type": "object", "properties": {"id": {"anyOf": []}}, "required": ["id"]},
    ],
)
def test_the_rules_find_an_answer_that_is_not_told(schema: Schema):
    assert any(
        fault.startswith("output: ") for fault in faults_of(replace(INVOICES, output_schema=schema))
    )
