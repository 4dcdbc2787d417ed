"""Reading what a client sent: every value may be of any type, and none may break us.

A value of the wrong type is a 400 PostDataInvalidException, as Xero's deserialiser gives it; a
value that breaks a rule is not this module's business. An absent or null field reads as None.
"""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, cast

from xero_mcp.demo_company.kernel import Json, RefusedError
from xero_mcp.demo_company.operations import GUID
from xero_mcp.demo_company.wire.dates import parse_date

_ECHOED_CHARACTERS: Final = 60
_MAX_DIGITS: Final = 28


def text(sent: Json, name: str) -> str | None:
    """A string as it was sent; a number or a truth value becomes one, as in .NET."""
    value = sent.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    raise wrong_type(name, value, "String")


def stripped(sent: Json, name: str) -> str:
    """A string without the space around it; empty where there is none."""
    return (text(sent, name) or "").strip()


def flag(sent: Json, name: str) -> bool | None:
    value = sent.get(name)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    raise wrong_type(name, value, "Boolean")


def number(sent: Json, name: str) -> Decimal | None:
    value = sent.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise wrong_type(name, value, "Decimal")
    try:
        read = Decimal(value)
    except InvalidOperation:
        raise wrong_type(name, value, "Decimal") from None
    if not read.is_finite() or read.adjusted() >= _MAX_DIGITS or read.adjusted() < -_MAX_DIGITS:
        raise wrong_type(name, value, "Decimal")
    return read


def day(sent: Json, name: str) -> date | None:
    value = sent.get(name)
    if value is None or value == "":
        return None
    read = parse_date(value) if isinstance(value, str) else None
    if read is None:
        raise wrong_type(name, value, "DateTime")
    return read


def guid(sent: Json, name: str) -> str | None:
    """An id in lower case; one of zeros counts as none, as clients send it for new things."""
    value = sent.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not GUID.fullmatch(value.strip()):
        raise wrong_type(name, value, "Guid")
    read = value.strip().lower()
    return read if read.strip("0-") else None


def inner(sent: Json, name: str) -> Json | None:
    value = sent.get(name)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise wrong_type(name, value, name)
    return cast("Json", value)


def objects(sent: Json, name: str) -> list[Json] | None:
    """The objects of an array; None where the field was not sent at all."""
    value = sent.get(name)
    if value is None:
        return None
    listed = cast("list[Any]", value) if isinstance(value, list) else [value]
    for item in listed:
        if not isinstance(item, dict):
            raise wrong_type(name, item, name)
    return [cast("Json", item) for item in listed]


def wrong_type(name: str, value: object, wanted: str) -> RefusedError:
    shown = str(value)[:_ECHOED_CHARACTERS]
    return RefusedError(
        400,
        {
            "ErrorNumber": 14,
            "Type": "PostDataInvalidException",
            "Message": "JSON for post data was invalid,Error converting value "
            f"\"{shown}\" to type '{wanted}'. Path '{name}'.",
        },
    )
