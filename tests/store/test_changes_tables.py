"""What the feed of changes is kept in, over every kind of database."""

from collections.abc import Callable
from datetime import timedelta

import anyio

from tests.fakes import START
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.change_work import PendingRow, Wanted
from xero_mcp.store.tables.changes import ChangeRow, KnownRow

SECOND = timedelta(seconds=1)
INVOICE = Wanted("org", "invoices", "a", is_new=False, event_at=START)
CHANGE = ChangeRow(
    seq=0,
    organisation_id="org",
    resource="invoices",
    resource_id="a",
    mark="m-1",
    area="invoices",
    contact_id="c-1",
    kind="updated",
    source="webhook",
    changed_at=START,
    noticed_at=START,
    audit_id=None,
    events=1,
    sealed="s",
)


def numbered(number: int) -> ChangeRow:
    return CHANGE._replace(
        mark=f"m-{number}", contact_id=f"c-{number}", noticed_at=START + number * SECOND
    )


async def test_many_events_for_one_thing_are_one_reading(store: Store):
    def work(tables: Tables) -> list[PendingRow]:
        for number in (3, 1, 2):
            event_at = START + number * SECOND
            tables.change_work.want(
                INVOICE._replace(event_at=event_at, is_new=number == 1), due_at=event_at
            )
        return tables.change_work.take(
            "me", now=START + 9 * SECOND, ends_at=START + 60 * SECOND, limit=40
        )

    assert await store.write(work) == [
        PendingRow(
            organisation_id="org",
            resource="invoices",
            resource_id="a",
            version=3,
            events=3,
            is_new=True,
            first_event_at=START + SECOND,
            event_at=START + 3 * SECOND,
            wanted_at=START + 3 * SECOND,
            attempts=0,
        )
    ]


async def test_what_is_not_due_or_has_a_holder_is_not_taken(store: Store):
    def take(now_seconds: int, holder: str) -> Callable[[Tables], list[str]]:
        now = START + now_seconds * SECOND

        def work(tables: Tables) -> list[str]:
            found = tables.change_work.take(holder, now=now, ends_at=now + 10 * SECOND, limit=40)
            return [one.resource_id for one in found]

        return work

    await store.write(lambda t: t.change_work.want(INVOICE, due_at=START + 5 * SECOND))
    assert await store.write(take(4, "me")) == []
    assert await store.write(take(5, "me")) == ["a"]
    assert await store.write(take(6, "you")) == []
    assert await store.write(take(15, "you")) == ["a"]  # the lease is over: its holder died


async def test_two_holders_never_get_the_same_thing(store: Store):
    def want(tables: Tables) -> None:
        for number in range(40):
            tables.change_work.want(INVOICE._replace(resource_id=f"{number:02}"), due_at=START)

    taken: list[str] = []

    async def take(holder: str) -> None:
        for _ in range(10):
            found = await store.write(
                lambda t: t.change_work.take(
                    holder, now=START, ends_at=START + 60 * SECOND, limit=3
                )
            )
            taken.extend(one.resource_id for one in found)

    await store.write(want)
    async with anyio.create_task_group() as group:
        group.start_soon(take, "me")
        group.start_soon(take, "you")
    assert sorted(taken) == [f"{number:02}" for number in range(40)]


async def test_one_kind_of_one_organisation_is_taken_at_a_time(store: Store):
    def work(tables: Tables) -> list[list[str]]:
        for organisation, resource in (("b", "invoices"), ("a", "contacts"), ("a", "invoices")):
            one = INVOICE._replace(organisation_id=organisation, resource=resource)
            tables.change_work.want(one, due_at=START)
        found = [
            tables.change_work.take("me", now=START, ends_at=START + SECOND, limit=40)
            for _ in range(4)
        ]
        return sorted([f"{row.organisation_id} {row.resource}" for row in rows] for rows in found)

    assert await store.write(work) == [[], ["a contacts"], ["a invoices"], ["b invoices"]]


