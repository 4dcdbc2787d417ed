"""The order of a list: `Date DESC, InvoiceNumber`."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.query.fields import BOOL, DATE, DECIMAL, GUID, STRING, fields_of
from xero_mcp.demo_company.query.operands import Operand, field_operand, fold
from xero_mcp.demo_company.query.tokens import QueryParseError
from xero_mcp.demo_company.table import guid_order

MAX_ORDER_FIELDS: Final = 8

_SORTABLE: Final = frozenset({BOOL, DATE, DECIMAL, GUID, STRING})
_DIRECTIONS: Final = {"": False, "asc": False, "ascending": False, "desc": True, "descending": True}
_FIELD_AND_DIRECTION: Final = 2


def in_asked_order(rows: Sequence[Json], order: str, type_name: str) -> list[Json]:
    """Sort by the fields that were asked for; equal ones stay in the order in which they came.

    Raises:
        QueryParseError: no such field, or a direction that is none.
    """
    parts = order.split(",")
    if len(parts) > MAX_ORDER_FIELDS:
        raise QueryParseError("Syntax error")
    wanted = [_wanted(part, type_name) for part in parts]
    ordered = list(rows)
    for key, descending in reversed(wanted):
        ordered.sort(key=key, reverse=descending)
    return ordered


def _wanted(part: str, type_name: str) -> tuple[Callable[[Json], Any], bool]:
    words = part.split()
    if not words or len(words) > _FIELD_AND_DIRECTION:
        raise QueryParseError("Expression expected" if not words else "Syntax error")
    direction = words[1].lower() if len(words) == _FIELD_AND_DIRECTION else ""
    if direction not in _DIRECTIONS:
        raise QueryParseError("Syntax error")
    return _key(_operand(words[0], type_name)), _DIRECTIONS[direction]


def _operand(dotted: str, type_name: str) -> Operand:
    found: Operand | None = None
    owner, path = type_name, ()
    for name in dotted.split("."):
        field = fields_of(owner).get(name.lower())
        if field is None:
            raise QueryParseError(f"No property or field '{name}' exists in type '{owner}'")
        owner, path = field.type, (*path, field.name)
        found = field_operand(field, path)
    if found is None or found.type not in _SORTABLE:
        raise QueryParseError(f"Expression of type '{owner}' cannot be sorted")
    return found


def _key(operand: Operand) -> Callable[[Json], tuple[bool, Any]]:
    """Nothing sorts before everything, as in SQL Server."""
    get = operand.get
    shape = _SHAPES.get(operand.type)

    def key(document: Json) -> tuple[bool, Any]:
        value = get(document)
        if value is None:
            return (False, 0)
        return (True, value if shape is None else shape(value))

    return key


_SHAPES: Final[dict[str, Callable[[str], Any]]] = {STRING: fold, GUID: guid_order}
