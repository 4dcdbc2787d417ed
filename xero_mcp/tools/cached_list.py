"""Lists of reference data: answered from what the server keeps of an organisation, with its age."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import Field

from xero_mcp.tool.answer import ListAnswer
from xero_mcp.tool.table import Column, as_rows, columns_by_others
from xero_mcp.xero.reference import Noun
from xero_mcp.xero.scoped import ScopedXero

T = TypeVar("T")


class CachedList(ListAnswer):
    """A whole list, and how long ago Xero said so."""

    age_seconds: int = Field(description="Seconds since Xero was asked.")


def cached_list(
    items: Sequence[T], columns: Sequence[Column[T]], *, noun: Noun | None, xero: ScopedXero
) -> CachedList:
    """The answer of a list that the server keeps; without a noun it was read just now."""
    age = xero.reference.age_seconds(noun) if noun is not None else None
    return CachedList(
        text_by_others=columns_by_others(items, columns),
        columns=[column.name for column in columns],
        rows=as_rows(items, columns),
        page=1,
        pages=1,
        total=len(items),
        organisation=xero.organisation.name,
        age_seconds=int(age or 0),
    )