async def test_what_is_told_while_it_is_read_is_read_again_and_counted_once(store: Store):
    ends = START + 60 * SECOND

    def work(tables: Tables) -> tuple[int, list[PendingRow], list[PendingRow]]:
        tables.change_work.want(INVOICE, due_at=START)
        first = tables.change_work.take("me", now=START, ends_at=ends, limit=40)
        again = INVOICE._replace(event_at=START + SECOND)
        tables.change_work.want(again, due_at=START + 2 * SECOND)
        tables.change_work.done("me", first)
        waiting = tables.change_work.waiting()
        too_soon = tables.change_work.take("me", now=START + SECOND, ends_at=ends, limit=40)
        second = tables.change_work.take("me", now=START + 2 * SECOND, ends_at=ends, limit=40)
        tables.change_work.done("me", second)
        assert tables.change_work.waiting() == 0
        return waiting, too_soon, second

    waiting, too_soon, second = await store.write(work)
    assert (waiting, too_soon) == (1, [])
    assert [(one.events, one.version, one.first_event_at) for one in second] == [
        (1, 2, START + SECOND)
    ]


async def test_what_did_not_work_waits_and_counts_its_attempts(store: Store):
    ends = START + 60 * SECOND

    def work(tables: Tables) -> list[int]:
        tables.change_work.want(INVOICE, due_at=START)
        attempts: list[int] = []
        for seconds in (0, 2):
            now = START + seconds * SECOND
            rows = tables.change_work.take("me", now=now, ends_at=ends, limit=40)
            attempts += [row.attempts for row in rows]
            tables.change_work.put_back("me", rows, due_at=START + (seconds + 2) * SECOND)
        assert tables.change_work.waiting_since() == START
        assert not tables.change_work.take("me", now=START + 3 * SECOND, ends_at=ends, limit=40)
        tables.change_work.want(INVOICE, due_at=START + 3 * SECOND)  # told again: at once
        rows = tables.change_work.take("me", now=START + 3 * SECOND, ends_at=ends, limit=40)
        return [*attempts, *(row.attempts for row in rows)]

    assert await store.write(work) == [0, 1, 0]


async def test_a_holder_whose_lease_ran_out_changes_nothing(store: Store):
    def work(tables: Tables) -> int:
        tables.change_work.want(INVOICE, due_at=START)
        mine = tables.change_work.take("me", now=START, ends_at=START + SECOND, limit=40)
        later = START + 2 * SECOND
        assert tables.change_work.take("you", now=later, ends_at=later + SECOND, limit=40)
        tables.change_work.done("me", mine)
        tables.change_work.put_back("me", mine, due_at=START)
        return tables.change_work.waiting()

    assert await store.write(work) == 1


async def test_a_position_is_opened_once_and_moves_with_its_holder(store: Store):
    ends = START + 60 * SECOND

    def work(tables: Tables) -> None:
        for since in (START, START + SECOND):
            tables.change_work.open_position(
                "org", "payments", since=since, next_at=START + 9 * SECOND
            )
        assert tables.change_work.take_position("me", now=START, ends_at=ends) is None
        tables.change_work.poll_soon("org", "payments", START)
        read = tables.change_work.take_position("me", now=START, ends_at=ends)
        assert read is not None
        assert read.since == START
        assert tables.change_work.take_position("you", now=START, ends_at=ends) is None
        moved = read._replace(
            since=START + 5 * SECOND, next_at=START + 99 * SECOND, polled_at=START
        )
        assert not tables.change_work.polled("you", read, moved)
        assert tables.change_work.polled("me", read, moved)
        assert tables.change_work.positions() == [moved]

    await store.write(work)


