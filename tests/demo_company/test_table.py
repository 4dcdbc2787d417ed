from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from xero_mcp.demo_company.table import MAX_KEPT, Table, Undo, guid_order

NOW = datetime(2026, 9, 1, tzinfo=UTC)
Json = dict[str, Any]


def row(number: int, **more: object) -> Json:
    """Row 1 is the oldest; ids fall as numbers rise, so that no order is right by chance."""
    document_id = f"00000000-0000-0000-0000-{900 - number:012d}"
    return {"ID": document_id, "UpdatedDateUTC": NOW + timedelta(minutes=number), **more}


@pytest.fixture
def undo() -> Undo:
    return Undo()


@pytest.fixture
def table(undo: Undo) -> Table:
    table = Table("Things", "ID", undo)
    table.add_index("colour", lambda document: document.get("Colour"))
    return table


def test_ids_sort_as_sql_server_sorts_them():
    first = "ffffffff-ffff-ffff-ffff-000000000001"
    second = "00000000-0000-0000-0001-000000000002"
    third = "00000000-0000-0000-0002-000000000002"
    assert sorted([third, first, second], key=guid_order) == [first, second, third]
    assert guid_order("01000000-0000-0000-0000-000000000000") < guid_order(
        "00000001-0000-0000-0000-000000000000"
    )


def test_the_order_is_by_time_of_update_and_then_by_id(table: Table):
    for number in (3, 1, 2):
        table.put(row(number))
    assert table.in_order() == [row(1), row(2), row(3)]
    table.put({**row(1), "UpdatedDateUTC": NOW + timedelta(hours=1)})
    assert [one["ID"] for one in table.in_order()] == [row(n)["ID"] for n in (2, 3, 1)]
    same = {**row(9), "UpdatedDateUTC": row(2)["UpdatedDateUTC"]}
    table.put(same)
    assert table.in_order()[:2] == [same, row(2)]


def test_a_page_is_a_slice_of_the_order(table: Table):
    for number in range(10):
        table.put(row(number))
    assert table.page_in_order(4, 3) == [row(4), row(5), row(6)]
    assert table.page_in_order(8, 5) == [row(8), row(9)]


def test_an_index_follows_every_change(table: Table):
    table.put(row(1, Colour="red"))
    table.put(row(2, Colour="red"))
    table.put(row(1, Colour="blue"))
    assert table.find("colour", "red") == [row(2, Colour="red")]
    assert table.find("colour", "blue") == [row(1, Colour="blue")]
    table.remove(row(1)["ID"])
    assert table.find("colour", "blue") == []
    assert table.find("colour", "never seen") == []


def failing(undo: Undo, *steps: Callable[[], object]) -> None:
    """A block that does these steps and then fails."""
    with pytest.raises(ZeroDivisionError), undo.block():
        _do_and_fail(*steps)


def _do_and_fail(*steps: Callable[[], object]) -> None:
    for step in steps:
        step()
    raise ZeroDivisionError


def test_a_failed_block_takes_back_puts_changes_and_removals(table: Table, undo: Undo):
    table.put(row(1, Colour="red"))
    table.put(row(2))
    before = list(table.in_order())
    failing(
        undo,
        lambda: table.put(row(1, Colour="blue")),
        lambda: table.put(row(3, Colour="red")),
        lambda: table.remove(row(2)["ID"]),
    )
    assert table.in_order() == before
    assert table.find("colour", "red") == [row(1, Colour="red")]
    assert len(table) == 2


def test_a_failed_inner_block_leaves_what_the_outer_one_did(table: Table, undo: Undo):
    with undo.block():
        table.put(row(1))
        failing(undo, lambda: table.put(row(2)))
        table.put(row(3))
    assert table.in_order() == [row(1), row(3)]


def test_a_failed_outer_block_takes_back_what_an_inner_one_did(table: Table, undo: Undo):
    def inner() -> None:
        with undo.block():
            table.put(row(1))

    failing(undo, inner)
    assert len(table) == 0


def test_what_is_kept_is_made_again_after_a_change(table: Table):
    made: list[int] = []

    def make() -> list[Json]:
        made.append(len(table))
        return list(table)

    table.put(row(1))
    assert table.kept("all", make) == table.kept("all", make) == [row(1)]
    table.put(row(2))
    assert table.kept("all", make) == [row(1), row(2)]
    assert made == [1, 2]


def test_only_a_few_orders_are_kept(table: Table):
    table.put(row(1))
    for number in range(MAX_KEPT * 3):
        assert table.kept(f"order {number}", lambda: list(table)) == [row(1)]
