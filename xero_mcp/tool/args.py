"""What an agent sends: closed, exact, nothing coerced, every problem named at once."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from inspect import isclass
from typing import Annotated, Any, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import ErrorDetails

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.money import MAX_DIGITS, parse_amount, to_text
from xero_mcp.text import one_line

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_GUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
MAX_PROBLEMS = 50


class Args(BaseModel):
    """Base of every tool's arguments. Unknown ones are refused; `yes` is not true."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


def _exact(value: object) -> object:
    """Take a decimal as text, or a JSON number that means one decimal and no other."""
    if isinstance(value, str):
        return parse_amount(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    read = parse_amount(format(Decimal(repr(value)), "f"))
    if len(read.as_tuple().digits) > MAX_DIGITS:
        raise ValueError("has more digits than a JSON number keeps; send it as text")
    return read


def _day(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not _DAY.fullmatch(value):
        raise ValueError("is not a date such as 2026-11-20")
    return date.fromisoformat(value)


Amount = Annotated[
    Decimal,
    BeforeValidator(_exact),
    PlainSerializer(to_text, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,6})?$"}),
]
"""Money or a quantity: `"1234.50"`."""

Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
XeroId = Annotated[
    str,
    StringConstraints(pattern=_GUID, to_lower=True),
    WithJsonSchema({"type": "string", "format": "uuid"}),
]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=255)]


class InOrganisation(Args):
    """Arguments of a tool that works in one organisation."""

    organisation: ShortText | None = Field(
        default=None, description="Organisation name or id. Leave out where there is just one."
    )


class Write(InOrganisation):
    """Arguments of a tool that changes something in Xero."""

    request_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")] | None = Field(
        default=None,
        description="Your own id. The same call again gives the first answer; a new id, a new one.",
    )


def parse_args(model: type[Args], arguments: Mapping[str, object]) -> Args:
    """Read what an agent sent.

    Raises:
        XeroMcpError: INVALID_ARGUMENTS, with every problem and its path.
    """
    try:
        return model.model_validate(dict(arguments))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=True, include_input=False)
        details = [_detail(one, model) for one in found[:MAX_PROBLEMS]]
        many = f"{len(found)} problems" if len(found) > 1 else "a problem"
        raise XeroMcpError(
            f"The arguments have {many}; nothing was done.",
            code=ErrorCode.INVALID_ARGUMENTS,
            next_step="Mend every one that `details` names and call again.",
            details=details,
        ) from None


def _detail(error: ErrorDetails, model: type[Args]) -> Detail:
    path = ".".join(str(part) for part in error["loc"])
    kind = error["type"]
    context: dict[str, Any] = error.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown(path, str(error["loc"][-1]), _names_beside(model, error["loc"]))
    if kind == "literal_error":
        return Detail(path=path, message=f"must be one of {context['expected']}")
    if kind == "missing":
        return Detail(path=path, message="is required")
    if kind == "value_error":
        return Detail(path=path, message=one_line(str(context["error"]), limit=200))
    return Detail(path=path, message=one_line(error["msg"], limit=200))


def _unknown(path: str, name: str, known: Sequence[str]) -> Detail:
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return Detail(
        path=one_line(path, limit=80),
        message=f"is not an argument of this tool{hint}",
        allowed=tuple(known),
    )


def _names_beside(model: type[BaseModel], location: tuple[int | str, ...]) -> tuple[str, ...]:
    """The names that were possible where the unknown one stands."""
    here: type[BaseModel] = model
    for part in location[:-1]:
        if isinstance(part, int):
            continue
        inner = _model_in(here.model_fields[part].annotation) if part in here.model_fields else None
        if inner is None:
            return ()
        here = inner
    return tuple(here.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    for part in get_args(annotation):
        found = _model_in(part)
        if found is not None:
            return found
    return None
