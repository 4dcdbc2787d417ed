"""The sentence template of a tool: `list invoices{ with status: status} (page {page})`.

`{page}` is the argument's value; `{ with status: status}` is `" with status paid"` where the
argument is given and nothing where it is not. Values are cleaned and shortened.
"""

import re
from collections.abc import Mapping

from xero_mcp.text import one_line

MAX_VALUE = 60
_SLOT = re.compile(r"\{(?:([^{}:]*): )?([a-z_]+)\}")


def slots(template: str) -> frozenset[str]:
    """The argument names that a template uses."""
    return frozenset(match[2] for match in _SLOT.finditer(template))


def phrase(template: str, values: Mapping[str, object]) -> str:
    """Fill the template; an optional piece whose value is absent disappears."""

    def fill(match: re.Match[str]) -> str:
        value = values.get(match[2])
        if value is None or value == []:
            return ""
        shown = one_line(str(value), limit=MAX_VALUE)
        return shown if match[1] is None else f"{match[1]} {shown}"

    return _SLOT.sub(fill, template)
