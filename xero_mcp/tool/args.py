"""What an agent sends: closed, exact, nothing coerced, every problem named at once."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from inspect import isclass
from typing import Annotated, Any, get_args

from pydantic import (
    AfterValidator,
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
    WithJsonSchema({"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}),
]
"""Money or a quantity: `"1234.50"`."""


def _at_most(places: int) -> AfterValidator:
    """What Xero would round is refused: the total that was decided on must be the one made."""

    def check(value: Decimal) -> Decimal:
        if value != round(value, places):
            raise ValueError(f"has more than {places} decimals, which Xero would round")
        return value

    return AfterValidator(check)


Fine = Annotated[
    Amount,
    _at_most(4),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,4})?$"}),
]
"""A price, a quantity or a percentage, as finely as Xero keeps them."""
Cents = Annotated[
    Amount,
    _at_most(2),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,15}(\.[0-9]{1,2})?$"}),
]
"""Money as it is paid."""

Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
XeroId = Annotated[
    str,
    StringConstraints(pattern=_GUID, to_lower=True),
    WithJsonSchema({"type": "string", "format": "uuid"}),
]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=255)]


RequestId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$"),
    WithJsonSchema({"type": "string"}),
]


class InOrganisation(Args):
    """Arguments of a tool that works in one organisation."""

    organisation: ShortText | None = Field(default=None, description="Name or id.")


class InEachOrganisation(Args):
    """Arguments of a tool that tells of every organisation of the agent where none is named."""

    organisation: ShortText | None = Field(default=None, description="Else all.")


class AcrossOrganisations(Args):
    """Arguments of a tool that reads several organisations at once; none of them writes."""

    organisations: list[ShortText] = Field(
        min_length=2, max_length=10, description="Names or ids of two or more."
    )


class Write(InOrganisation):
    """Arguments of a tool that changes something in Xero."""

    request_id: RequestId | None = Field(default=None, description="New: write again.")


MESSAGES = {
    "missing": "is required",
    "is_instance_of": 'must be a decimal as text, such as "1234.50"',
    "date_type": "must be a date such as 2026-11-20",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "string_type": "must be text",
    "list_type": "must be a list",
}
"""pydantic's kind of problem -> our words; what is not here keeps pydantic's, which are plain."""


NO_ARGUMENT = "is not an argument of this tool"


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
    if kind == "value_error":
        return Detail(path=path, message=one_line(str(context["error"]), limit=200))
    if kind == "string_pattern_mismatch" and context["pattern"] == _GUID:
        return Detail(path=path, message="must be an id, as the lists give them")
    said = MESSAGES.get(kind) or one_line(error["msg"], limit=200)
    return Detail(path=path, message=said)


def _unknown(path: str, name: str, known: Sequence[str]) -> Detail:
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return Detail(
        path=one_line(path, limit=80),
        message=f"{NO_ARGUMENT}{hint}",
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
