"""The sentence template of a tool: `list invoices{ with status: status} (page {page})`.

`{page}` is the argument's value; `{ with status: status}` is `" with status paid"` where the
argument is given and nothing where it is not. Values are cleaned and shortened.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import cast

from xero_mcp.text import one_line

MAX_VALUE = 60
_SLOT = re.compile(r"(?P<article>\ba )?\{(?:(?P<lead>[^{}:]*): )?(?P<name>[a-z_]+)\}")
_VOWELS = frozenset("aeiou")


def slots(template: str) -> frozenset[str]:
    """The argument names that a template uses."""
    return frozenset(match["name"] for match in _SLOT.finditer(template))


@cache
def needed_slots(template: str) -> frozenset[str]:
    """Those without which the sentence has a hole."""
    return frozenset(match["name"] for match in _SLOT.finditer(template) if match["lead"] is None)


Words = Mapping[str, Mapping[str, str]]
"""Argument -> value -> what people call it: `type` -> `sales` -> `sales invoice`."""


def phrase(template: str, values: Mapping[str, object], words: Words | None = None) -> str:
    """Fill the template; an optional piece whose value is absent disappears."""
    spoken = words or {}

    def fill(match: re.Match[str]) -> str:
        value = values.get(match["name"])
        if value is None or value == []:
            return ""
        if isinstance(value, list):
            value = ", ".join(str(one) for one in cast("list[object]", value))
        said = spoken.get(match["name"], {}).get(str(value), str(value))
        shown = one_line(said, limit=MAX_VALUE)
        if match["article"]:
            return f"{'an' if shown[:1] in _VOWELS else 'a'} {shown}"
        return shown if match["lead"] is None else f"{match['lead']} {shown}"

    return _SLOT.sub(fill, template)
