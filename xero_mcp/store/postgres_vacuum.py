"""Give back the room of what was deleted, so that it is overwritten and no query can reach it."""

from dataclasses import replace

import psycopg
from psycopg import sql

from xero_mcp.store.postgres_connection import Address, Patience

VACUUM_SECONDS = 600

_TABLES = b"""
SELECT tablename::text, pg_has_role(tableowner, 'USAGE') FROM pg_tables
WHERE schemaname = current_schema() ORDER BY tablename
"""


def vacuum(address: Address, patience: Patience) -> bool:
    """False where this role may not: only who owns a table may.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    patient = replace(patience, statement_seconds=VACUUM_SECONDS)
    try:
        with address.connect(patient) as connection:
            found = connection.execute(_TABLES).fetchall()
            owned = [sql.Identifier(str(name)) for name, is_ours in found if is_ours]
            if owned:
                connection.execute(sql.SQL("VACUUM {}").format(sql.SQL(", ").join(owned)))
            return len(owned) == len(found)
    except psycopg.Error as error:
        raise address.unavailable(error) from error
