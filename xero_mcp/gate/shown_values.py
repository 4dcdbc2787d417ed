"""The values of a call as a person who decides reads them: none hides another.

A text that the agent chose comes last of what it stands among, in quotation marks, and is cut by
itself. So however long it is, and whatever it imitates, amounts and accounts are seen as they are.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from xero_mcp.audit.canonical import Json
from xero_mcp.text import one_line

Rows = Iterator[tuple[str, str]]

MAX_ROW: Final = 280
"""Characters of one row: what is longer goes on in rows of the same label."""
MAX_TEXT: Final = 4_200
"""Characters of a text that stands alone, such as a note: longer ones are cut, and say so."""
MAX_ROWS: Final = 700
"""Of all values together: a document of 200 long lines is shown whole."""
_SHORT: Final = 80
_BETWEEN: Final = ", "
_AS_OTHERS: Final = str.maketrans("“”", '""')
"""So that no text ends its own quotation."""
_PLAIN: Final = re.compile(r"[\w.:/@+%-]{1,80}")
"""Read as it is. What has a space or a comma in it could pass for more than one value."""


def rows_of(values: Mapping[str, Json]) -> list[tuple[str, str]]:
    """A row for each value, and for each entry of a list; where no room is left, it is said."""
    everything = (row for name, value in values.items() for row in _top(name, value))
    rows = list(islice(everything, MAX_ROWS))
    if next(everything, None) is None:
        return rows
    return [*rows, ("not shown", f"what comes after these {MAX_ROWS} rows of it")]


def _top(name: str, value: Json) -> Rows:
    if isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _rows(f"{name} {number}", item)
    elif isinstance(value, str):
        whole = one_line(value, limit=len(value) + 1)
        for start in range(0, min(len(whole), MAX_TEXT) or 1, MAX_ROW):
            yield name, whole[start : min(start + MAX_ROW, MAX_TEXT)]
        if len(whole) > MAX_TEXT:
            yield name, _more(len(whole) - MAX_TEXT)
    else:
        yield from _rows(name, value)


def _rows(label: str, value: Json) -> Rows:
    """One row where it fits; else one for what is short, and more for what is not."""
    flat = _flat(value)
    if len(flat) <= MAX_ROW:
        yield label, flat
    elif isinstance(value, dict):
        yield from _fields(label, value)
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            yield from _rows(f"{label} {number}", item)
    else:
        shown = one_line(flat, limit=MAX_ROW - _SHORT)
        yield label, f"{shown}” {_more(len(flat) - len(shown))}"


def _fields(label: str, value: Mapping[str, Json]) -> Rows:
    long: list[tuple[str, Json]] = []
    row = ""
    for key, inner in _texts_last(value):
        field = f"{key} {_flat(inner)}"
        if len(field) > _SHORT:
            long.append((key, inner))
        elif row and len(row) + len(field) + len(_BETWEEN) > MAX_ROW:
            yield label, row
            row = field
        else:
            row = f"{row}{_BETWEEN}{field}" if row else field
    if row:
        yield label, row
    for key, inner in long:
        yield from _rows(f"{label} {key}", inner)


def _flat(value: Json) -> str:
    if isinstance(value, dict):
        return _BETWEEN.join(f"{key} {_flat(inner)}" for key, inner in _texts_last(value))
    if isinstance(value, list):
        return "; ".join(_flat(item) for item in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = one_line(str(value), limit=len(str(value)) + 1)
    return text if _PLAIN.fullmatch(text) else f"“{text.translate(_AS_OTHERS)}”"


def _texts_last(value: Mapping[str, Json]) -> list[tuple[str, Json]]:
    return sorted(value.items(), key=lambda pair: "“" in _flat(pair[1]))


def _more(count: int) -> str:
    return f"(and {count} characters more)"
