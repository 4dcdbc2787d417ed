"""JSON as hosts keep it, comments and trailing commas included: what stands where.

Nothing is thrown away: an edit changes the places it means and leaves every other byte.
"""

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NoReturn

MAX_DEPTH = 100
_GAP = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"')
_WORD = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null", re.ASCII)


class NotJsonError(Exception):
    """The text is no JSON; says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One value, from its first character to behind its last."""

    start: int
    end: int
    value: object
    members: dict[str, "Node"] = field(default_factory=dict[str, "Node"])
    """Of an object: in the order of the file."""
    repeated: frozenset[str] = frozenset()
    """Keys that stand twice; readers differ in which one they take."""
    has_last_comma: bool = False


def scan(text: str) -> Node | None:
    """The one value of a text; None where there is none at all.

    Raises:
        NotJsonError: it is something else.
    """
    reader = _Reader(text)
    start = reader.gap(0)
    if start == len(text):
        return None
    node = reader.value(start, 0)
    rest = reader.gap(node.end)
    if rest != len(text):
        reader.fail(rest, "the end")
    return node


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text

    def fail(self, at: int, wanted: str) -> NoReturn:
        line = self._text.count("\n", 0, at) + 1
        column = at - self._text.rfind("\n", 0, at)
        raise NotJsonError(f"line {line}, column {column}: {wanted} was expected")

    def gap(self, at: int) -> int:
        """Behind white space and comments."""
        found = _GAP.match(self._text, at)
        return found.end() if found else at

    def value(self, at: int, depth: int) -> Node:
        if depth > MAX_DEPTH:
            self.fail(at, f"at most {MAX_DEPTH} levels")
        first = self._text[at : at + 1]
        if first == "{":
            return self._object(at, depth)
        if first == "[":
            return self._array(at, depth)
        if first == '"':
            return self._string(at)
        found = _WORD.match(self._text, at)
        if not found or not found.group():
            self.fail(at, "a value")
        value = json.loads(found.group(), parse_float=Decimal, parse_int=Decimal)
        return Node(start=at, end=found.end(), value=value)

    def _string(self, at: int) -> Node:
        found = _STRING.match(self._text, at)
        if not found:
            self.fail(at, "a text in double quotes")
        return Node(start=at, end=found.end(), value=json.loads(found.group()))

    def _object(self, start: int, depth: int) -> Node:
        members: dict[str, Node] = {}
        repeated: set[str] = set()
        at, has_comma = self.gap(start + 1), False
        while self._text[at : at + 1] != "}":
            key = self._string(at)
            colon = self.gap(key.end)
            if self._text[colon : colon + 1] != ":":
                self.fail(colon, "a colon")
            node = self.value(self.gap(colon + 1), depth + 1)
            name = str(key.value)
            repeated |= {name} & members.keys()
            members[name] = node
            at, has_comma = self._next(node.end, "}")
        value = {name: node.value for name, node in members.items()}
        return Node(
            start=start,
            end=at + 1,
            value=value,
            members=members,
            repeated=frozenset(repeated),
            has_last_comma=has_comma,
        )

    def _array(self, start: int, depth: int) -> Node:
        values: list[object] = []
        at = self.gap(start + 1)
        while self._text[at : at + 1] != "]":
            node = self.value(at, depth + 1)
            values.append(node.value)
            at, _ = self._next(node.end, "]")
        return Node(start=start, end=at + 1, value=values)

    def _next(self, end: int, closing: str) -> tuple[int, bool]:
        """Where the next element or the closing bracket stands, and whether a comma is before."""
        at = self.gap(end)
        if self._text[at : at + 1] == ",":
            return self.gap(at + 1), True
        if self._text[at : at + 1] != closing:
            self.fail(at, f"a comma or {closing}")
        return at, False
