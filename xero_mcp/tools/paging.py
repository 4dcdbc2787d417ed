"""What every list tool takes and gives: pages, columns, and how complete the answer is."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import Field, WithJsonSchema, model_validator

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.tool.answer import ListAnswer
from xero_mcp.tool.args import InOrganisation
from xero_mcp.tool.table import Column, as_rows, sums_of
from xero_mcp.xero.models.base import Pagination
from xero_mcp.xero.scoped import ScopedXero

MAX_PAGE_SIZE = 500
"""Half of what Xero would give: more than an agent can read at once."""

XERO_PAGE_SIZE = 1_000
"""The most that Xero gives at once."""
MAX_FOLLOWED_ROWS = 5_000
"""As far as one call follows a list for its caller: five requests."""
INSIDE_PAGE_SIZE = 500
MAX_INSIDE_PAGES = 40
"""How far a tool follows a list for an answer of its own: 20,000 records."""

PLAIN_TEXT = WithJsonSchema({"type": "string"})
_PLAIN_NUMBER = WithJsonSchema({"type": "integer"})
"""Bounds are checked when a call comes, and said in words."""

FIELD_NAMES = WithJsonSchema({"type": "array", "items": {"type": "string"}})
"""Names of columns cost tokens in every list: a wrong one is answered with all of them."""

T = TypeVar("T")

Page = tuple[Sequence[T], Pagination | None]
Fetch = Callable[[int, int], Awaitable[Page[T]]]
"""Page and page size -> what stands on it."""


class Listing(InOrganisation):
    """Arguments of every list."""

    detail: Literal["usual", "full"] = Field(default="usual", description="`full`: every column.")


class PagedListing(Listing):
    """Arguments of a list that Xero gives page by page."""

    page: Annotated[int, _PLAIN_NUMBER] = Field(
        default=1, ge=1, le=100_000, description="Page, from 1."
    )
    page_size: Annotated[int, _PLAIN_NUMBER] = Field(
        default=100, ge=1, le=MAX_PAGE_SIZE, description="Rows on a page, up to 500."
    )


class FollowedListing(InOrganisation):
    """Arguments of a list that one call can follow over several pages of Xero's, and sum up."""

    detail: Literal["usual", "full", "sums"] = Field(
        default="usual", description="sums: of all, no rows."
    )
    page: Annotated[int, _PLAIN_NUMBER] = Field(default=1, ge=1, le=100_000, description="From 1.")
    page_size: Annotated[int, _PLAIN_NUMBER] = Field(
        default=100, ge=1, le=MAX_FOLLOWED_ROWS, description="Up to 5000."
    )

    @model_validator(mode="after")
    def _fits_xeros_pages(self) -> "FollowedListing":
        if self.page_size > XERO_PAGE_SIZE and self.page_size % XERO_PAGE_SIZE:
            raise ValueError(f"above {XERO_PAGE_SIZE}, page_size is a multiple of it")
        return self


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
    sums_only = args.detail == "sums"
    page, wanted = (1, MAX_FOLLOWED_ROWS) if sums_only else (args.page, args.page_size)
    size = min(wanted, XERO_PAGE_SIZE)
    pages_each = wanted // size
    first = (page - 1) * pages_each + 1
    followed = await _follow(fetch, xero, first=first, size=size, most=pages_each, what="rows")
    total = followed.pagination.item_count if followed.pagination else len(followed.items)
    whole = followed.complete and page == 1
    if sums_only and not whole:
        raise _too_many(total)
    pages = max(1, -(-total // wanted))
    return SummedList(
        columns=[column.name for column in columns],
        rows=[] if sums_only else as_rows(followed.items, columns),
        page=page,
        pages=pages,
        total=total,
        next_page=page + 1 if page < pages else None,
        organisation=xero.organisation.name,
        sums=sums_of(followed.items, columns) or None,
        summed="all" if whole else "shown",
    )


def _too_many(total: int) -> XeroMcpError:
    return XeroMcpError(
        f"{total} rows are more than one call sums up ({MAX_FOLLOWED_ROWS}).",
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
        await xero.tell(page - first + 1, min(most, told.page_count - first + 1), f"reading {what}")
    return Followed(items=items, pagination=pagination, complete=False)
