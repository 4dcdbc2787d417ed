"""The store that the settings name, whichever kind it is."""

from xero_mcp.clock import Clock
from xero_mcp.settings import Settings
from xero_mcp.store.base import Database
from xero_mcp.store.instances import Instances, Roll
from xero_mcp.store.sqlite import SqliteStore


async def open_store(settings: Settings, *, clock: Clock) -> tuple[Database, Roll]:
    """Open the database, and the roll of the processes that share it.

    Raises:
        SettingsError: the setting cannot be read, or what it needs is not installed.
        StoreUnavailableError: the database cannot be opened.
    """
    if not settings.database_is_postgres:
        store = await SqliteStore.open(settings.database_path, clock=clock)
        return store, Instances(settings.home / "run")
    from xero_mcp.store.postgres_opening import open_postgres  # noqa: PLC0415 - only where used

    return await open_postgres(settings.database_url, clock=clock)


async def migrate_store(settings: Settings, *, clock: Clock) -> tuple[str, ...]:
    """Bring the database to what this version needs, and no more; the names of what was done.

    Raises:
        SettingsError: the setting cannot be read, or what it needs is not installed.
        StoreUnavailableError: the database cannot be opened, changed or understood.
    """
    if not settings.database_is_postgres:
        return await SqliteStore.migrate(settings.database_path, clock=clock)
    from xero_mcp.store.postgres_opening import migrate_postgres  # noqa: PLC0415 - only where used

    return await migrate_postgres(settings.database_url, clock=clock)
