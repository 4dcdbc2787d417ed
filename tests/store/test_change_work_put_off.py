"""Work on changes that is put off: over every kind of store."""

from datetime import timedelta

from tests.fakes import START
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.change_work import PositionRow, Wanted
from xero_mcp.store.tables.changes import KnownRow

SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=120)
US = "us"


def want(tables: Tables, resource_id: str = "i") -> None:
    wanted = Wanted("o", "invoices", resource_id, is_new=False, event_at=START)
    tables.change_work.want(wanted, due_at=START + SECOND)


async def test_what_is_put_off_comes_back_then_and_counts_no_attempt(store: Store):
    def work(tables: Tables) -> None:
        want(tables)
        now = START + SECOND
        rows = tables.change_work.take(US, now=now, ends_at=now + LEASE, limit=9)
        tables.change_work.postpone(US, rows, due_at=now + 10 * SECOND)
        assert tables.change_work.take(US, now=now, ends_at=now + LEASE, limit=9) == []
        assert tables.change_work.next_due_at() == now + 10 * SECOND
        later = now + 10 * SECOND
        [again] = tables.change_work.take(US, now=later, ends_at=later + LEASE, limit=9)
        assert again.attempts == 0

    await store.write(work)


async def test_nobody_puts_off_what_another_one_has(store: Store):
    def work(tables: Tables) -> None:
        want(tables)
        now = START + SECOND
        rows = tables.change_work.take(US, now=now, ends_at=now + LEASE, limit=9)
        tables.change_work.postpone("they", rows, due_at=now)
        assert tables.change_work.take("they", now=now, ends_at=now + LEASE, limit=9) == []

    await store.write(work)


async def test_the_next_thing_is_due_when_it_is_free_or_its_lease_is_over(store: Store):
    def work(tables: Tables) -> None:
        assert tables.change_work.next_due_at() is None
        want(tables)
        now = START + SECOND
        assert tables.change_work.next_due_at() == now
        tables.change_work.take(US, now=now, ends_at=now + LEASE, limit=9)
        assert tables.change_work.next_due_at() == now + LEASE
        want(tables, "j")
        assert tables.change_work.next_due_at() == now

    await store.write(work)


async def test_an_organisation_that_is_paused_is_not_asked_before_then(store: Store):
    def work(tables: Tables) -> list[PositionRow]:
        work = tables.change_work
        assert work.next_poll_at() is None
        for organisation in ("o", "p"):
            work.open_position(organisation, "payments", since=START, next_at=START + SECOND)
        assert work.next_poll_at() == START + SECOND
        work.pause("o", until=START + LEASE, problem="NOT_CONNECTED")
        work.pause("o", until=START + LEASE)
        now = START + SECOND
        taken = work.take_position(US, now=now, ends_at=now + LEASE)
        assert taken is not None
        assert taken.organisation_id == "p"
        assert work.take_position(US, now=now, ends_at=now + LEASE) is None
        return work.positions()

    paused, _ = await store.write(work)
    assert (paused.next_at, paused.problem) == (START + LEASE, "NOT_CONNECTED")


async def test_between_two_readings_of_a_kind_there_is_a_rest(store: Store):
    def work(tables: Tables) -> None:
        work, now = tables.change_work, START + SECOND
        work.open_position("o", "invoices", since=START, next_at=START)
        work.calm("o", "invoices", until=now + SECOND)
        want(tables)
        assert work.take(US, now=now, ends_at=now + LEASE, limit=9) == []
        later = now + SECOND
        assert len(work.take(US, now=later, ends_at=later + LEASE, limit=9)) == 1

    await store.write(work)


async def test_what_a_dead_process_had_is_anybodys(store: Store):
    def work(tables: Tables) -> None:
        work, now = tables.change_work, START + SECOND
        want(tables)
        work.open_position("o", "payments", since=START, next_at=START)
        assert work.take(US, now=now, ends_at=now + LEASE, limit=9)
        assert work.take_position("other", now=now, ends_at=now + LEASE)
        assert sorted(work.holders()) == ["other", US]
        work.release(US, now)
        work.release("other", now)
        assert work.holders() == []
        assert work.take("they", now=now, ends_at=now + LEASE, limit=9)
        assert work.take_position("they", now=now, ends_at=now + LEASE)

    await store.write(work)


async def test_how_a_poll_ended_is_kept(store: Store):
    def work(tables: Tables) -> PositionRow:
        tables.change_work.open_position("o", "payments", since=START, next_at=START)
        taken = tables.change_work.take_position(US, now=START, ends_at=START + LEASE)
        assert taken is not None
        assert taken.next_at == START + LEASE
        failed = taken._replace(next_at=START + SECOND, failures=1, problem="XERO_UNAVAILABLE")
        assert tables.change_work.polled(US, taken, failed)
        [found] = tables.change_work.positions()
        return found

    found = await store.write(work)
    assert (found.next_at, found.failures) == (START + SECOND, 1)
    assert found.problem == "XERO_UNAVAILABLE"


async def test_what_is_kept_about_a_contact_is_counted(store: Store):
    def work(tables: Tables) -> None:
        known = KnownRow("o", "invoices", "i", "c", START, "digest", "sealed")
        tables.changes.know(known)
        tables.changes.know(known._replace(resource_id="j", contact_id=None))
        assert tables.changes.of_contact("c") == 1
        assert tables.changes.of_contact("d") == 0

    await store.write(work)
