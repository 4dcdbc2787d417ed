"""PostgreSQL as the settings name it; psycopg comes with the extra `postgres`."""

from importlib import import_module

from xero_mcp.clock import Clock
from xero_mcp.errors import SettingsError
from xero_mcp.store.base import Database
from xero_mcp.store.instances import Roll


async def open_postgres(url: str, *, clock: Clock) -> tuple[Database, Roll]:
    """See `open_store`."""
    must_have_psycopg()
    from xero_mcp.store.postgres import PostgresStore  # noqa: PLC0415 - psycopg may be missing
    from xero_mcp.store.postgres_instances import PostgresInstances  # noqa: PLC0415

    return await PostgresStore.open(url, clock=clock), PostgresInstances(url)


async def migrate_postgres(url: str, *, clock: Clock) -> tuple[str, ...]:
    """Run the steps that the database lacks, and no more; return their names."""
    must_have_psycopg()
    from xero_mcp.store.postgres import PostgresStore  # noqa: PLC0415 - psycopg may be missing

    return await PostgresStore.migrate(url, clock=clock)


def must_have_psycopg() -> None:
    """Say what to install, where it is not.

    Raises:
        SettingsError: psycopg, or the C library that it needs, is not there.
    """
    try:
        import_module("psycopg")
    except ImportError as error:
        raise SettingsError(
            "XERO_MCP_DATABASE_URL names PostgreSQL, which needs the extra `postgres`: "
            "pip install 'xero-mcp[postgres]'."
        ) from error
