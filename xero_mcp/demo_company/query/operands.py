"""The typed parts of a where: what an operand is, and how operands are compared and joined."""

import operator
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, cast

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.query.fields import BOOL, DATE, DECIMAL, GUID, NULL, STRING, Field
from xero_mcp.demo_company.query.tokens import QueryParseError
from xero_mcp.demo_company.wire.dates import epoch_ms

Predicate = Callable[[Json], bool]

_SIMPLE: Final = frozenset({BOOL, DATE, DECIMAL, GUID, STRING})
_EQUALITY: Final = frozenset({"=", "==", "!=", "<>"})
_ORDERED: Final = frozenset({DATE, DECIMAL, STRING})
_OPERATIONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """A value of a known type, found in a document by `get`, or fixed (`value`).

    What `get` returns can be compared as it is: dates as milliseconds, guids in lower case.
    `folds` marks a contact's text; `path` is set where the operand is a field as it stands.
    """

    type: str
    get: Callable[[Json], Any]
    fixed: bool = False
    value: Any = None
    folds: bool = False
    path: tuple[str, ...] = ()


def fold(text: str) -> str:
    """Drop case and accents."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char))


def constant(type_name: str, *, value: object) -> Operand:
    return Operand(type=type_name, get=lambda _: value, fixed=True, value=value)


def field_operand(field: Field, path: tuple[str, ...]) -> Operand:
    """Read the field at a path of the document as something that can be compared."""
    get = read_field(path)
    if field.type == DATE:
        get = _dates(get)
    elif field.type == GUID:
        get = _lower(get)
    elif field.type == BOOL:
        get = _booleans(get)
    return Operand(type=field.type, get=get, folds=field.folds, path=path)


def read_field(path: tuple[str, ...]) -> Callable[[Json], Any]:
    """Return a function that finds the value at a path, None where there is none."""
    first, *rest = path
    if not rest:
        return lambda document: document.get(first)

    def nested(document: Json) -> object:
        found: object = document.get(first)
        for name in rest:
            if not isinstance(found, dict):
                return None
            found = cast("Json", found).get(name)
        return found

    return nested


def _dates(raw: Callable[[Json], Any]) -> Callable[[Json], Any]:
    def get(document: Json) -> int | None:
        found = raw(document)
        return epoch_ms(found) if isinstance(found, date) else None

    return get


def _lower(raw: Callable[[Json], Any]) -> Callable[[Json], Any]:
    def get(document: Json) -> str | None:
        found = raw(document)
        return found.lower() if isinstance(found, str) else None

    return get


def _booleans(raw: Callable[[Json], Any]) -> Callable[[Json], Any]:
    return lambda document: bool(raw(document))


def _folded(operand: Operand) -> Operand:
    if operand.fixed:
        return constant(STRING, value=fold(str(operand.value)))
    get = operand.get

    def folded(document: Json) -> str | None:
        found = get(document)
        return fold(found) if isinstance(found, str) else None

    return Operand(type=STRING, get=folded, folds=True)


def compare(left: Operand, sign: str, right: Operand) -> Operand:
    """Compare two operands.

    Raises:
        QueryParseError: their types do not go together under this operator.
    """
    if not _comparable(left.type, sign, right.type):
        raise QueryParseError(
            f"Operator '{sign}' incompatible with operand types '{left.type}' and '{right.type}'"
        )
    if STRING in {left.type, right.type} and (left.folds or right.folds):
        left = _folded(left) if left.type == STRING else left
        right = _folded(right) if right.type == STRING else right
    return Operand(type=BOOL, get=_comparison(left, sign, right))


def _comparable(left: str, sign: str, right: str) -> bool:
    if NULL in {left, right}:
        return sign in _EQUALITY
    if left != right or left not in _SIMPLE:
        return False
    return sign in _EQUALITY or left in _ORDERED


def _comparison(left: Operand, sign: str, right: Operand) -> Predicate:
    holds = _OPERATIONS[sign]
    get, other_get = left.get, right.get
    if sign in _EQUALITY and right.fixed:
        other = right.value
        return lambda document: holds(get(document), other)
    if sign in _EQUALITY:
        return lambda document: holds(get(document), other_get(document))

    def ordered(document: Json) -> bool:
        one, two = get(document), other_get(document)
        return one is not None and two is not None and holds(one, two)

    return ordered


def negate(operand: Operand, *, times: int) -> Operand:
    if operand.type != BOOL:
        raise QueryParseError(f"Operator '!' incompatible with operand type '{operand.type}'")
    if times % 2 == 0:
        return operand
    get = operand.get
    return Operand(type=BOOL, get=lambda document: not get(document))


def truth(operand: Operand) -> Predicate:
    get = operand.get
    return lambda document: bool(get(document))


def all_of(parts: list[Operand]) -> Operand:
    def both(one: Predicate, two: Predicate) -> Predicate:
        return lambda document: one(document) and two(document)

    return Operand(type=BOOL, get=_joined(_tests(parts, "&&"), both))


def any_of(parts: list[Operand]) -> Operand:
    def either(one: Predicate, two: Predicate) -> Predicate:
        return lambda document: one(document) or two(document)

    return Operand(type=BOOL, get=_joined(_tests(parts, "||"), either))


def _joined(tests: list[Predicate], join: Callable[[Predicate, Predicate], Predicate]) -> Predicate:
    """Join pairs, then pairs of pairs: quicker than a loop, and never deep."""
    while len(tests) > 1:
        odd = tests[-1:] if len(tests) % 2 else []
        tests = [*map(join, tests[0::2], tests[1::2]), *odd]
    return tests[0]


def _tests(parts: list[Operand], sign: str) -> list[Predicate]:
    for part in parts:
        if part.type != BOOL:
            raise QueryParseError(
                f"Operator '{sign}' incompatible with operand types "
                f"'{parts[0].type}' and '{part.type if part is not parts[0] else parts[1].type}'"
            )
    return [part.get for part in parts]
