"""Whatever somebody does to what searches go through, wherever: it is found, and the record named.

Also what the database itself does not let happen to it in the first place.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.audit.entries import REFUSAL
from tests.audit.evidence import KEY, by_export, by_script, checkpoints_of, exported
from tests.audit.sought_log import append, new_database, row_of, tables_of, take_off_the_guard
from tests.fakes import FakeClock
from xero_mcp.audit.finding import Fault
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.sought import searched, wrongly_sought
from xero_mcp.store.base import Tables
from xero_mcp.store.sqlite import SqliteStore
from xero_mcp.store.tables.audit_sought import COMPARED_AT_ONCE, EVERY, NAMES

COPIED = 2 * EVERY
SIZE = COPIED + 3
ROW = ", ".join(NAMES)


@pytest.fixture(scope="module")
def unguarded() -> Iterator[sqlite3.Connection]:
    """A log of which the last three records are not copied, and that takes any change."""
    with closing(new_database()) as database:
        append(database, SIZE)
        take_off_the_guard(database)
        yield database


def found_after(database: sqlite3.Connection, sql: str, *given: object) -> tuple[int, str]:
    """What is found once this is done; it is undone again."""
    database.execute("SAVEPOINT tampering")
    try:
        assert database.execute(sql, given).rowcount == 1, "the test does something"
        finding = wrongly_sought(tables_of(database))
        assert finding is not None, sql
        assert finding.fault is Fault.MISLISTED
        return finding.seq, finding.message
    finally:
        database.execute("ROLLBACK TO tampering")
        database.execute("RELEASE tampering")


def test_what_nobody_touched_is_right(unguarded: sqlite3.Connection):
    assert wrongly_sought(tables_of(unguarded)) is None


def test_a_record_that_searches_would_pass_over_is_named_at_every_place(
    unguarded: sqlite3.Connection,
):
    for place in range(1, COPIED):
        seq, said = found_after(unguarded, "DELETE FROM audit_sought WHERE seq = ?", place)
        assert (seq, "searches pass it over" in said) == (place, True)
        assert f"Record {place} (a-{place}) is as it was written" in said


def test_copies_that_were_cut_off_at_the_end_hide_nothing(unguarded: sqlite3.Connection):
    """What is not copied is looked through: so a search still finds the last of them."""
    unguarded.execute("SAVEPOINT tampering")
    unguarded.execute("DELETE FROM audit_sought WHERE seq = ?", (COPIED,))
    tables = tables_of(unguarded)
    assert wrongly_sought(tables) is None
    append(unguarded, 1)
    assert wrongly_sought(tables) is None
    unguarded.execute("ROLLBACK TO tampering")
    unguarded.execute("RELEASE tampering")


@pytest.mark.parametrize("name", NAMES)
def test_a_column_that_says_otherwise_is_named_at_every_place(
    unguarded: sqlite3.Connection, name: str
):
    for place in range(1, COPIED + 1):
        sql = f"UPDATE audit_sought SET {name} = ? WHERE seq = ?"  # noqa: S608 - our own names
        seq, said = found_after(unguarded, sql, "somebody-else", place)
        assert (seq, f"take its {name} for another" in said) == (place, True)
        if name not in {"at", "kind"} and getattr(row_of(place), name) is not None:
            assert found_after(unguarded, sql, None, place)[0] == place


BESIDE = (
    f"INSERT INTO audit_sought (seq, {ROW}) "  # noqa: S608
    f"VALUES ({', '.join('?' for _ in range(len(NAMES) + 1))})"
)
ANYTHING = ["x"] * len(NAMES)


def test_a_row_without_a_record_is_named(unguarded: sqlite3.Connection):
    for place in (-5, 0):
        seq, said = found_after(unguarded, BESIDE, place, *ANYTHING)
        assert (seq, "not in the log" in said) == (place, True)


def test_a_row_beyond_the_log_hides_what_is_not_copied_and_that_is_named(
    unguarded: sqlite3.Connection,
):
    """Searches take what is before the last copy for copied."""
    for place in (SIZE + 1, 10**15):
        seq, said = found_after(unguarded, BESIDE, place, *ANYTHING)
        assert (seq, "searches pass it over" in said) == (COPIED + 1, True)
    with closing(new_database()) as database:
        append(database, EVERY)
        take_off_the_guard(database)
        for place in (EVERY + 1, 10**15):
            seq, said = found_after(database, BESIDE, place, *ANYTHING)
            assert (seq, "not in the log" in said) == (place, True)


def test_rows_that_were_swapped_are_found_at_the_first_of_them(unguarded: sqlite3.Connection):
    sql = "UPDATE audit_sought SET seq = ? WHERE seq = ?"
    unguarded.execute("SAVEPOINT swapping")
    for to, of in ((-1, 7), (7, 100), (100, -1)):
        unguarded.execute(sql, (to, of))
    finding = wrongly_sought(tables_of(unguarded))
    unguarded.execute("ROLLBACK TO swapping")
    unguarded.execute("RELEASE swapping")
    assert finding is not None
    assert finding.seq == 7


@pytest.mark.slow
def test_a_long_log_is_compared_to_its_end():
    """It is compared in parts."""
    with closing(new_database()) as database:
        take_off_the_guard(database)
        database.execute("BEGIN")
        append(database, COMPARED_AT_ONCE + EVERY)
        database.execute("COMMIT")
        last = COMPARED_AT_ONCE // EVERY * EVERY + EVERY
        for place in (1, COMPARED_AT_ONCE, COMPARED_AT_ONCE + 1, last):
            sql = "UPDATE audit_sought SET agent = 'x' WHERE seq = ?"
            assert found_after(database, sql, place)[0] == place


async def test_the_log_is_sound_all_the_same_and_an_export_knows_nothing_of_it(
    store: SqliteStore, database: Path, clock: FakeClock
):
    log = AuditLog(store, clock)

    def work(tables: Tables) -> None:
        for number in range(EVERY + 1):
            log.append(tables, replace(REFUSAL, id=f"a-{number}"))

    await store.write(work)
    with closing(sqlite3.connect(database, isolation_level=None)) as plain:
        take_off_the_guard(plain)
        plain.execute("UPDATE audit_sought SET agent = 'somebody-else' WHERE seq = 40")
    verdict = await log.verify()
    assert verdict.ok
    wrong = await searched(store, verdict)
    assert wrong.finding is not None
    assert (wrong.finding.seq, wrong.finding.id, wrong.records) == (40, "a-39", 39)
    assert wrong.complete().finding == wrong.finding
    rows = await store.read(lambda tables: tables.audit.scan(0, limit=500))
    kept = checkpoints_of(rows, EVERY + 1, key=KEY)
    for way in (by_export, by_script):
        assert way(exported(rows), kept) is None
    with closing(sqlite3.connect(database, isolation_level=None)) as plain:
        plain.execute("UPDATE audit SET tool = 'x' WHERE seq = 50")
    broken = await log.verify()
    assert await searched(store, broken) == broken, "a fault of the log itself is told first"


def row(seq: object, **changes: str | None) -> str:
    """A row to be put in, as record 65 says it but for the changes."""
    said = {name: getattr(row_of(EVERY + 1), name) for name in NAMES} | changes
    values = ["NULL" if value is None else f"'{value}'" for value in (said[n] for n in NAMES)]
    return f"INTO audit_sought (seq, {ROW}) VALUES ({seq}, {', '.join(values)})"


ATTACKS = [
    "UPDATE audit_sought SET agent = 'x' WHERE seq = 1",
    "UPDATE audit_sought SET seq = 200 WHERE seq = 1",
    "DELETE FROM audit_sought WHERE seq = 1",
    "DELETE FROM audit_sought",
    f"INSERT OR REPLACE {row(1)}",
    f"INSERT {row(EVERY)}",
    f"INSERT {row(EVERY + 2)}",
    f"INSERT {row(EVERY + 1, agent='nobody')}",
    f"INSERT {row(EVERY + 1, status='other')}",
    f"INSERT {row(EVERY + 1, at='2020')}",
    f"INSERT {row(0)}",
    f"INSERT {row(10**15)}",
    f"INSERT {row('NULL')}",
    f"INSERT {row(1)} ON CONFLICT (seq) DO UPDATE SET agent = 'x'",
]


@pytest.mark.parametrize("recursive_triggers", ["OFF", "ON"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_database_lets_nothing_in_but_the_next_record(attack: str, recursive_triggers: str):
    with closing(new_database()) as database:
        append(database, EVERY + 2)
        database.execute(f"PRAGMA recursive_triggers = {recursive_triggers}")
        with pytest.raises(sqlite3.IntegrityError, match="the audit log is"):
            database.execute(attack)
        assert wrongly_sought(tables_of(database)) is None
        assert database.execute(f"INSERT {row(EVERY + 1)}").rowcount == 1, "the next one, as it is"
        assert wrongly_sought(tables_of(database)) is None
