"""What every model of Xero's JSON has in common."""

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from xero_mcp.xero.text import XeroText

_CAPITALS: Final = {"id": "ID", "utc": "UTC"}


def xero_name(field: str) -> str:
    """`invoice_id` is `InvoiceID` to Xero, `updated_date_utc` is `UpdatedDateUTC`."""
    return "".join(_CAPITALS.get(word, word.capitalize()) for word in field.split("_"))


class XeroModel(BaseModel):
    """Something that Xero told us: read only, and what we do not know of it is left aside."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        defer_build=True,
        alias_generator=xero_name,
        validate_by_name=True,
        validate_by_alias=True,
    )


class XeroWrite(BaseModel):
    """Something that we tell Xero: a field that is None is not sent, so it is not changed."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        defer_build=True,
        alias_generator=xero_name,
        validate_by_name=True,
        validate_by_alias=False,
        serialize_by_alias=True,
    )


def _none_as_empty(value: object) -> object:
    return () if value is None else value


Listed = BeforeValidator(_none_as_empty)
"""For lists that Xero leaves out, empties or, rarely, sends as null."""


class Finding(XeroModel):
    """One validation error or warning."""

    message: XeroText = ""


Findings = Annotated[tuple[Finding, ...], Listed]


class Pagination(BaseModel):
    """The lowercase part of a paged list's envelope."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    page: int = 1
    page_size: int = Field(default=0, alias="pageSize")
    page_count: int = Field(default=0, alias="pageCount")
    item_count: int = Field(default=0, alias="itemCount")


class Paged(XeroModel):
    """An envelope of a list that may be paged."""

    pagination: Pagination | None = Field(default=None, alias="pagination")


class StatusWrite(XeroWrite):
    """A new status for a record whose id stands in the path, and nothing else of it."""

    status: str
