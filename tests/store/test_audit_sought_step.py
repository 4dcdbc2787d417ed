"""The step that puts what searches go through apart, over a database with a log in it."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import psycopg

from tests.audit.entries import OUTCOME, REFUSAL
from tests.audit.sought_log import INSERT, row_of
from tests.fakes import START, FakeClock
from tests.store.postgres_server import Server
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.sought import wrongly_sought
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.migrations import Migration, migrations
from xero_mcp.store.migrations.statements import statements
from xero_mcp.store.postgres import PostgresStore
from xero_mcp.store.postgres_text import translated
from xero_mcp.store.sqlite import SqliteStore
from xero_mcp.store.tables.audit import AuditFilters
from xero_mcp.store.tables.audit_sought import EVERY

STEP = "0025_audit_sought"
SIZE = 2 * EVERY + 10
RUNNING = "INSERT INTO running (intent_id, instance, started_at, write_id) VALUES "
UNDER_WAY = [("a-1", "s-1", None), ("a-2", "s-1", "a-0")]
MADE = "CREATE TABLE migrations (name TEXT NOT NULL PRIMARY KEY, applied_at TEXT NOT NULL)"
APPLIED = "INSERT INTO migrations (name, applied_at) VALUES ('{name}', 'then')"
DROPPED = {
    f"audit_{name}"
    for name in (
        "at", "of_kind", "of_agent", "of_organisation", "of_tool", "of_decision", "of_status",
    )
}  # fmt: skip


def steps_before(backend: str) -> list[Migration]:
    return [step for step in migrations(backend) if step.name < STEP]


def open_calls() -> Sequence[str]:
    return [
        RUNNING + f"('{intent}', '{instance}', '2026-03-02T09:30:00.000Z', "
        f"{'NULL' if write is None else repr(write)})"
        for intent, instance, write in UNDER_WAY
    ]


def old_file(path: Path) -> None:
    """A file as version 0024 left it."""
    with closing(sqlite3.connect(path)) as plain:
        plain.execute(MADE)
        for step in steps_before("sqlite"):
            for statement in statements(step.sql()):
                plain.execute(statement)
            plain.execute(APPLIED.format(name=step.name))
        plain.executemany(INSERT, [row_of(seq)._asdict() for seq in range(1, SIZE + 1)])
        for call in open_calls():
            plain.execute(call)
        plain.commit()


def old_database(plain: "psycopg.Connection[tuple[object, ...]]") -> None:
    """The same on PostgreSQL."""
    plain.execute(MADE.encode())
    for step in steps_before("postgres"):
        plain.execute(step.sql().encode(), prepare=False)
        plain.execute(APPLIED.format(name=step.name).encode())
    for seq in range(1, SIZE + 1):
        plain.execute(translated(INSERT), row_of(seq)._asdict())
    for call in open_calls():
        plain.execute(call.encode())


async def must_be_as_it_was(store: Store, clock: FakeClock) -> None:
    """All that was there is found, and it goes on from there."""

    def look(tables: Tables) -> list[int]:
        assert wrongly_sought(tables) is None
        assert tables.audit.tail()[0] == SIZE
        orphans = tables.running.orphans(lambda _: False)
        assert [(row.intent_id, row.instance, row.write_id) for row in orphans] == UNDER_WAY
        assert {row.started_at for row in orphans} == {START}
        return [row.seq for row in tables.audit.page(AuditFilters(agent="analyst"), limit=SIZE)]

    analysts = [seq for seq in range(SIZE, 0, -1) if row_of(seq).agent == "analyst"]
    assert await store.read(look) == analysts
    log = AuditLog(store, clock)

    def work(tables: Tables) -> None:
        tables.running.close("a-1")
        log.append(tables, OUTCOME)
        for _ in range(EVERY):
            log.append(tables, REFUSAL)
        assert wrongly_sought(tables) is None
        assert tables.running.instance_of("a-2") == "s-1"
        assert tables.running.instance_of("a-1") is None

    await store.write(work)


async def test_a_file_with_a_log_is_brought_up_to_date(tmp_path: Path, clock: FakeClock):
    path = tmp_path / "xero-mcp.db"
    old_file(path)
    path.chmod(0o600)
    assert STEP in await SqliteStore.migrate(path, clock=clock)
    with closing(sqlite3.connect(path)) as plain:
        rows = plain.execute("SELECT name, sql FROM sqlite_master").fetchall()
        [(copied,)] = plain.execute("SELECT COUNT(*) FROM audit_sought")
    assert copied == SIZE
    made = dict(rows)
    assert not DROPPED & set(made)
    assert "WITHOUT ROWID" in made["running"]
    assert not [name for name in made if "by_key" in name]
    store = await SqliteStore.open(path, clock=clock)
    try:
        await must_be_as_it_was(store, clock)
    finally:
        await store.close()


async def test_a_postgresql_with_a_log_is_brought_up_to_date(postgres: Server, clock: FakeClock):
    house = postgres.new_house()
    with postgres.plain(house) as plain:
        old_database(plain)
    url = postgres.url(house)
    assert STEP in await PostgresStore.migrate(url, clock=clock)
    with postgres.plain(house) as plain:
        found = plain.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
        ).fetchall()
        [(copied,)] = plain.execute("SELECT COUNT(*) FROM audit_sought").fetchall()
    assert copied == SIZE
    assert not DROPPED & {str(name) for (name,) in found}
    store = await PostgresStore.open(url, clock=clock)
    try:
        await must_be_as_it_was(store, clock)
    finally:
        await store.close()
