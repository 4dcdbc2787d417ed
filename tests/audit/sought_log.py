"""A log in memory, of rows without a chain: for what is about finding them, not their text."""

import sqlite3
from random import Random

from xero_mcp.store.base import Tables
from xero_mcp.store.migrations import migrations
from xero_mcp.store.migrations.statements import statements
from xero_mcp.store.sqlite_lane import SqliteExecutor
from xero_mcp.store.tables.audit import AuditRow

AGENTS = ("ap-clerk", "ap-clerk", "ap-clerk", "analyst", None)
TOOLS = ("list-accounts", "create-invoice", None)
INSERT = """
INSERT INTO audit (seq, at, kind, id, agent, organisation_id, tool, decision, status, body, hash,
                   contact_id, amount_e4, look)
VALUES (:seq, :at, :kind, :id, :agent, :organisation_id, :tool, :decision, :status, :body, :hash,
        :contact_id, :amount_e4, :look)
"""


def new_database(*, upto: str = "9999") -> sqlite3.Connection:
    """A database in memory with the steps up to this one."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    for step in migrations("sqlite"):
        if step.name[:4] <= upto:
            for statement in statements(step.sql()):
                database.execute(statement)
    return database


def tables_of(database: sqlite3.Connection) -> Tables:
    return Tables(SqliteExecutor(database))


def row_of(seq: int) -> AuditRow:
    """Always the same for a number; the times go back now and then, as clocks do."""
    chance = Random(seq)  # noqa: S311 - the same log each time
    return AuditRow(
        seq=seq,
        at=f"2026-03-02T{(seq // 60 - chance.choice((0, 0, 1))) % 24:02}:{seq % 60:02}:00.000Z",
        kind=chance.choice(("intent", "outcome", "refusal")),
        id=f"a-{seq}",
        intent_id=None,
        approval_id=None,
        agent=chance.choice(AGENTS),
        organisation_id=chance.choice(("org-1", "org-2", None)),
        tool=chance.choice(TOOLS),
        decision=chance.choice(("allow", "allow", "deny", None)),
        status=chance.choice(("ok", None)) if chance.random() < 0.99 else "unknown",
        body="{}",
        hash="h",
        contact_id=chance.choice(("bolt", None, None)),
        amount_e4=chance.choice((None, None, 10_000, 5_000_000)),
        look=chance.choice(("refused", None, None)),
    )


def append(database: sqlite3.Connection, count: int) -> None:
    """So many more records, as this version writes them."""
    tables = tables_of(database)
    last, _ = tables.audit.tail()
    for seq in range(last + 1, last + 1 + count):
        tables.audit.append(row_of(seq))


def append_as_before(database: sqlite3.Connection, count: int) -> None:
    """So many more records, as a version writes them that copies nothing."""
    last, _ = tables_of(database).audit.tail()
    numbers = range(last + 1, last + 1 + count)
    database.executemany(INSERT, [row_of(seq)._asdict() for seq in numbers])


def copied(database: sqlite3.Connection) -> int:
    [(count,)] = database.execute("SELECT COUNT(*) FROM audit_sought").fetchall()
    assert isinstance(count, int)
    return count


def take_off_the_guard(database: sqlite3.Connection) -> None:
    triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for (trigger,) in triggers:
        database.execute(f"DROP TRIGGER {trigger}")
