"""Rows of answers: JSON as they stand, the same as pydantic would write, and kept unchanged."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic_core import to_json

from xero_mcp.tool.answer import ListAnswer
from xero_mcp.tool.table import Column, KeptRows, PlainRows, TextColumn, as_rows, table_of
from xero_mcp.tools.cached_list import CachedList
from xero_mcp.tools.paging import SummedList

unhurried = settings(deadline=None)
"""A busy machine is no fault of the code."""


class Colour(StrEnum):
    RED = "red"


class Record(BaseModel):
    """What a column may hold whole; what is absent of it is left out."""

    name: str
    note: str | None = None
    amount: Decimal = Decimal("1.50")
    day: date | None = None


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
plain = st.none() | st.booleans() | st.integers() | texts
amounts = st.decimals(allow_nan=False, allow_infinity=False, places=4, max_value=10**12)
moments = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis puts the time zone to it
    timezones=st.just(UTC),
)
records = st.builds(Record, name=texts, note=st.none() | texts, day=st.none() | st.dates())
singles = plain | amounts | moments | st.dates() | records
unusual = st.just(Colour.RED) | st.dictionaries(texts, plain | amounts, max_size=2)
cells = singles | unusual | st.lists(singles, max_size=3) | st.lists(singles, max_size=3).map(tuple)
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), max_size=5)
)


def columns_for(rows: Sequence[Sequence[object]]) -> list[Column[Sequence[object]]]:
    """A column for each place in a row."""
    width = len(rows[0]) if rows else 1
    return [
        Column[Sequence[object]](name=f"c{place}", read=lambda row, at=place: row[at])
        for place in range(width)
    ]


def by_pydantic(answer: ListAnswer) -> bytes:
    """The JSON of an answer of no such text, where pydantic looks at every cell."""
    return to_json(answer.model_dump(mode="json", exclude_none=True))


def every_list(rows: Any, total: int, note: str | None) -> list[ListAnswer]:  # noqa: ANN401 - whatever rows there are
    fields: dict[str, Any] = {
        "columns": ["c"],
        "rows": rows,
        "page": 1,
        "pages": 1,
        "total": total,
        "next_page": None,
        "organisation": "Demo",
        "note": note,
    }
    sums = {"total": {"USD": "1.00"}}
    return [
        ListAnswer(**fields),
        CachedList(**fields, age_seconds=7),
        SummedList(**fields, sums=sums, summed="all"),
        SummedList(**fields),
    ]


@unhurried
@given(tables, st.integers(0, 9), st.none() | texts)
def test_rows_go_out_as_pydantic_would_write_them(
    table: list[list[object]], total: int, note: str | None
):
    rows = as_rows(table, columns_for(table))
    for answer in every_list(rows, total, note):
        assert to_json(answer.as_json()) == by_pydantic(answer)


@unhurried
@given(st.lists(unusual | plain | st.lists(plain) | st.dictionaries(texts, amounts), max_size=4))
def test_a_cell_of_an_unusual_kind_becomes_what_pydantic_makes_of_it(row: list[object]):
    [shown] = as_rows([row], columns_for([row]))
    [whole] = every_list([row], 1, None)[:1]
    [dumped] = whole.model_dump(mode="json", exclude_none=True)["rows"]
    assert json.dumps(shown) == json.dumps(dumped)


@unhurried
@given(tables)
def test_rows_that_nobody_has_looked_at_are_looked_at_once_more(table: list[list[object]]):
    for answer in every_list(table, 1, None):
        assert to_json(answer.as_json()) == by_pydantic(answer)


def test_what_is_absent_in_a_row_is_null_and_what_is_absent_in_a_record_is_left_out():
    row = [None, [None], Record(name="a"), [Record(name="b")]]
    assert list(as_rows([row], columns_for([row]))) == [
        [None, [None], {"name": "a", "amount": "1.50"}, [{"name": "b", "amount": "1.50"}]]
    ]


def test_the_rows_of_an_answer_stand_where_they_always_stood():
    answer = CachedList(
        columns=["c"],
        rows=PlainRows([["1"]]),
        page=1,
        pages=1,
        total=1,
        organisation="Demo",
        age_seconds=3,
    )
    assert list(answer.as_json()) == [
        "columns",
        "rows",
        "page",
        "pages",
        "total",
        "organisation",
        "age_seconds",
    ]


def can_be_changed(value: object) -> bool:
    """Whether it, or anything in it, has a way to be changed."""
    ways = ("append", "clear", "insert", "pop", "sort", "update", "__setitem__", "__dict__")
    parts = cast("Sequence[object]", value) if isinstance(value, tuple) else ()
    found = any(hasattr(cast("object", value), way) for way in ways)
    return found or any(can_be_changed(part) for part in parts)


@unhurried
@given(
    st.integers(1, 3).flatmap(
        lambda width: st.lists(
            st.lists(
                plain | amounts | st.lists(st.lists(plain, max_size=2), max_size=2),
                min_size=width,
                max_size=width,
            ),
            max_size=4,
        )
    )
)
def test_a_kept_table_shows_the_same_json_and_cannot_be_changed(table: list[list[object]]):
    columns = columns_for(table)
    kept = table_of(table, columns).rows
    assert not can_be_changed(kept)
    for from_kept, from_fresh in zip(
        every_list(kept, 1, None), every_list(as_rows(table, columns), 1, None), strict=True
    ):
        assert to_json(from_kept.as_json()) == to_json(from_fresh.as_json())


def test_a_record_in_a_cell_is_not_kept_since_it_could_be_changed():
    row = [Record(name="a")]
    with pytest.raises(TypeError, match="not to be kept"):
        table_of([row], columns_for([row]))


def test_a_kept_table_names_the_columns_of_text_by_others():
    item: Mapping[str, str] = {"code": "200", "name": "Sales", "note": ""}
    columns = [
        Column[Mapping[str, str]](name="code", read=lambda one: one["code"]),
        TextColumn[Mapping[str, str]](name="name", read=lambda one: one["name"]),
        TextColumn[Mapping[str, str]](name="note", read=lambda one: one["note"]),
    ]
    kept = table_of([item], columns)
    assert (kept.columns, kept.by_others) == (("code", "name", "note"), ("name",))
    assert kept.rows == KeptRows([("200", "Sales", "")])


def test_two_columns_of_one_name_are_not_the_same():
    """What is kept is found by its columns: another way to read must not find it."""

    def column() -> Column[str]:
        return Column[str](name="code", read=lambda one: one)

    one = column()
    assert one == one  # noqa: PLR0124 - it is found again
    assert one != column()
