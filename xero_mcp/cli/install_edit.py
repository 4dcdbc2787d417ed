"""One value put into a host's file, in the style of that file; all else stays as it is."""

import json
import re
from collections.abc import Sequence
from typing import cast

from xero_mcp.cli.install_scan import Node, NotJsonError, scan

DEFAULT_INDENT = "  "


class NotOursToChangeError(Exception):
    """The file holds something else where a value should go; says what."""


def with_value(text: str, path: Sequence[str], value: object) -> str:
    """The text with `value` at `path`; objects on the way there are made.

    Raises:
        NotJsonError: the text is no JSON.
        NotOursToChangeError: on the way there stands something that is no object, or stands twice.
    """
    root = scan(text)
    if root is None:
        return _appended(text, _nested(path, value))
    changed = _edited(text, root, path, value)
    after = scan(changed)
    if after is None or after.value != _merged(root.value, path, value):
        raise NotOursToChangeError("it is written in a way that cannot be added to safely")
    return changed


def _appended(text: str, value: object) -> str:
    """A file without a value: its comments stay above."""
    newline = _newline(text)
    comments = text.strip()
    above = comments + newline if comments else ""
    return above + _written(value, DEFAULT_INDENT, newline, "") + newline


def _edited(text: str, node: Node, path: Sequence[str], value: object) -> str:
    for depth, name in enumerate(path):
        place = ".".join(path[:depth]) or "the file"
        if not isinstance(node.value, dict):
            raise NotOursToChangeError(f"{place} is not an object {{…}}")
        if name in node.repeated:
            raise NotOursToChangeError(f"{name} stands twice in {place}")
        if name not in node.members:
            return _with_member(text, node, name, _nested(path[depth + 1 :], value))
        node = node.members[name]
    if node.value == value:
        return text
    written = _value_like(text, node.start, value)
    return text[: node.start] + written + text[node.end :]


def _with_member(text: str, node: Node, name: str, value: object) -> str:
    """The object with one more member at its end."""
    inside = text[node.start : node.end]
    is_spread = "\n" in inside or (not node.members and "\n" in text) or text.strip() == "{}"
    newline = _newline(text)
    outer = _indent_at(text, node.start)
    inner = _indent_of_members(text, node) or outer + _unit(text)
    key = json.dumps(name, ensure_ascii=False)
    if is_spread:
        member = f"{key}: {_written(value, _unit(text), newline, inner)}"
    else:
        member = f"{key}: {json.dumps(value, ensure_ascii=False)}"
    comma = "," if node.has_last_comma else ""
    # What stands before the closing bracket (a comment, say) stays before the new member.
    head, tail = text[: node.end - 1], text[node.end - 1 :]
    if node.members and not node.has_last_comma:
        last = max(one.end for one in node.members.values())
        head = f"{head[:last]},{head[last:]}"
    head = head.rstrip(" \t\r\n")
    if is_spread:
        return f"{head}{newline}{inner}{member}{comma}{newline}{outer}{tail}"
    return f"{head}{' ' if node.members else ''}{member}{comma}{tail}"


def _value_like(text: str, start: int, value: object) -> str:
    """A value in the place of another: over several lines where the file is."""
    if "\n" not in text.strip():
        return json.dumps(value, ensure_ascii=False)
    return _written(value, _unit(text), _newline(text), _indent_at(text, start))


def _written(value: object, unit: str, newline: str, outer: str) -> str:
    """Over several lines, but a list of plain values on one."""
    if isinstance(value, dict) and value:
        members_of = cast("dict[str, object]", value)
        inner = outer + unit
        members = [
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {_written(one, unit, newline, inner)}"
            for key, one in members_of.items()
        ]
        return f"{{{newline}{f',{newline}'.join(members)}{newline}{outer}}}"
    return json.dumps(value, ensure_ascii=False)


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _indent_at(text: str, at: int) -> str:
    """The white space that begins the line of this place."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _indent_of_members(text: str, node: Node) -> str:
    """As the object's first member is indented, where it begins a line."""
    found = re.compile(r'[^"]*\n([ \t]*)"').match(text, node.start)
    return found[1] if node.members and found else ""


def _unit(text: str) -> str:
    """One level of this file."""
    found = re.search(r'\n([ \t]+)"', text)
    return found[1] if found else DEFAULT_INDENT


def _nested(path: Sequence[str], value: object) -> object:
    for name in reversed(path):
        value = {name: value}
    return value


def _merged(whole: object, path: Sequence[str], value: object) -> object:
    if not path:
        return value
    kept = cast("dict[str, object]", whole) if isinstance(whole, dict) else {}
    return {**kept, path[0]: _merged(kept.get(path[0]), path[1:], value)}


__all__ = ["NotJsonError", "NotOursToChangeError", "with_value"]
