"""Guid("…"), DateTime(2020, 1, 1), DateTime.Parse("…") and numbers."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.query.fields import DATE, DECIMAL, GUID, STRING
from xero_mcp.demo_company.query.operands import Operand, constant
from xero_mcp.demo_company.query.tokens import QueryParseError
from xero_mcp.demo_company.wire.dates import epoch_ms, parse_datetime

_GUID: Final = re.compile(
    r"\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?",
    re.ASCII | re.IGNORECASE,
)
_MAX_EXPONENT: Final = 28
_DATE_ONLY: Final = 3
_DATE_AND_TIME: Final = 6


def number_literal(text: str) -> Decimal:
    number = Decimal(text.rstrip("mMfFdDlL"))
    if number and abs(number.adjusted()) > _MAX_EXPONENT:
        raise QueryParseError(f"Invalid real literal '{text[:40]}'")
    return number


def guid_literal(arguments: list[Operand]) -> Operand:
    match = _GUID.fullmatch(_only_text(arguments, "Guid"))
    if match is None:
        raise QueryParseError(
            "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)."
        )
    return constant(GUID, value="-".join(match.groups()).lower())


def datetime_literal(arguments: list[Operand], *, parse: bool = False) -> Operand:
    if parse:
        moment = parse_datetime(_only_text(arguments, "DateTime"))
        if moment is None:
            raise QueryParseError("String was not recognized as a valid DateTime.")
        return constant(DATE, value=epoch_ms(moment))
    numbers: list[Decimal] = [part.value for part in arguments]
    fits = len(arguments) in {_DATE_ONLY, _DATE_AND_TIME} and all(
        part.fixed and part.type == DECIMAL for part in arguments
    )
    if not fits or any(number != int(number) for number in numbers):
        raise QueryParseError("No matching constructor in type 'DateTime'")
    return constant(DATE, value=_moment(numbers))


def _moment(numbers: list[Decimal]) -> int:
    year, month, day, *time = (int(number) for number in numbers)
    hour, minute, second = time or (0, 0, 0)
    try:
        return epoch_ms(datetime(year, month, day, hour, minute, second, tzinfo=UTC))
    except (ValueError, OverflowError):
        raise QueryParseError(
            "Year, Month, and Day parameters describe an un-representable DateTime."
        ) from None


def _only_text(arguments: list[Operand], type_name: str) -> str:
    if len(arguments) != 1 or not arguments[0].fixed or arguments[0].type != STRING:
        raise QueryParseError(f"No applicable method or constructor in type '{type_name}'")
    return str(arguments[0].value)
