"""Schemas of several tools made one: what a front shows of the tools behind it."""

from collections.abc import Mapping, Sequence
from typing import Any

Node = Mapping[str, Any]


def either(one: Mapping[str, Node], other: Mapping[str, Node]) -> dict[str, Node]:
    """The arguments of either; what both have takes the values of both."""
    merged = dict(one)
    for name, node in other.items():
        merged[name] = _merged(merged[name], node) if name in merged else node
    return merged


def _merged(one: Node, other: Node) -> Node:
    merged = {**other, **one}
    merged.pop("enum", None)
    merged.pop("required", None)
    if "enum" in one and "enum" in other:
        merged["enum"] = list(dict.fromkeys((*one["enum"], *other["enum"])))
    if one.get("default") != other.get("default"):
        merged.pop("default", None)
    if "properties" in one and "properties" in other:
        merged["properties"] = either(one["properties"], other["properties"])
    if "items" in one and "items" in other:
        merged["items"] = _merged(one["items"], other["items"])
    both = set(one.get("required", ())) & set(other.get("required", ()))
    return {**merged, "required": sorted(both)} if both else merged


def in_words(
    properties: Mapping[str, Node], words: Mapping[str, str], *, within: str = ""
) -> dict[str, Node]:
    """The arguments in the order of their names, described as `words` says of their paths."""
    told: dict[str, Node] = {}
    for name, node in sorted(properties.items()):
        path = f"{within}{name}"
        one = {**node, "description": words.get(path, node.get("description"))}
        inner: Node = node.get("items", {})
        if "properties" in inner:
            named = in_words(inner["properties"], words, within=f"{path}.")
            one["items"] = {**inner, "properties": named}
        told[name] = one
    return told


def common_answer(schemas: Sequence[Node]) -> dict[str, Any]:
    """What every one of their answers has."""
    first: Mapping[str, Node] = schemas[0]["properties"]
    same = {
        name: node
        for name, node in first.items()
        if all(schema["properties"].get(name) == node for schema in schemas)
    }
    return {"type": "object", "properties": same, "required": list(same)}
