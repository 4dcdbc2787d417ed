"""Rows under columns: nearly as small as CSV, and valid against a schema."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Generic, TypeVar, cast

from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from xero_mcp.clock import to_iso
from xero_mcp.money import to_text

T = TypeVar("T")
_AS_THEY_ARE: Final = frozenset({str, int, bool, type(None)})


@dataclass(frozen=True, kw_only=True, eq=False)
class Column(Generic[T]):
    """A column of a list: how it is called and where it comes from. Equal to itself alone."""

    name: str
    read: Callable[[T], object]
    usual: bool = True
    """Shown when the agent does not choose; the others come with `fields` or `detail: full`."""
    currency: Callable[[T], str | None] | None = None
    """For money: in which currency it is. Such a column can be summed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TextColumn(Column[T]):
    """A column of text that others wrote, or of records with such text in them."""


class PlainRows(list[list[object]]):
    """Rows whose every cell is JSON as it stands, so that nobody has to look at them again."""

    __slots__ = ()


class KeptRows(tuple[tuple[object, ...], ...]):
    """The same to be shown many times: nobody who is handed them can change them."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows under columns, worked out once and kept."""

    columns: tuple[str, ...]
    by_others: tuple[str, ...]
    """The columns that show text by others in some row."""
    rows: KeptRows = field(repr=False)


def table_of(items: Sequence[T], columns: Sequence[Column[T]]) -> Table:
    rows = as_rows(items, columns)
    return Table(
        columns=tuple(column.name for column in columns),
        by_others=tuple(columns_by_others(items, columns) or ()),
        rows=KeptRows(tuple(map(_unchanging, row)) for row in rows),
    )


def _unchanging(cell: object) -> object:
    if isinstance(cell, list):
        return tuple(map(_unchanging, cast("list[object]", cell)))
    if isinstance(cell, dict):
        raise TypeError("a record in a cell could be changed: such a table is not to be kept")
    return cell


def columns_by_others(items: Sequence[T], columns: Sequence[Column[T]]) -> list[str] | None:
    """The columns that show text by others in some row."""
    names = [
        column.name
        for column in columns
        if isinstance(column, TextColumn) and any(column.read(item) for item in items)
    ]
    return names or None


def chosen(
    columns: Sequence[Column[T]], *, fields: Sequence[str] | None, full: bool
) -> Sequence[Column[T]]:
    """The columns that the agent asked for, in the order in which it named them."""
    if fields:
        by_name = {column.name: column for column in columns}
        return [by_name[name] for name in dict.fromkeys(fields)]
    return columns if full else [column for column in columns if column.usual]


def without_sums(columns: Sequence[Column[T]]) -> Sequence[Column[T]]:
    """The same columns where adding up would make no sense."""
    return [replace(column, currency=None) for column in columns]


def sums_of(items: Iterable[T], columns: Sequence[Column[T]]) -> dict[str, dict[str, str]]:
    """The sum of each money column, by currency; currencies are never added together."""
    sums: dict[str, dict[str, Decimal]] = {}
    for item in items:
        for column in columns:
            value = column.read(item) if column.currency else None
            if column.currency and isinstance(value, Decimal):
                by_currency = sums.setdefault(column.name, {})
                currency = column.currency(item) or "?"
                by_currency[currency] = by_currency.get(currency, Decimal(0)) + value
    return {
        name: {currency: to_text(amount) for currency, amount in by_currency.items()}
        for name, by_currency in sums.items()
    }


def as_rows(items: Iterable[T], columns: Sequence[Column[T]]) -> PlainRows:
    reads = [column.read for column in columns]
    # Nearly every cell of a long list is shown as it is.
    return PlainRows(
        [value if type(value := read(item)) in _AS_THEY_ARE else as_cell(value) for read in reads]
        for item in items
    )


def as_cell(value: object) -> object:
    """One value in the form in which every answer shows it: JSON as it stands."""
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, Decimal):
        return to_text(value)
    if isinstance(value, date):
        return to_iso(value) if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, tuple | list):
        return [as_cell(item) for item in cast("Sequence[object]", value)]
    return to_jsonable_python(value)


def summed_by(columns: Sequence[Column[T]], key: Callable[[T], str | None]) -> list[Column[T]]:
    """The same, with sums kept apart by `key` in place of the currency alone."""
    return [replace(one, currency=key) if one.currency else one for one in columns]
