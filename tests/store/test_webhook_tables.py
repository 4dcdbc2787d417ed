"""What is kept of webhooks as they came, over every kind of database."""

from datetime import timedelta

import pytest

from tests.fakes import START
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.webhooks import EventRow, Range, holes

SECOND = timedelta(seconds=1)
EVENT = EventRow("e-1", "org", "invoices", "a", "UPDATE", START, START)


def came(first: int, last: int) -> Range:
    return Range(first, last, START, START)


async def test_a_delivery_and_an_event_are_new_once(store: Store):
    def work(tables: Tables) -> list[object]:
        return [
            tables.webhooks.add_delivery("d", START),
            tables.webhooks.add_delivery("d", START + SECOND),
            tables.webhooks.delivered_at("d"),
            tables.webhooks.delivered_at("other"),
            tables.webhooks.add_event(EVENT),
            tables.webhooks.add_event(EVENT._replace(received_at=START + SECOND)),
        ]

    assert await store.write(work) == [True, False, START, None, True, False]


async def test_events_are_read_a_page_at_a_time_each_once(store: Store):
    rows = [EVENT._replace(id=f"e-{number}") for number in range(5)]
    late = EVENT._replace(id="a-late", received_at=START + SECOND)

    def work(tables: Tables) -> tuple[list[str], list[EventRow]]:
        for row in (late, *rows):
            tables.webhooks.add_event(row)
        seen: list[str] = []
        after = None
        for _ in range(4):
            page = tables.webhooks.events_since(START, after=after, limit=2)
            seen += [row.id for row in page]
            after = page[-1] if page else after
        return seen, tables.webhooks.events_since(START + SECOND)

    seen, since = await store.write(work)
    assert seen == ["e-0", "e-1", "e-2", "e-3", "e-4", "a-late"]
    assert since == [late]


@pytest.mark.parametrize(
    ("told", "ranges"),
    [
        ([(1, 1), (2, 2), (3, 5)], [(1, 5)]),
        ([(1, 1), (4, 5), (3, 3)], [(1, 1), (3, 5)]),
        ([(9, 9), (1, 3), (5, 6), (4, 8)], [(1, 9)]),
        ([(1, 9), (3, 4)], [(1, 9)]),
        ([(3, 4), (1, 9)], [(1, 9)]),
        ([(5, 5), (3, 3), (1, 1)], [(1, 1), (3, 3), (5, 5)]),
        ([(1, 5), (4, 9)], [(1, 9)]),
    ],
)
async def test_numbers_that_touch_become_one_range(
    store: Store, told: list[tuple[int, int]], ranges: list[tuple[int, int]]
):
    def work(tables: Tables) -> list[tuple[int, int]]:
        for first, last in told:
            assert tables.webhooks.cover(came(first, last))
        return [(one.first, one.last) for one in tables.webhooks.ranges()]

    assert await store.write(work) == ranges


async def test_a_hole_stays_as_old_as_it_is_while_newer_numbers_come(store: Store):
    def work(tables: Tables) -> None:
        for number, seconds in ((1, 0), (3, 10), (4, 20), (5, 30)):
            at = START + seconds * SECOND
            tables.webhooks.cover(Range(number, number, at, START - seconds * SECOND))

    await store.write(work)
    low, high = await store.read(lambda tables: tables.webhooks.ranges())
    assert holes([low, high]) == [(2, 2)]
    assert (high.since, high.event_at) == (START + 10 * SECOND, START - 10 * SECOND)
    assert await store.read(lambda tables: tables.webhooks.newest_range()) == high


async def test_holes_are_closed_up_to_a_number_and_no_further(store: Store):
    def work(tables: Tables) -> list[tuple[int, int]]:
        for number in (1, 3, 5, 7):
            tables.webhooks.cover(came(number, number))
        tables.webhooks.close_holes(5)
        return [(one.first, one.last) for one in tables.webhooks.ranges()]

    assert await store.write(work) == [(1, 5), (7, 7)]


async def test_with_too_many_holes_the_oldest_is_given_up_and_told(store: Store):
    def work(tables: Tables) -> tuple[list[bool], list[int]]:
        told = [tables.webhooks.cover(came(n, n), max_ranges=3) for n in (2, 4, 6, 8, 10)]
        return told, [one.last for one in tables.webhooks.ranges()]

    assert await store.write(work) == ([True, True, True, False, False], [6, 8, 10])


async def test_counts_are_kept_by_day_and_outcome(store: Store):
    def work(tables: Tables) -> list[tuple[str, str, int]]:
        tables.webhooks.count("taken", START)
        tables.webhooks.count("taken", START + SECOND, amount=3)
        tables.webhooks.count("signature", START)
        tables.webhooks.count("taken", START + timedelta(days=1))
        return [(one.day, one.outcome, one.amount) for one in tables.webhooks.counts(START)]

    day, next_day = START.date().isoformat(), (START + timedelta(days=1)).date().isoformat()
    assert await store.write(work) == [
        (day, "signature", 1),
        (day, "taken", 4),
        (next_day, "taken", 1),
    ]


async def test_what_is_old_is_forgotten_and_what_is_new_stays(store: Store):
    def work(tables: Tables) -> list[object]:
        tables.webhooks.add_delivery("old", START)
        tables.webhooks.add_delivery("new", START + SECOND)
        tables.webhooks.add_event(EVENT)
        tables.webhooks.forget(START + SECOND)
        return [
            tables.webhooks.delivered_at("old"),
            tables.webhooks.delivered_at("new"),
            tables.webhooks.events_since(START),
        ]

    assert await store.write(work) == [None, START + SECOND, []]
