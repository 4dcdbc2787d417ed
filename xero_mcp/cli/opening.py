"""How a command opens the house: the settings, and the store where there is one."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from xero_mcp.app import Office, open_office
from xero_mcp.audit.signing import KeyFormError
from xero_mcp.cli.exits import CommandError
from xero_mcp.settings import Settings, load_settings

T = TypeVar("T")


def in_office(work: Callable[[Office], Awaitable[T]]) -> T:
    """Run over the store of the present settings, which must be there.

    Raises:
        CommandError: nothing was ever recorded here. Making an empty database would say "all
            is well" to somebody who looks in the wrong place.
    """
    found = in_office_if_any(work)
    if found is None:
        raise CommandError(f"{no_database(load_settings())}")
    return found


def open_or_make(work: Callable[[Office], Awaitable[T]]) -> T:
    """Run over the store of the present settings; it is made where there is none yet."""
    settings = load_settings()

    async def run() -> T:
        async with open_office(settings) as office:
            return await work(office)

    return _run(run)


def in_office_if_any(work: Callable[[Office], Awaitable[T]]) -> T | None:
    """Run over the store of the present settings; None where there is no database yet."""
    settings = load_settings()
    if not settings.database_is_postgres and not settings.database_path.exists():
        return None

    async def run() -> T:
        async with open_office(settings) as office:
            return await work(office)

    return _run(run)


def _run(work: Callable[[], Awaitable[T]]) -> T:
    """Run it; a key file that is none ends the command with a sentence."""
    try:
        return anyio.run(work)
    except KeyFormError as error:
        raise CommandError(f"{error}. Put the file back from a backup.") from error


def no_database(settings: Settings) -> str:
    return (
        f"Nothing is recorded yet: there is no database {settings.database_path}. It is made "
        "when `xero-mcp serve` first runs; XERO_MCP_HOME says in which folder."
    )
