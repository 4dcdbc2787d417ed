"""Lists of reference data: answered from what the server keeps of an organisation, with its age."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import Field

from xero_mcp.tool.answer import ListAnswer
from xero_mcp.tool.table import Column, Table, table_of
from xero_mcp.xero.reference import Noun
from xero_mcp.xero.scoped import ScopedXero

S = TypeVar("S")
T = TypeVar("T")


class CachedList(ListAnswer):
    """A whole list, and how long ago Xero said so."""

    age_seconds: int = Field(description="Seconds since Xero was asked.")


def cached_list(
    known: Sequence[S],
    columns: Sequence[Column[T]],
    *,
    wanted: Callable[[Sequence[S]], Sequence[T]],
    noun: Noun,
    xero: ScopedXero,
) -> CachedList:
    """The answer of a list that the server keeps; its rows are kept as well, until Xero is asked.

    They are found again by the columns and by `wanted`: two of those that are equal must choose
    the same rows of the same list, whoever asks and whenever.
    """
    shown = tuple(columns)
    reference = xero.reference
    table = reference.worked_out(
        noun, known, by=(shown, wanted), work_out=lambda: table_of(wanted(known), shown)
    )
    return _answer(table, xero, age_seconds=int(reference.age_seconds(noun) or 0))


def fresh_list(items: Sequence[T], columns: Sequence[Column[T]], *, xero: ScopedXero) -> CachedList:
    """The same of what was read just now."""
    return _answer(table_of(items, columns), xero, age_seconds=0)


def whole(known: Sequence[T]) -> Sequence[T]:
    """Every record is wanted."""
    return known


def _answer(table: Table, xero: ScopedXero, *, age_seconds: int) -> CachedList:
    rows = table.rows
    return CachedList(
        text_by_others=list(table.by_others) or None,
        columns=list(table.columns),
        rows=rows,
        page=1,
        pages=1,
        total=len(rows),
        organisation=xero.organisation.name,
        age_seconds=age_seconds,
    )
