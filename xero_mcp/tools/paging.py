"""What every list tool takes and gives: pages, columns, and how complete the answer is."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import Field, WithJsonSchema, field_validator, model_validator
from pydantic_core import PydanticCustomError

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.tool.answer import ListAnswer
from xero_mcp.tool.args import Day, InOrganisation, ShortText, XeroId
from xero_mcp.tool.table import Column, as_rows, chosen, columns_by_others, sums_of
from xero_mcp.xero.models.base import Pagination
from xero_mcp.xero.scoped import ScopedXero
from xero_mcp.xero.where import Condition, Order, eq, ge, guid, le, order

XERO_PAGE_SIZE = 1_000
"""The most that Xero gives at once."""
MAX_FOLLOWED_ROWS = 5_000
"""As far as one call follows a list for its caller: five requests."""
MAX_FIELDS = 40
INSIDE_PAGE_SIZE = 500
MAX_INSIDE_PAGES = 40
"""How far a tool follows a list for an answer of its own: 20,000 records."""

PLAIN_TEXT = WithJsonSchema({"type": "string"})
PLAIN_NUMBER = WithJsonSchema({"type": "integer"})
"""Bounds are checked when a call comes, and said in words."""

FIELD_NAMES = WithJsonSchema({"type": "array", "items": {"type": "string"}})
"""Names of columns cost tokens in every list: a wrong one is answered with all of them."""

BASE = "base"
"""Where sums are by currency: the organisation's own."""

Sorting = Literal["newest", "oldest", "updated"]
T = TypeVar("T")

Page = tuple[Sequence[T], Pagination | None]
Fetch = Callable[[int, int], Awaitable[Page[T]]]
"""Page and page size -> what stands on it."""


class Listing(InOrganisation):
    """Arguments of every list."""

    detail: Literal["usual", "full"] = Field(default="usual", description="full: all columns.")


def names_of(columns: Iterable[Column[Any]]) -> tuple[str, ...]:
    """What `fields` may hold, for `COLUMN_NAMES`."""
    return tuple(column.name for column in columns)


class ChosenColumns(InOrganisation):
    """Arguments of a list whose columns can be chosen."""

    COLUMN_NAMES: ClassVar[tuple[str, ...]] = ()

    detail: Literal["usual", "full", "sums"] = Field(
        default="usual", description="sums: of all, no rows."
    )
    fields: Annotated[list[str], FIELD_NAMES] | None = Field(
        default=None, min_length=1, max_length=MAX_FIELDS, description="Columns."
    )

    @field_validator("fields")
    @classmethod
    def _are_columns(cls, fields: list[str] | None) -> list[str] | None:
        if set(fields or ()) - set(cls.COLUMN_NAMES):
            known = ", ".join(cls.COLUMN_NAMES)
            raise PydanticCustomError("literal_error", "no such column", {"expected": known})
        return fields

    def columns(self, columns: Sequence[Column[T]], *, whole: bool = False) -> Sequence[Column[T]]:
        """Those that are shown; `whole`: all of them, where a single record was asked for."""
        return chosen(columns, fields=self.fields, full=whole or self.detail == "full")


class FollowedListing(ChosenColumns):
    """Arguments of a list that one call can follow over several pages of Xero's, and sum up."""

    page: Annotated[int, PLAIN_NUMBER] = Field(default=1, ge=1, le=100_000, description="From 1.")
    page_size: Annotated[int, PLAIN_NUMBER] = Field(
        default=100, ge=1, le=MAX_FOLLOWED_ROWS, description="Up to 5000."
    )

    @model_validator(mode="after")
    def _fits_xeros_pages(self) -> "FollowedListing":
        if self.page_size > XERO_PAGE_SIZE and self.page_size % XERO_PAGE_SIZE:
            raise ValueError(f"above {XERO_PAGE_SIZE}, page_size is a multiple of it")
        return self


class DatedListing(FollowedListing):
    """Arguments of a list of what has a date."""

    date_from: Day | None = Field(default=None, description="From.")
    date_to: Day | None = Field(default=None, description="To.")
    modified_since: Day | None = Field(default=None, description="Changed since.")
    order: Sorting = Field(default="newest", description="Sort.")

    @model_validator(mode="after")
    def _dates_are_in_order(self) -> "DatedListing":
        must_be_in_order(self.date_from, self.date_to)
        return self

    def dates(self) -> Iterator[Condition]:
        if self.date_from is not None:
            yield ge("Date", self.date_from)
        if self.date_to is not None:
            yield le("Date", self.date_to)

    def sorted_by(self, endpoint: str) -> Order:
        return sorted_by(endpoint, self.order)


class ContactListing(DatedListing):
    """Arguments of a list of what has a date and a contact."""

    contact_id: XeroId | None = Field(default=None, description="Whose.")
    contact: ShortText | None = Field(default=None, description="Or the exact name.")

    def whose(self) -> Iterator[Condition]:
        if self.contact_id is not None:
            yield guid("Contact.ContactID", self.contact_id)
        if self.contact is not None:
            yield eq("Contact.Name", self.contact)


def sorted_by(endpoint: str, sorting: Sorting) -> Order:
    if sorting == "updated":
        return order(endpoint, "UpdatedDateUTC", descending=True)
    return order(endpoint, "Date", descending=sorting == "newest")


