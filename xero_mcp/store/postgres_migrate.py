"""Bring a PostgreSQL database to what this version needs; safe when many replicas start at once."""

from dataclasses import replace

import psycopg

from xero_mcp.clock import Clock, to_iso
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.migrations import Migration, migrations
from xero_mcp.store.postgres_connection import Address, BoundedConnection, Patience
from xero_mcp.store.postgres_doubt import TAKE_THE_LOCK

MIGRATION_SECONDS = 600
"""A step may fill a column of millions of records, and the other replicas wait for it."""

_KNOWN = b"SELECT to_regclass('migrations') IS NOT NULL"
_APPLIED = b"SELECT name FROM migrations"
_CREATE = (
    b"CREATE TABLE IF NOT EXISTS migrations "
    b'(name TEXT COLLATE "C" NOT NULL PRIMARY KEY, applied_at TEXT NOT NULL)'
)
_APPLY = "INSERT INTO migrations (name, applied_at) VALUES (%(name)s, %(applied_at)s)"
_FORGET_LANES = b"DELETE FROM store_commits WHERE at < now() - interval '7 days'"


def migrate(address: Address, patience: Patience, clock: Clock) -> tuple[str, ...]:
    """Run the steps that the database still lacks, all or none; return their names.

    Raises:
        StoreUnavailableError: the database cannot be used, or a newer version has used it.
    """
    steps = migrations("postgres")
    try:
        with address.connect(patience) as connection:
            if not _missing(connection, steps, address):
                connection.execute(_FORGET_LANES)
                return ()  # also for a role that may not make tables
        patient = replace(
            patience, lock_seconds=MIGRATION_SECONDS, statement_seconds=MIGRATION_SECONDS
        )
        with address.connect(patient) as connection, connection.transaction():
            connection.execute(TAKE_THE_LOCK, prepare=False)
            connection.execute(_CREATE)
            # Another replica may have been first since we looked.
            missing = _missing(connection, steps, address)
            for step in missing:
                connection.execute(step.sql().encode(), prepare=False)
                said = {"name": step.name, "applied_at": to_iso(clock.now())}
                connection.execute(_APPLY, said)
            return tuple(step.name for step in missing)
    except psycopg.Error as error:
        raise address.unavailable(error) from error


def _missing(
    connection: BoundedConnection, steps: tuple[Migration, ...], address: Address
) -> tuple[Migration, ...]:
    applied: set[str] = set()
    [(known,)] = connection.execute(_KNOWN).fetchall()
    if known:
        applied = {str(name) for (name,) in connection.execute(_APPLIED).fetchall()}
    unknown = applied - {step.name for step in steps}
    if unknown:
        raise StoreUnavailableError(
            f"The {address} was made by a newer xero-mcp (it has step {max(unknown)}). Upgrade "
            "this one, or point XERO_MCP_DATABASE_URL elsewhere."
        )
    return tuple(step for step in steps if step.name not in applied)
