"""One text for one value, whoever writes it and in whatever order: RFC 8785."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import cast

import rfc8785

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
"""JSON without fractions: money is text in a record, and durations are whole milliseconds."""

MAX_EXACT_INT = 2**53 - 1
"""Beyond it two JSON readers may see two numbers; such a number is kept as text."""
MAX_DEPTH = 32
TOO_DEEP = "[deeper than 32 levels]"
_LAST_BASIC_CHARACTER = "\uffff"
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
)


def plain(value: object, *, depth: int = 0) -> Json:
    """The value as JSON without fractions; a number that is not exact becomes its text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) <= MAX_EXACT_INT else str(value)
    # Nearly all are texts; to ask for the others costs more.
    if isinstance(value, str | bytes) or not isinstance(value, Mapping | Sequence | AbstractSet):
        return well_formed(str(value))
    if depth == MAX_DEPTH:
        return TOO_DEEP
    if isinstance(value, Mapping):
        named = cast("Mapping[object, object]", value)
        return {well_formed(str(key)): plain(item, depth=depth + 1) for key, item in named.items()}
    return [plain(item, depth=depth + 1) for item in cast("Sequence[object]", value)]


def canonical(value: Json) -> str:
    """The RFC 8785 form."""
    # Without fractions, Python's own writer differs from RFC 8785 in one thing: how it sorts
    # names beyond the basic plane. Where such characters occur the slower library decides.
    text = _ENCODER.encode(value)
    if text.isascii() or max(text) <= _LAST_BASIC_CHARACTER:
        return text
    return rfc8785.dumps(value).decode("utf-8")


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def well_formed(text: str) -> str:
    """The same text; half a surrogate pair, which JSON can smuggle in, becomes a mark."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")
