"""PostgreSQL itself refuses to change the log: by triggers, and to the server by rights."""

import psycopg
import pytest

from tests.audit.entries import INTENT, OUTCOME
from tests.fakes import FakeClock
from tests.store.postgres_server import Server
from xero_mcp.audit.log import AuditLog
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.postgres import PostgresStore


def row(seq: str, record_id: str) -> str:
    return (
        "INTO audit (seq, at, kind, id, body, hash) "
        f"VALUES ({seq}, '2026', 'intent', '{record_id}', '{{}}', 'h')"
    )


ATTACKS = [
    "UPDATE audit SET body = '{}' WHERE seq = 1",
    "UPDATE audit SET hash = 'x'",
    "UPDATE audit SET id = 'a-9' WHERE seq = 2",
    "DELETE FROM audit WHERE seq = 2",
    "DELETE FROM audit",
    "TRUNCATE audit",
    "TRUNCATE audit CASCADE",
    f"INSERT {row('1', 'new')} ON CONFLICT (seq) DO UPDATE SET body = excluded.body",
    f"INSERT {row('3', 'a-1')} ON CONFLICT (id) DO UPDATE SET body = excluded.body",
    f"INSERT {row('1', 'new')} ON CONFLICT DO NOTHING",
    f"INSERT {row('4', 'new')}",
    f"INSERT {row('0', 'new')}",
    f"INSERT {row('-1', 'new')}",
    f"INSERT {row('NULL', 'new')}",
    "MERGE INTO audit USING (SELECT 1) AS one ON seq = 1 WHEN MATCHED THEN DELETE",
    "WITH gone AS (DELETE FROM audit RETURNING *) SELECT * FROM gone",
    "UPDATE audit_checkpoints SET body = ''",
    "DELETE FROM audit_checkpoints",
    "TRUNCATE audit_checkpoints",
]
FORBIDDEN = [
    *(attack for attack in ATTACKS if not attack.startswith("INSERT")),
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "DROP TRIGGER audit_is_never_changed ON audit",
    "DROP TABLE audit",
    "ALTER TABLE audit ADD COLUMN x text",
    "CREATE TABLE audit_too (a int)",
    "SET session_replication_role = replica",
    "ALTER FUNCTION audit_is_never_changed() RENAME TO nothing",
    "UPDATE migrations SET name = 'x'",
    "DELETE FROM migrations",
    "INSERT INTO migrations VALUES ('x', 'y')",
    "UPDATE audit_sought SET agent = 'x'",
    "DELETE FROM audit_sought",
    "TRUNCATE audit_sought",
    "ALTER TABLE audit_sought DISABLE TRIGGER ALL",
]
NAMES = "at, kind, agent, organisation_id, tool, decision, status"
NEXT = f"INSERT INTO audit_sought (seq, {NAMES}) SELECT seq, {NAMES} FROM audit WHERE seq = 65"  # noqa: S608
SOUGHT_ATTACKS = [
    "UPDATE audit_sought SET agent = 'x' WHERE seq = 1",
    "UPDATE audit_sought SET seq = 200 WHERE seq = 1",
    "DELETE FROM audit_sought WHERE seq = 64",
    "DELETE FROM audit_sought",
    "TRUNCATE audit_sought",
    "TRUNCATE audit_sought CASCADE",
    NEXT.replace("seq = 65", "seq = 66"),
    NEXT.replace("seq = 65", "seq = 1") + " ON CONFLICT (seq) DO UPDATE SET agent = 'x'",
    NEXT.replace(
        "agent, organisation_id, tool, decision, status FROM", "'x', NULL, NULL, NULL, NULL FROM"
    ),
    NEXT.replace("SELECT seq", "SELECT 10000"),
    "MERGE INTO audit_sought USING (SELECT 1) AS one ON seq = 1 WHEN MATCHED THEN DELETE",
]


@pytest.fixture
async def house(postgres: Server, clock: FakeClock) -> str:
    """A house whose log has two records and a checkpoint."""
    made = postgres.new_house()
    store = await PostgresStore.open(postgres.url(made), clock=clock)
    log = AuditLog(store, clock)
    await log.record(INTENT)
    await log.record(OUTCOME)
    await store.close()
    with postgres.plain(made) as plain:
        plain.execute("INSERT INTO audit_checkpoints VALUES (2, 'then', '{}', '')")
    return made


@pytest.mark.parametrize("attack", ATTACKS)
async def test_not_even_the_owner_changes_the_log_by_mistake(
    postgres: Server, house: str, attack: str
):
    with postgres.plain(house) as plain:
        before = plain.execute("SELECT * FROM audit ORDER BY seq").fetchall()
        with pytest.raises(psycopg.IntegrityError, match=r"append-only|next record"):
            plain.execute(attack.encode())
        assert plain.execute("SELECT * FROM audit ORDER BY seq").fetchall() == before


@pytest.mark.parametrize("attack", SOUGHT_ATTACKS)
async def test_what_searches_go_through_takes_nothing_but_the_next_record(
    postgres: Server, clock: FakeClock, attack: str
):
    house = postgres.new_house()
    store = await PostgresStore.open(postgres.url(house), clock=clock)
    log = AuditLog(store, clock)
    await store.write(lambda tables: [log.append(tables, OUTCOME) for _ in range(66)])
    await store.close()
    with postgres.plain(house) as plain:
        before = plain.execute("SELECT * FROM audit_sought ORDER BY seq").fetchall()
        assert len(before) == 64
        with pytest.raises(psycopg.IntegrityError, match=r"append-only|next record"):
            plain.execute(attack.encode())
        assert plain.execute("SELECT * FROM audit_sought ORDER BY seq").fetchall() == before
        assert plain.execute(NEXT.encode()).rowcount == 1, "the next one, as it is"


async def test_the_servers_role_has_no_right_to_change_the_log(postgres: Server, house: str):
    role = postgres.house_of_two(house)
    with postgres.plain(house, user=role) as plain:
        for attack in FORBIDDEN:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                plain.execute(attack.encode())


async def test_tables_that_a_later_version_adds_are_the_servers_to_use(
    postgres: Server, house: str
):
    role = postgres.house_of_two(house)
    with postgres.plain(house) as owner:
        owner.execute("CREATE TABLE later (a int)")
    with postgres.plain(house, user=role) as plain:
        plain.execute("INSERT INTO later VALUES (1)")


async def test_a_server_that_may_not_make_tables_says_what_to_run(
    postgres: Server, clock: FakeClock
):
    house = postgres.new_house()
    await PostgresStore.migrate(postgres.url(house), clock=clock)
    url = postgres.url(house, user=postgres.house_of_two(house))
    with postgres.plain(house) as owner:  # as an older version left it
        owner.execute("DELETE FROM migrations WHERE name = '0020_postgres_alone'")
    with pytest.raises(StoreUnavailableError, match="xero-mcp store migrate"):
        await PostgresStore.open(url, clock=clock)
