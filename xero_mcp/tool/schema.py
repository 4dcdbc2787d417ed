"""JSON Schemas that cost an agent few tokens: no titles, no `anyOf … null`, no references."""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel

from xero_mcp.tool.args import Args

MAX_DEPTH = 12


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
    return schema


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
        if key in {"title", "$defs"} or (key == "default" and value is None):
            continue
        shown[key] = _value(key, value, defs, depth=depth)
    return shown


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
