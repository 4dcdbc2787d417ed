"""Lists that Xero gives page by page without saying how many pages there are."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

from pydantic import Field, model_validator

from xero_mcp.tool.table import Column, as_rows, columns_by_others, sums_of
from xero_mcp.tools.paging import PLAIN_NUMBER, ChosenColumns, SummedList, must_have_sums, too_many
from xero_mcp.xero.scoped import ScopedXero

T = TypeVar("T")
BARE_PAGE_SIZE = 100
"""As many as Xero puts on such a page; it takes no other size."""
MAX_BARE_ROWS = 1_000
"""As far as one call follows such a list: ten requests."""

FetchBare = Callable[[int], Awaitable[Sequence[T]]]


class BareListing(ChosenColumns):
    """Arguments of a list that is followed until a page is not full."""

    page: Annotated[int, PLAIN_NUMBER] = Field(default=1, ge=1, le=100_000, description="From 1.")
    page_size: Annotated[int, PLAIN_NUMBER] = Field(
        default=BARE_PAGE_SIZE, ge=1, le=MAX_BARE_ROWS, description="Hundreds, up to 1000."
    )

    @model_validator(mode="after")
    def _fits_xeros_pages(self) -> "BareListing":
        if self.page_size % BARE_PAGE_SIZE:
            raise ValueError(f"Xero gives pages of {BARE_PAGE_SIZE}: page_size is a multiple of it")
        return self


async def bare_list(
    args: BareListing, columns: Sequence[Column[T]], fetch: FetchBare[T], xero: ScopedXero
) -> SummedList:
    """The page that was asked for, over several of Xero's; a full last one may have a next."""
    must_have_sums(args.detail, columns)
    sums_only = args.detail == "sums"
    page, wanted = (1, MAX_BARE_ROWS) if sums_only else (args.page, args.page_size)
    items: list[T] = []
    is_full = True
    each = wanted // BARE_PAGE_SIZE
    for number in range(each):
        found = await fetch((page - 1) * each + number + 1)
        items.extend(found)
        is_full = len(found) >= BARE_PAGE_SIZE
        if not is_full:
            break
        if each > 1:
            await xero.tell(number + 1, None, "reading pages")
    if sums_only and is_full:
        raise too_many(f"More than {MAX_BARE_ROWS}", MAX_BARE_ROWS)
    before = (page - 1) * wanted
    known = before + len(items) if items else 0
    return SummedList(
        text_by_others=None if sums_only else columns_by_others(items, columns),
        columns=[column.name for column in columns],
        rows=[] if sums_only else as_rows(items, columns),
        page=page,
        pages=page + 1 if is_full else page,
        total=known,
        next_page=page + 1 if is_full else None,
        organisation=xero.organisation.name,
        sums=sums_of(items, columns) or None,
        summed="all" if page == 1 and not is_full else "shown",
        note=_note(page=page, known=known, is_full=is_full),
    )


def _note(*, page: int, known: int, is_full: bool) -> str | None:
    if is_full:
        return f"At least {known}: Xero does not tell how many."
    if known == 0 and page > 1:
        return f"There is no page {page}, and Xero does not tell which is the last."
    return None