def must_have_sums(detail: str, columns: Sequence[Column[Any]]) -> None:
    """Refuse to sum up where nothing can be.

    Raises:
        XeroMcpError: INVALID_ARGUMENTS.
    """
    if detail == "sums" and not any(column.currency for column in columns):
        raise XeroMcpError(
            "There is nothing here to sum up.",
            code=ErrorCode.INVALID_ARGUMENTS,
            next_step="Where money goes both ways, choose one side first, by `type` or `of`; with "
            "`fields`, name a money column.",
            details=[Detail(path="detail", message="no column of one kind of money")],
        )


def must_be_in_order(first: date | None, last: date | None) -> None:
    """Refuse a span that holds no day.

    Raises:
        ValueError: its first day is after its last.
    """
    if first is not None and last is not None and first > last:
        raise ValueError(f"the dates hold no day: {first} is after {last}")


def day_start(day: date | None) -> datetime | None:
    """The first moment of a day in UTC."""
    return None if day is None else datetime.combine(day, time.min, tzinfo=UTC)


def list_answer(
    items: Sequence[T],
    columns: Sequence[Column[T]],
    *,
    organisation: str | None = None,
    pagination: Pagination | None = None,
) -> ListAnswer:
    """The answer of a list: without pagination it is whole, and says so."""
    page = pagination.page if pagination else 1
    pages = max(1, pagination.page_count) if pagination else 1
    return ListAnswer(
        text_by_others=columns_by_others(items, columns),
        columns=[column.name for column in columns],
        rows=as_rows(items, columns),
        page=page,
        pages=pages,
        total=pagination.item_count if pagination else len(items),
        next_page=page + 1 if page < pages else None,
        organisation=organisation,
    )


class SummedList(ListAnswer):
    """A list with the sums of its money columns, each currency for itself."""

    sums: dict[str, dict[str, str]] | None = None
    summed: Literal["all", "shown"] = Field(
        default="shown", description="Over all pages, or over the rows shown."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed(Generic[T]):
    """Records of several pages, and whether these are all."""

    items: Sequence[T]
    pagination: Pagination | None
    complete: bool


async def summed_list(
    args: FollowedListing, columns: Sequence[Column[T]], fetch: Fetch[T], xero: ScopedXero
) -> SummedList:
    """The page that was asked for, over several of Xero's where it is longer, with sums."""
    must_have_sums(args.detail, columns)
    sums_only = args.detail == "sums"
    page, wanted = (1, MAX_FOLLOWED_ROWS) if sums_only else (args.page, args.page_size)
    size = min(wanted, XERO_PAGE_SIZE)
    pages_each = wanted // size
    first = (page - 1) * pages_each + 1
    followed = await _follow(fetch, xero, first=first, size=size, most=pages_each, what="rows")
    total = followed.pagination.item_count if followed.pagination else len(followed.items)
    whole = followed.complete and page == 1
    if sums_only and not whole:
        raise too_many(str(total), MAX_FOLLOWED_ROWS)
    pages = max(1, -(-total // wanted))
    if followed.pagination is None:
        page = 1  # one record by its id, or a list that has no pages
    return SummedList(
        text_by_others=None if sums_only else columns_by_others(followed.items, columns),
        columns=[column.name for column in columns],
        rows=[] if sums_only else as_rows(followed.items, columns),
        page=page,
        pages=pages,
        total=total,
        next_page=page + 1 if page < pages else None,
        organisation=xero.organisation.name,
        sums=sums_of(followed.items, columns) or None,
        summed="all" if whole else "shown",
        note=_note(args, page=page, pages=pages, total=total),
    )


def _note(args: FollowedListing, *, page: int, pages: int, total: int) -> str | None:
    """What an empty answer may come of."""
    if page > pages:
        return f"There is no page {page}: the last is {pages}."
    if total == 0 and isinstance(args, ContactListing) and args.contact is not None:
        return "Nothing of a contact of exactly that name; list-contacts searches by parts."
    return None


def too_many(total: str, most: int) -> XeroMcpError:
    return XeroMcpError(
        f"{total} rows are more than one call sums up ({most}).",
        code=ErrorCode.INVALID_ARGUMENTS,
        next_step="Narrow the list, by dates for instance, and add up nothing yourself.",
        details=[Detail(path="detail", message="sums of too many rows")],
    )


async def all_of(fetch: Fetch[T], xero: ScopedXero, *, what: str) -> Followed[T]:
    """Every record of a list, for a tool that answers from all of them.

    `complete` is False where the list is longer than a call may follow.
    """
    return await _follow(
        fetch, xero, first=1, size=INSIDE_PAGE_SIZE, most=MAX_INSIDE_PAGES, what=what
    )


async def _follow(  # noqa: PLR0913 - what to follow, and how far
    fetch: Fetch[T], xero: ScopedXero, *, first: int, size: int, most: int, what: str
) -> Followed[T]:
    items: list[T] = []
    pagination: Pagination | None = None
    for page in range(first, first + most):
        found, told = await fetch(page, size)
        items.extend(found)
        pagination = pagination or told
        if told is None or page >= told.page_count:
            return Followed(items=items, pagination=pagination, complete=True)
        if most > 1:
            left = told.page_count - first + 1
            await xero.tell(page - first + 1, min(most, left), f"reading {what}")
    return Followed(items=items, pagination=pagination, complete=False)
