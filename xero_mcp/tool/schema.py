"""JSON Schemas that cost an agent few tokens: no titles, no `anyOf … null`, no references."""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel

from xero_mcp.tool.args import Args

MAX_DEPTH = 12
NOT_SHOWN = frozenset({"title", "$defs", "minLength", "maxLength", "minItems", "maxItems"})
"""Lengths are checked when a call comes; few agents count letters beforehand."""


def input_schema(model: type[Args]) -> dict[str, Any]:
    """The schema of a tool's arguments, closed at every level."""
    return _whole(model, mode="validation")


def output_schema(model: type[BaseModel]) -> dict[str, Any]:
    return _whole(model, mode="serialization")


def _whole(model: type[BaseModel], *, mode: str) -> dict[str, Any]:
    raw = model.model_json_schema(mode="validation" if mode == "validation" else "serialization")
    schema = _clean(raw, raw.get("$defs", {}), depth=0)
    schema.pop("description", None)
    if mode == "serialization":
        _only_required_without_default(schema, model)
        return _terse(schema)
    return schema


def _terse(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are always there and their types: the rest an agent reads in the answer."""
    fields: dict[str, dict[str, Any]] = schema["properties"]
    return {
        "type": "object",
        "properties": {name: _kind(fields[name]) for name in schema["required"]},
        "required": schema["required"],
    }


def _kind(field: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: field[key] for key in ("type", "format", "enum") if key in field}
    inner = field.get("items", {})
    if "type" in inner:
        kept["items"] = {"type": inner["type"]}
    return {} if kept == {"type": "string"} else kept  # text is what a field is, if nothing else


def _only_required_without_default(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """An answer leaves out what is absent, so only fields without a default are always there."""
    always = [name for name, field in model.model_fields.items() if field.is_required()]
    schema["required"] = always


def _clean(node: Mapping[str, Any], defs: Mapping[str, Any], *, depth: int) -> dict[str, Any]:
    if depth > MAX_DEPTH:
        raise ValueError("a schema nests too deep to be shown to an agent")
    if "$ref" in node:
        target = defs[node["$ref"].rsplit("/", 1)[1]]
        rest = {key: value for key, value in node.items() if key != "$ref"}
        inlined = _clean(target, defs, depth=depth + 1)
        if "description" in rest or depth > 0:
            inlined.pop("description", None)
        return inlined | _clean(rest, defs, depth=depth + 1)
    if "anyOf" in node:
        return _without_null(node, defs, depth=depth)
    shown: dict[str, Any] = {}
    for key, value in node.items():
        if key in NOT_SHOWN or _is_usual(key, value):
            continue
        shown[key] = _value(key, value, defs, depth=depth)
    return shown


def _is_usual(key: str, value: object) -> bool:
    """What a reader supposes anyway, or learns from where the value comes."""
    if key == "default":
        return value is None or value is False
    return key == "format" and value == "uuid"


def _without_null(
    node: Mapping[str, Any], defs: Mapping[str, Any], *, depth: int
) -> dict[str, Any]:
    options = [option for option in node["anyOf"] if option.get("type") != "null"]
    rest = {key: value for key, value in node.items() if key != "anyOf"}
    if len(options) != 1:
        raise ValueError("an argument takes one type; a choice of types confuses a model")
    return _clean(options[0] | rest, defs, depth=depth + 1)


def _value(key: str, value: object, defs: Mapping[str, Any], *, depth: int) -> object:
    if key == "properties":
        properties = cast("dict[str, dict[str, Any]]", value)
        return {name: _clean(node, defs, depth=depth + 1) for name, node in properties.items()}
    if isinstance(value, dict):
        return _clean(cast("dict[str, Any]", value), defs, depth=depth + 1)
    return value
