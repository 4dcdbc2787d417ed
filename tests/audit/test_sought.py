"""A search finds what the log says: what was copied for it and what was not yet."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from anyio import to_thread
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from tests.audit.entries import REFUSAL
from tests.audit.sought_log import (
    append,
    append_as_before,
    copied,
    new_database,
    row_of,
    tables_of,
)
from tests.fakes import FakeClock
from tests.wire.bounds import ROOT
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.sought import searched, wrongly_sought
from xero_mcp.clock import SystemClock, to_iso
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.sqlite import SqliteStore
from xero_mcp.store.tables.audit import AuditFilters, AuditRow
from xero_mcp.store.tables.audit_search import FEW, amount_e4
from xero_mcp.store.tables.audit_sought import EVERY, MAX_AT_ONCE, NAMES

DAY = datetime(2026, 3, 2, tzinfo=UTC)
SIZE = 3 * FEW + 8
"""Of most values there are more than FEW, and the last 56 are not copied."""
BOUND_SECONDS = 30


def log_of(size: int, *, without_copies: int = 0) -> sqlite3.Connection:
    database = new_database()
    database.execute("BEGIN")
    append(database, size - without_copies)
    append_as_before(database, without_copies)
    database.execute("COMMIT")
    return database


@pytest.fixture(scope="module", params=[0, 700], ids=["as we write it", "an older server beside"])
def long_log(request: pytest.FixtureRequest) -> Iterator[Tables]:
    with closing(log_of(SIZE, without_copies=request.param)) as database:
        yield tables_of(database)


@pytest.fixture(scope="module")
def rows() -> list[AuditRow]:
    return [row_of(seq) for seq in range(SIZE, 0, -1)]


def matches(row: AuditRow, wanted: AuditFilters) -> bool:
    """The filters again, over one record: slow, and plain."""
    same = all(
        getattr(wanted, name) in {None, getattr(row, name)}
        for name in ("agent", "organisation_id", "tool", "kind", "decision", "status", "contact_id")
    )
    amount = row.amount_e4
    least, most = amount_e4(wanted.min_amount), amount_e4(wanted.max_amount)
    return (
        same
        and (wanted.since is None or row.at >= to_iso(wanted.since))
        and (wanted.until is None or row.at < to_iso(wanted.until))
        and (wanted.tools is None or row.tool in wanted.tools)
        and (least is None or (amount is not None and amount >= least))
        and (most is None or (amount is not None and amount <= most))
        and (not wanted.needs_a_look or row.look is not None)
    )


def one_of(*values: str) -> some.SearchStrategy[str | None]:
    return some.none() | some.sampled_from(values)


MOMENTS = some.none() | some.integers(-60, 26 * 60).map(lambda past: DAY + timedelta(minutes=past))
AMOUNTS = some.none() | some.sampled_from([Decimal(1), Decimal(2), Decimal(500), Decimal(501)])
FILTERS = some.builds(
    AuditFilters,
    agent=one_of("ap-clerk", "analyst", "nobody"),
    organisation_id=one_of("org-1", "org-9"),
    tool=one_of("list-accounts", "none"),
    kind=one_of("intent", "purged"),
    decision=one_of("allow", "deny", "ask"),
    status=one_of("ok", "unknown", "failed"),
    since=MOMENTS,
    until=MOMENTS,
    tools=some.none() | some.lists(some.sampled_from(["list-accounts", "x"])).map(tuple),
    contact_id=one_of("bolt", "nut"),
    min_amount=AMOUNTS,
    max_amount=AMOUNTS,
    needs_a_look=some.booleans(),
)
PLACES = some.none() | some.integers(-1, SIZE + 2) | some.integers(SIZE - 800, SIZE + 2)


QUESTIONS = some.tuples(FILTERS, PLACES, some.integers(1, 80))
LEFT_OUT = some.sets(some.sampled_from(AuditFilters._fields), min_size=8)


@settings(
    max_examples=150, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(question=QUESTIONS, left_out=LEFT_OUT)
@example((AuditFilters(agent="ap-clerk", min_amount=Decimal(1)), None, 80), set[str]())
@example((AuditFilters(agent="ap-clerk", max_amount=Decimal(500)), SIZE - 750, 80), set[str]())
@example((AuditFilters(organisation_id="org-1", min_amount=Decimal(1)), EVERY, 80), set[str]())
@example((AuditFilters(agent="ap-clerk", decision="allow"), None, 80), set[str]())
@example((AuditFilters(status="unknown"), None, 80), set[str]())
@example((AuditFilters(agent="analyst", needs_a_look=True), None, 80), set[str]())
def test_a_page_is_what_a_look_at_every_record_finds(
    long_log: Tables,
    rows: list[AuditRow],
    question: tuple[AuditFilters, int | None, int],
    left_out: set[str],
):
    drawn, before_seq, limit = question
    empty = AuditFilters()._asdict()
    wanted = drawn._replace(**{name: empty[name] for name in left_out})
    expected = [
        row.seq
        for row in rows
        if (before_seq is None or row.seq < before_seq) and matches(row, wanted)
    ][:limit]
    found = long_log.audit.page(wanted, before_seq=before_seq, limit=limit)
    assert [row.seq for row in found] == expected


@pytest.mark.parametrize("size", [1, EVERY - 1, EVERY, EVERY + 1, 2 * EVERY - 1, 2 * EVERY])
async def test_where_copies_begin_and_end_a_search_sees_no_seam(
    store: Store, clock: FakeClock, size: int
):
    log = AuditLog(store, clock)

    def work(tables: Tables) -> None:
        for number in range(size):
            agent = ("ap-clerk", "analyst")[number % 2]
            log.append(tables, replace(REFUSAL, id=f"a-{number + 1}", agent=agent))

    await store.write(work)
    for wanted in (AuditFilters(), AuditFilters(kind="refusal"), AuditFilters(since=DAY)):
        found = await log.records(wanted, is_live=lambda _: False, limit=500)
        assert [record.row.seq for record in found] == list(range(size, 0, -1))
    found = await log.records(AuditFilters(agent="analyst"), is_live=lambda _: False, limit=500)
    assert [record.row.seq for record in found] == list(range(size - size % 2, 0, -2))
    verdict = await searched(store, await log.verify())
    assert (verdict.finding, verdict.records) == (None, size)


def test_records_are_copied_by_whoever_writes_the_last_of_so_many():
    with closing(new_database()) as database:
        sizes: list[int] = []
        for _ in range(2 * EVERY + 1):
            append(database, 1)
            sizes.append(copied(database))
    assert sizes == [0] * (EVERY - 1) + [EVERY] * EVERY + [2 * EVERY] * 2


def test_what_an_older_server_wrote_is_copied_by_the_next_of_ours():
    with closing(new_database()) as database:
        append(database, EVERY + 3)
        append_as_before(database, EVERY)  # the one whose turn it was is among them
        assert copied(database) == EVERY
        append(database, EVERY)
        assert copied(database) == 3 * EVERY
        assert wrongly_sought(tables_of(database)) is None


def test_a_long_stretch_that_an_older_server_wrote_is_caught_up_with_in_pieces():
    with closing(new_database()) as database:
        database.execute("BEGIN")
        append_as_before(database, 2 * MAX_AT_ONCE + 200)
        sizes: list[int] = []
        for _ in range(3):
            append(database, EVERY)
            sizes.append(copied(database))
        assert sizes[:2] == [MAX_AT_ONCE, 2 * MAX_AT_ONCE]
        assert sizes[2] == tables_of(database).audit.tail()[0] // EVERY * EVERY
        assert wrongly_sought(tables_of(database)) is None


async def test_a_record_that_is_undone_takes_its_copies_along(store: Store, clock: FakeClock):
    log = AuditLog(store, clock)

    def work(tables: Tables) -> None:
        log.append(tables, REFUSAL)

    def fails(tables: Tables) -> None:
        log.append(tables, replace(REFUSAL, agent="never"))
        assert tables.audit.page(AuditFilters(agent="never")) != [], "it was there until then"
        raise LookupError

    for _ in range(EVERY - 1):
        await store.write(work)
    with pytest.raises(LookupError):
        await store.write(fails)
    assert await log.records(AuditFilters(agent="never"), is_live=lambda _: False) == []
    await store.write(work)
    verdict = await searched(store, await log.verify())
    assert (verdict.finding, verdict.records) == (None, EVERY)


async def test_a_process_that_dies_while_it_copies_leaves_all_or_nothing(tmp_path: Path):
    path = tmp_path / "xero-mcp.db"
    assert await to_thread.run_sync(_dies, path) == os.EX_TEMPFAIL
    store = await SqliteStore.open(path, clock=SystemClock())
    try:
        log = AuditLog(store, SystemClock())
        for size in (EVERY - 1, EVERY):
            found = await log.records(
                AuditFilters(agent="ap-clerk"), is_live=lambda _: False, limit=500
            )
            assert len(found) == size, "its last record, and the copies, were not committed"
            assert (await searched(store, await log.verify())).ok
            await log.record(REFUSAL)
    finally:
        await store.close()


def _dies(path: Path) -> int:
    command = [sys.executable, "-m", "tests.audit.writer", "die", str(path), str(EVERY)]
    return subprocess.run(command, cwd=ROOT, timeout=BOUND_SECONDS, check=False).returncode


def test_nothing_is_copied_that_may_have_to_be_forgotten():
    with closing(new_database()) as database:
        append(database, 2 * EVERY)
        columns = [name for _, name, *_ in database.execute("PRAGMA table_info(audit_sought)")]
        assert columns == ["seq", *NAMES]
        assert not {"contact_id", "amount_e4", "look", "body", "facts"} & set(NAMES)
        tables = tables_of(database)
        because = row_of(2 * EVERY + 1)._replace(kind="forgotten", id="a-word")
        tables.audit.append(because)
        row = next(row for row in tables.audit.scan(0, limit=EVERY) if row.contact_id == "bolt")
        tables.audit.forget(row, facts="{}", because="a-word")
        assert wrongly_sought(tables) is None
        found = tables.audit.page(AuditFilters(agent=row.agent, contact_id="bolt"), limit=500)
        assert row.seq not in [each.seq for each in found]


def test_the_guard_of_the_purges_does_not_go_through_the_log():
    with closing(new_database()) as database:
        append(database, EVERY)
        plan = database.execute(
            "EXPLAIN QUERY PLAN SELECT 1 FROM audit WHERE kind = 'purged' AND seq > 5"
        ).fetchall()
    assert "audit_purged" in str(plan)
