"""Lists that Xero gives page by page without saying how many pages there are."""

from collections.abc import Sequence
from typing import TypeVar

from xero_mcp.tool.answer import ListAnswer
from xero_mcp.tool.table import Column, as_rows

T = TypeVar("T")
BARE_PAGE_SIZE = 100
"""As many as Xero puts on such a page; it takes no other size."""


def bare_list_answer(
    items: Sequence[T], columns: Sequence[Column[T]], *, page: int, organisation: str
) -> ListAnswer:
    """The answer of such a list: a full page may be followed by another."""
    is_full = len(items) >= BARE_PAGE_SIZE
    known = (page - 1) * BARE_PAGE_SIZE + len(items)
    return ListAnswer(
        columns=[column.name for column in columns],
        rows=as_rows(items, columns),
        page=page,
        pages=page + 1 if is_full else page,
        total=known,
        next_page=page + 1 if is_full else None,
        organisation=organisation,
        note=f"At least {known}: Xero does not tell how many." if is_full else None,
    )
