"""What is wrong with the schemas and annotations of a tool: each fault in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from xero_mcp.tool.access import Access
from xero_mcp.tool.card import ToolCard

Node = Mapping[str, Any]
HINTS = ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint")
CHOICES = ("anyOf", "oneOf", "allOf", "$ref", "$defs", "title")
"""What confuses a model, or costs it tokens for nothing."""
KINDS = {"string", "integer", "boolean", "array", "object"}
"""No `number`: money is text."""


def faults_of(card: ToolCard) -> list[str]:
    return [
        *(f"input: {fault}" for fault in input_faults(card.input_schema)),
        *(f"output: {fault}" for fault in output_faults(card.output_schema)),
        *(f"annotations: {fault}" for fault in annotation_faults(card)),
    ]


def input_faults(schema: Node) -> Iterator[str]:
    if schema.get("type") != "object" or "properties" not in schema:
        yield "is no object with properties"
    yield from _required_faults(schema, "")
    for path, node in _arguments(schema, ""):
        if not str(node.get("description", "")).strip():
            yield f"{path} has no description"
        yield from _node_faults(node, path)


def _arguments(schema: Node, path: str) -> Iterator[tuple[str, Node]]:
    """Every argument at every level, with the way to it."""
    for name, node in schema.get("properties", {}).items():
        yield f"{path}{name}", node
        yield from _arguments(node, f"{path}{name}.")
        yield from _arguments(node.get("items", {}), f"{path}{name}[].")


def _node_faults(node: Node, path: str) -> Iterator[str]:
    yield from (f"{path} has {word}" for word in CHOICES if word in node)
    if node.get("type") not in KINDS:
        yield f"{path} has no plain type"
    if node.get("type") == "object":
        if not node.get("properties"):
            yield f"{path} is an object of anything"
        yield from _required_faults(node, path)
    if node.get("type") == "array":
        yield from _node_faults(node.get("items", {}), f"{path}[]")


def _required_faults(schema: Node, path: str) -> Iterator[str]:
    if not set(schema.get("required", ())) <= set(schema.get("properties", {})):
        yield f"{path} requires what it does not have"


def output_faults(schema: Node) -> Iterator[str]:
    fields: Mapping[str, Node] = schema.get("properties", {})
    if schema.get("type") != "object" or not fields:
        yield "is no object with properties"
    if set(schema.get("required", ())) != set(fields):
        yield "tells of fields that may be missing, or requires others"
    for name, node in fields.items():
        yield from (f"{name} has {word}" for word in CHOICES if word in node)
        if node.get("type") not in KINDS:
            yield f"{name} has no plain type"


def annotation_faults(card: ToolCard) -> Iterator[str]:
    levels = card.access_by.values.values() if card.access_by else (card.access.value,)
    expected = {
        "readOnlyHint": card.access is Access.READ,
        "destructiveHint": Access.FULL.value in levels,
        "idempotentHint": True,  # the same call again is answered, not done again
        "openWorldHint": bool(card.reaches or card.also),
    }
    for hint in HINTS:
        if card.annotations.get(hint) is not expected[hint]:
            yield f"{hint} is not {expected[hint]}"
    if set(card.annotations) != set(HINTS):
        yield "others than the four"
    if card.reaches and any(reach.writes for reach in card.reaches) is not card.writes:
        yield "what it reaches and its access differ"
