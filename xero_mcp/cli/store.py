"""`xero-mcp store`: the database itself."""

import anyio
import typer

from xero_mcp.cli.console import open_screen
from xero_mcp.cli.options import example, group_of
from xero_mcp.clock import SystemClock
from xero_mcp.settings import load_settings
from xero_mcp.settings_shown_url import shown_url
from xero_mcp.store.opening import migrate_store


def group() -> typer.Typer:
    made = group_of("Bring the database up to date.", "xero-mcp store migrate")
    made.command("migrate", epilog=example("xero-mcp store migrate"))(migrate)
    return made


def migrate() -> None:
    """Make the tables, or bring them up to date.

    The server does so by itself when it starts, where its role may make tables. Where it may
    not, run this as the owner of the tables before each new version.
    """
    settings = load_settings()

    async def run() -> tuple[str, ...]:
        return await migrate_store(settings, clock=SystemClock())

    steps = anyio.run(run)
    screen = open_screen()
    place = shown_url(settings.database_url).removeprefix("sqlite:///")
    for step in steps:
        screen.line(f"{step}: done")
    screen.line(f"{place} is up to date.")
