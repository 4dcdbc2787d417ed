"""Arguments are no deeper than a record keeps them: what lies below is cut off, not walked."""

from collections.abc import Mapping
from typing import cast

from xero_mcp.audit.canonical import MAX_DEPTH, plain


def no_deeper(arguments: Mapping[str, object]) -> Mapping[str, object]:
    """The arguments as they came; too deep ones as a record would show them.

    No tool takes anything so deep, so such a call is refused and recorded like every other wrong
    one. Whole, it could end in the middle of its refusal, with no record: Python counts levels.
    """
    if _fits(arguments, MAX_DEPTH):
        return arguments
    return cast("Mapping[str, object]", plain(arguments))


def _fits(value: object, levels: int) -> bool:
    if isinstance(value, Mapping):
        inside = list(cast("Mapping[object, object]", value).values())
    elif isinstance(value, list | tuple):
        inside = list(cast("list[object]", value))
    else:
        return True
    return levels > 0 and all(_fits(one, levels - 1) for one in inside)