async def test_a_poll_that_is_asked_for_while_one_runs_is_not_lost(store: Store):
    ends = START + 60 * SECOND

    def work(tables: Tables) -> None:
        tables.change_work.open_position("org", "payments", since=START, next_at=START)
        read = tables.change_work.take_position("me", now=START, ends_at=ends)
        assert read is not None
        tables.change_work.poll_soon("org", "payments", START + SECOND)
        moved = read._replace(next_at=START + 99 * SECOND, polled_at=START)
        assert tables.change_work.polled("me", read, moved)
        assert tables.change_work.positions()[0].next_at == START + SECOND

    await store.write(work)


async def test_a_change_stands_in_the_feed_once_and_cursors_have_no_gap(store: Store):
    def work(tables: Tables) -> tuple[list[bool], list[ChangeRow]]:
        added = [tables.changes.add(numbered(number)) for number in (1, 2, 1, 3, 2, 4)]
        return added, tables.changes.after(1, limit=2)

    added, page = await store.write(work)
    assert added == [True, True, False, True, False, True]
    assert page == [numbered(2)._replace(seq=2), numbered(3)._replace(seq=3)]
    assert await store.read(lambda tables: tables.changes.newest_seq()) == 4


async def test_changes_that_are_added_together_come_one_after_the_other(store: Store):
    async def add(first: int) -> None:
        for number in range(first, first + 20):
            await store.write(lambda t, number=number: t.changes.add(numbered(number)))

    async with anyio.create_task_group() as group:
        for first in (0, 10, 20):
            group.start_soon(add, first)
    rows = await store.read(lambda tables: tables.changes.after(0, limit=100))
    assert [row.seq for row in rows] == list(range(1, 41))
    assert len({row.mark for row in rows}) == 40


async def test_a_cursor_is_never_given_out_twice_whatever_is_forgotten(store: Store):
    def work(tables: Tables) -> list[int]:
        for number in (1, 2, 3):
            tables.changes.add(numbered(number))
        assert tables.changes.forget_contact("c-3") == 1
        assert tables.changes.newest_seq() == 3
        tables.changes.add(numbered(4))
        assert tables.changes.forget_before(START + timedelta(days=1)) == 3
        assert tables.changes.oldest_seq() is None
        tables.changes.add(numbered(5))
        return [row.seq for row in tables.changes.after(0, limit=9)]

    assert await store.write(work) == [5]


async def test_a_cursor_is_found_by_a_moment(store: Store):
    def work(tables: Tables) -> list[int]:
        for number in (1, 2, 3):
            tables.changes.add(numbered(number))
        return [tables.changes.seq_before(START + number * SECOND) for number in (0, 2, 3, 4)]

    assert await store.write(work) == [0, 1, 2, 3]


async def test_the_newest_state_of_a_thing_replaces_the_one_before(store: Store):
    known = KnownRow("org", "invoices", "a", "c-1", START, "d", "s")

    def work(tables: Tables) -> list[KnownRow | None]:
        tables.changes.know(known)
        tables.changes.know(known._replace(digest="d-2", contact_id=None))
        found = tables.changes.known("org", "invoices", "a")
        tables.changes.know(known)
        tables.changes.forget_contact("c-1")
        return [found, tables.changes.known("org", "invoices", "a")]

    assert await store.write(work) == [known._replace(digest="d-2", contact_id=None), None]


async def test_the_changes_of_one_thing_are_told_newest_first(store: Store):
    def work(tables: Tables) -> list[int]:
        for number in (1, 2, 3):
            tables.changes.add(numbered(number))
        tables.changes.add(CHANGE._replace(resource_id="b"))
        return [row.seq for row in tables.changes.of("org", "invoices", "a", limit=2)]

    assert await store.write(work) == [3, 2]


async def test_a_watch_goes_on_where_it_was(store: Store):
    def work(tables: Tables) -> list[int | None]:
        before = tables.changes.watched("w")
        tables.changes.watch("w", 5, START)
        tables.changes.watch("w", 7, START)
        return [before, tables.changes.watched("w"), tables.changes.watched("other")]

    assert await store.write(work) == [None, 7, None]
