"""The database itself refuses to change the log, whoever opens it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.audit.entries import INTENT, OUTCOME
from tests.fakes import FakeClock
from xero_mcp.audit.log import AuditLog
from xero_mcp.store.sqlite import SqliteStore


def row(seq: str, record_id: str) -> str:
    return (
        "INTO audit (seq, at, kind, id, body, hash) "
        f"VALUES ({seq}, '2026', 'intent', '{record_id}', '{{}}', 'h')"
    )


ATTACKS = [
    "UPDATE audit SET body = '{}' WHERE seq = 1",
    "UPDATE audit SET hash = 'x'",
    "UPDATE OR REPLACE audit SET seq = 2 WHERE seq = 1",
    "UPDATE audit SET id = 'a-9' WHERE seq = 2",
    "DELETE FROM audit WHERE seq = 2",
    "DELETE FROM audit",
    f"INSERT OR REPLACE {row('1', 'new')}",
    f"INSERT OR REPLACE {row('3', 'a-1')}",
    f"REPLACE {row('2', 'a-1')}",
    f"INSERT OR IGNORE {row('1', 'new')}",
    f"INSERT {row('1', 'new')} ON CONFLICT (seq) DO UPDATE SET body = excluded.body",
    f"INSERT {row('3', 'a-1')} ON CONFLICT (id) DO UPDATE SET body = excluded.body",
    f"INSERT {row('4', 'new')}",
    f"INSERT {row('0', 'new')}",
    f"INSERT {row('-1', 'new')}",
    f"INSERT {row('NULL', 'new')}",
    "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 1",
]


@pytest.mark.parametrize("recursive_triggers", ["OFF", "ON"])
@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_plain_connection_cannot_change_the_log(
    store: SqliteStore, database: Path, clock: FakeClock, attack: str, recursive_triggers: str
):
    log = AuditLog(store, clock)
    await log.record(INTENT)
    await log.record(OUTCOME)
    with closing(sqlite3.connect(database, isolation_level=None)) as plain:
        plain.execute(f"PRAGMA recursive_triggers = {recursive_triggers}")
        before = plain.execute("SELECT * FROM audit ORDER BY seq").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match="audit log"):
            plain.execute(attack)
        assert plain.execute("SELECT * FROM audit ORDER BY seq").fetchall() == before
    assert (await log.verify()).records == 2


async def test_the_salts_beside_the_log_may_be_forgotten(
    store: SqliteStore, database: Path, clock: FakeClock
):
    log = AuditLog(store, clock)
    await log.record(INTENT)
    with closing(sqlite3.connect(database, isolation_level=None)) as plain:
        assert plain.execute("DELETE FROM audit_salts").rowcount == 1
    assert (await log.verify()).ok
