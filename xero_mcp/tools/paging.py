"""What every list tool takes and gives: pages, columns, and how complete the answer is."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Literal, TypeVar

from pydantic import Field

from xero_mcp.tool.answer import ListAnswer
from xero_mcp.tool.args import InOrganisation
from xero_mcp.tool.table import Column, as_rows
from xero_mcp.xero.models.base import Pagination

MAX_PAGE_SIZE = 500
"""Half of what Xero would give: more than an agent can read at once."""

T = TypeVar("T")


class Listing(InOrganisation):
    """Arguments of every list."""

    detail: Literal["usual", "full"] = Field(default="usual", description="`full`: every column.")


class PagedListing(Listing):
    """Arguments of a list that Xero gives page by page."""

    page: int = Field(default=1, ge=1, le=100_000, description="Page, from 1.")
    page_size: int = Field(default=100, ge=1, le=MAX_PAGE_SIZE, description="Rows on a page.")


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
