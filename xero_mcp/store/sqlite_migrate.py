"""Bring a SQLite file to what this version needs; safe when many processes start at once."""

import sqlite3
import time
from pathlib import Path

from xero_mcp.clock import Clock, to_iso
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.migrations import Migration, migrations
from xero_mcp.store.migrations.statements import statements
from xero_mcp.store.sqlite_errors import primary_code, unavailable
from xero_mcp.store.sqlite_lane import LOOK_SECONDS, DatabaseFile, begin_immediate, set_up

_KNOWN = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'"
_CREATE = """
CREATE TABLE IF NOT EXISTS migrations (name TEXT NOT NULL PRIMARY KEY, applied_at TEXT NOT NULL)
"""
_APPLIED = "SELECT name FROM migrations"
_APPLY = "INSERT INTO migrations (name, applied_at) VALUES (:name, :applied_at)"


def migrate(file: DatabaseFile, *, clock: Clock) -> tuple[str, ...]:
    """Run the steps that the file still lacks, all or none; return their names.

    Raises:
        StoreUnavailableError: the file cannot be used, or a newer version has used it.
    """
    try:
        connection = file.connect(waits=False)
        try:
            _use_write_ahead_log(connection, max_looks=file.max_looks)
            steps = migrations("sqlite")
            if not _missing(connection, steps, path=file.path):
                return ()
            set_up(connection, synchronous="FULL")
            return _run_missing(connection, steps, file=file, clock=clock)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise unavailable(file.path, error) from error


def _use_write_ahead_log(connection: sqlite3.Connection, *, max_looks: int) -> None:
    """The change to WAL is refused at once, without waiting, while another process makes it."""
    for _ in range(max_looks - 1):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(LOOK_SECONDS)
        else:
            return
    connection.execute("PRAGMA journal_mode = WAL")


def _missing(
    connection: sqlite3.Connection, steps: tuple[Migration, ...], *, path: Path
) -> tuple[Migration, ...]:
    applied: set[str] = set()
    if connection.execute(_KNOWN).fetchone() is not None:
        applied = {name for (name,) in connection.execute(_APPLIED)}
    unknown = applied - {step.name for step in steps}
    if unknown:
        raise StoreUnavailableError(
            f"The database {path} was made by a newer xero-mcp (it has step "
            f"{max(unknown)}). Upgrade this one, or point XERO_MCP_DATABASE_URL elsewhere."
        )
    return tuple(step for step in steps if step.name not in applied)


def _run_missing(
    connection: sqlite3.Connection,
    steps: tuple[Migration, ...],
    *,
    file: DatabaseFile,
    clock: Clock,
) -> tuple[str, ...]:
    connection.execute("PRAGMA busy_timeout = 0")  # waiting is done by us
    begin_immediate(connection, max_looks=file.max_looks)
    try:
        connection.execute(_CREATE)
        # Another process may have been first since we looked.
        missing = _missing(connection, steps, path=file.path)
        for step in missing:
            for statement in statements(step.sql()):
                connection.execute(statement)
            connection.execute(_APPLY, {"name": step.name, "applied_at": to_iso(clock.now())})
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return tuple(step.name for step in missing)
