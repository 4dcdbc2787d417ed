"""What a client sends: its body and what it would like to get back."""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Final, cast

from xero_mcp.demo_company.kernel import RefusedError

MAX_DEPTH: Final = 32
# .NET's decimal, in which Xero keeps its numbers, ends at 7.9e28.
MAX_NUMBER_DIGITS: Final = 28
MAX_NUMBER_TEXT: Final = 100

_INVALID: Final = "JSON for post data was invalid"


class BodyInvalidError(RefusedError):
    """The body cannot be read; the words are Xero's."""

    def __init__(self, message: str) -> None:
        body = {"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": message}
        super().__init__(400, body)


def read_json(body: bytes) -> object:
    """Read a body as Xero reads it: numbers as Decimal, within its bounds.

    Raises:
        BodyInvalidError: not JSON, nested too deep, or a number that Xero could not hold.
    """
    text = _text(body)
    if text.lstrip().startswith("<"):
        raise BodyInvalidError(
            "XML for post data was invalid: this demo company reads JSON only, "
            "send it with Content-Type: application/json"
        )
    try:
        value: object = json.loads(
            text, parse_float=_decimal, parse_int=_integer, parse_constant=_no_constant
        )
    except BodyInvalidError:
        raise
    except ValueError as problem:
        raise BodyInvalidError(f"{_INVALID},{_first_line(problem)}") from None
    except RecursionError:
        raise BodyInvalidError(f"{_INVALID},nested too deep") from None
    if _deeper_than(value, MAX_DEPTH):
        raise BodyInvalidError(f"{_INVALID},nested deeper than {MAX_DEPTH} levels")
    return value


def wants_json(accept: str) -> bool:
    """Say whether an Accept header asks for JSON; without one Xero answers in XML."""
    return "json" in accept.lower()


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BodyInvalidError(f"{_INVALID},it is not UTF-8") from None


def _first_line(problem: ValueError) -> str:
    return str(problem).split("\n", 1)[0][:200]


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_NUMBER_DIGITS:
        raise BodyInvalidError(f"{_INVALID},Could not convert to number: {text[:40]}")
    return int(text)


def _decimal(text: str) -> Decimal:
    if len(text) > MAX_NUMBER_TEXT:
        raise BodyInvalidError(f"{_INVALID},Could not convert to decimal: {text[:40]}")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise BodyInvalidError(f"{_INVALID},Could not convert to decimal: {text[:40]}") from None
    if value and not -MAX_NUMBER_DIGITS <= value.adjusted() < MAX_NUMBER_DIGITS:
        raise BodyInvalidError(f"{_INVALID},Could not convert to decimal: {text[:40]}")
    # Rounded to the context's 28 digits, so that sums stay exact and text stays short.
    return +value if value else Decimal(0)


def _no_constant(text: str) -> object:
    raise BodyInvalidError(f"{_INVALID},Could not convert to decimal: {text}")


def _deeper_than(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(item: object) -> Iterator[object]:
    if isinstance(item, dict):
        yield from cast("dict[str, object]", item).values()
    elif isinstance(item, list):
        yield from cast("list[object]", item)
