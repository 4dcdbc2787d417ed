"""Xero's JSON: numbers without floats, dates in their three spellings, and what is not JSON."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final, NoReturn, TypeVar, cast

from pydantic import BaseModel, BeforeValidator, ValidationError

M = TypeVar("M", bound=BaseModel)

Json = dict[str, "Json"] | list["Json"] | str | int | bool | Decimal | None
"""What a body holds once it is read. It does not leave this room: models do."""

_MS_DATE: Final = re.compile(r"/Date\((-?[0-9]{1,15})([+-][0-9]{4})?\)/")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_DEPTH: Final = 40


class NotJsonError(Exception):
    """JSON was expected and something else came: XML, HTML, nothing, or half a body."""


def read_json(body: bytes) -> Json:
    """Read a body with every fraction as a Decimal.

    Raises:
        NotJsonError: the body is not one JSON value; the message says what it looks like.
    """
    if not body.strip():
        raise NotJsonError("an empty body")
    try:
        return cast("Json", json.loads(body, parse_float=Decimal, parse_constant=_refuse_constant))
    except (ValueError, RecursionError):
        pass
    raise NotJsonError(_likeness(body))


def understood(model: type[M], payload: Json) -> M | None:
    """The payload as a model; None where it has a shape that we do not know."""
    try:
        return model.model_validate(payload)
    except ValidationError:
        return None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _likeness(body: bytes) -> str:
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "an HTML page"
    if start.startswith(b"<"):
        return "XML"
    if start.startswith((b"{", b"[")):
        return "broken JSON"
    return "plain text"


def dump_json(body: BaseModel) -> bytes:
    """Write a body: fields that were not given stay out, money is an exact JSON number."""
    plain: object = body.model_dump(by_alias=True, exclude_none=True)
    return _written(plain, _MAX_DEPTH).encode()


def _written(value: object, depth: int) -> str:
    if depth == 0:
        raise ValueError(f"a body is nested deeper than {_MAX_DEPTH}")
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, datetime):
        return json.dumps(value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"))
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    if isinstance(value, Mapping):
        pairs = cast("Mapping[str, object]", value).items()
        return "{" + ",".join(f"{json.dumps(k)}:{_written(v, depth - 1)}" for k, v in pairs) + "}"
    if isinstance(value, list | tuple):
        items = cast("list[object]", value)
        return "[" + ",".join(_written(item, depth - 1) for item in items) + "]"
    if isinstance(value, float):
        raise TypeError("a float has no place in a body: use Decimal")
    return json.dumps(value)


def _number(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError(f"{value} is not an amount")
    return f"{value:f}"


def read_moment(value: object) -> object:
    """`/Date(ms)/`, `/Date(ms+0000)/` or ISO text without a zone: a moment in UTC.

    Raises:
        ValueError: text that is none of these.
    """
    if not isinstance(value, str):
        return value
    match = _MS_DATE.fullmatch(value)
    if match is not None:
        return _after_epoch(int(match[1]))
    moment = datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def read_day(value: object) -> object:
    """The same spellings, and `YYYY-MM-DD`: the calendar day that was meant.

    An offset moves the day: milliseconds count from UTC, the day is the one over there.

    Raises:
        ValueError: text that is none of these.
    """
    if not isinstance(value, str):
        return value
    match = _MS_DATE.fullmatch(value)
    if match is not None:
        return (_after_epoch(int(match[1])) + _offset(match[2])).date()
    if _DAY.fullmatch(value):
        return date.fromisoformat(value)
    return datetime.fromisoformat(value).date()


def _after_epoch(milliseconds: int) -> datetime:
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        pass
    raise ValueError(f"/Date({milliseconds})/ lies outside the calendar")


def _offset(text: str | None) -> timedelta:
    if text is None:
        return timedelta(0)
    ahead = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
    return -ahead if text[0] == "-" else ahead


Day = date
"""For models that have a field called `date`, as Xero calls it."""

XeroDay = Annotated[date, BeforeValidator(read_day)]
XeroMoment = Annotated[datetime, BeforeValidator(read_moment)]
