"""Name.Contains("…") and its sisters."""

from collections.abc import Callable
from typing import Any, Final

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.query.fields import BOOL, DATE, STRING
from xero_mcp.demo_company.query.operands import Operand, fold
from xero_mcp.demo_company.query.tokens import QueryParseError

_TESTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
_CHANGES: Final[dict[str, Callable[[str], str]]] = {
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": str.strip,
}


def call_method(owner: Operand, name: str, arguments: list[Operand]) -> Operand:
    """Apply a method; on a field that has no value a test is false, as nothing is there.

    Raises:
        QueryParseError: the type has no such method, or not with these arguments.
    """
    lowered = name.lower()
    if lowered == "tostring" and not arguments and owner.type != DATE:
        return _as_text(owner)
    if owner.type == STRING and lowered in _CHANGES and not arguments:
        return _changed(owner, _CHANGES[lowered])
    if owner.type == STRING and lowered in _TESTS and _is_one_text(arguments):
        return _tested(owner, _TESTS[lowered], arguments[0])
    raise QueryParseError(f"No applicable method '{name}' exists in type '{owner.type}'")


def _is_one_text(arguments: list[Operand]) -> bool:
    return len(arguments) == 1 and arguments[0].type == STRING


def _as_text(owner: Operand) -> Operand:
    return _changed(owner, str)


def _changed(owner: Operand, change: Callable[[Any], str]) -> Operand:
    get = owner.get

    def changed(document: Json) -> str | None:
        found = get(document)
        return None if found is None else change(found)

    value = None if owner.value is None else change(owner.value)
    return Operand(type=STRING, get=changed, fixed=owner.fixed, value=value, folds=owner.folds)


def _tested(owner: Operand, test: Callable[[str, str], bool], argument: Operand) -> Operand:
    get, part_of, folds = owner.get, argument.get, owner.folds or argument.folds

    def tested(document: Json) -> bool:
        text, part = get(document), part_of(document)
        if text is None or part is None:
            return False
        return test(fold(text), fold(part)) if folds else test(text, part)

    return Operand(type=BOOL, get=tested)
