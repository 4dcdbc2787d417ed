"""JSON Schemas that cost an agent few tokens: no titles, no `anyOf … null`, no references.

What is left out is checked all the same when a call comes, and told in words then.
"""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel

from xero_mcp.tool.args import Args

MAX_DEPTH = 12
NOT_SHOWN = frozenset(
    {
        "title",
        "$defs",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minimum",
        "maximum",
        "pattern",
        "format",
        "additionalProperties",
    }
)
"""Lengths, bounds, patterns: few agents measure beforehand, and a refusal says what is right.

That dates are YYYY-MM-DD and ids are ids stands in the server's instructions, and some hosts
refuse a `format` that they do not know.

Arguments are closed at every level, by their models; `additionalProperties` need not say it
seventy times, since an unknown name is refused with the names that there are.
"""
FIRST_PAGE = (0, 1)
BESIDES = frozenset(
    {
        "age_seconds",
        "as_at",
        "changed",
        "columns",
        "compared",
        "credit_columns",
        "documents",
        "from_date",
        "heading",
        "journals",
        "looked_at",
        "not_visible",
        "organisation",
        "page",
        "pages",
        "pairs",
        "suspense_accounts",
        "to_date",
    }
)
"""What an answer repeats of the question, counts, or says once more in words.

None of it makes an answer the right one; each is told where it stands.
"""


def input_schema(model: type[Args]) -> dict[str, Any]:
    """The schema of a tool's arguments: what each is, in as few words as tell it."""
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
    """The lists, numbers and yes-or-no that are always there, or else the texts.

    By these a wrong answer is known; the rest an agent reads in the answer itself.
    """
    fields: dict[str, dict[str, Any]] = schema["properties"]
    always = [name for name in schema["required"] if name not in BESIDES]
    telling = [name for name in always if fields[name].get("type") != "string"] or always
    return {
        "type": "object",
        "properties": {name: _kind(fields[name]) for name in telling},
        "required": telling,
    }


def _kind(field: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: field[key] for key in ("type", "enum") if key in field}
    inner = field.get("items", {})
    if inner.get("type") == "object":
        kept["items"] = {"type": "object"}
    return kept


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
        if key in NOT_SHOWN or _is_usual(key, value, node):
            continue
        shown[key] = _value(key, value, defs, depth=depth)
    return shown


def _is_usual(key: str, value: object, node: Mapping[str, Any]) -> bool:
    """A default that a reader supposes anyway: nothing, no, the first choice, the first page."""
    if key != "default":
        return False
    first = next(iter(node.get("enum", ())), None)
    return value is None or value is False or value == first or value in FIRST_PAGE


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
    if key == "description" and isinstance(value, str):
        return value.removesuffix(".")
    return value
