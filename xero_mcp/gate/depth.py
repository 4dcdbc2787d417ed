"""Arguments are no deeper than a record keeps them: what lies below is cut off, not walked."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, cast

from xero_mcp.audit.canonical import MAX_DEPTH, plain

_LEAVES: Final = frozenset({str, int, bool, float, Decimal, type(None)})
"""What nearly every argument is, and has nothing below it."""


def no_deeper(arguments: Mapping[str, object]) -> Mapping[str, object]:
    """The arguments as they came; too deep ones as a record would show them.

    No tool takes anything so deep, so such a call is refused and recorded like every other wrong
    one. Whole, it could end in the middle of its refusal, with no record: Python counts levels.
    """
    if not arguments or _fits(arguments, MAX_DEPTH):
        return arguments
    return cast("Mapping[str, object]", plain(arguments))


def _fits(value: object, levels: int) -> bool:
    if type(value) in _LEAVES:
        return True
    if isinstance(value, Mapping):
        inside = cast("Mapping[object, object]", value).values()
    elif isinstance(value, list | tuple):
        inside = cast("Sequence[object]", value)
    else:
        return True
    if not levels:
        return False
    below = levels - 1
    return all(type(one) in _LEAVES or _fits(one, below) for one in inside)
