"""`xero-mcp audit checkpoint` and `public-key`: what an auditor is given beside the log."""

from pathlib import Path
from typing import Annotated

import typer

from xero_mcp.app import Office
from xero_mcp.audit.checkpoint import Checkpoint
from xero_mcp.audit.copies import Copies
from xero_mcp.cli.console import open_screen
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.mailing import Attached, mail
from xero_mcp.cli.opening import in_office
from xero_mcp.cli.system_user import system_user
from xero_mcp.settings import load_settings

SUBJECT = "Checkpoints of the audit log of xero-mcp"
TEXT = (
    "Keep the attached lines where nobody who can write the database can: with them and the public "
    "key, `xero-mcp audit verify` finds a log whose end was cut off."
)


def checkpoint(
    *,
    every: Annotated[
        bool, typer.Option("--all", help="Print all there are, the new one last.")
    ] = False,
    to: Annotated[
        str | None,
        typer.Option("--mail", metavar="TO", help="Mail them; see XERO_MCP_SMTP_URL."),
    ] = None,
    copy_to: Annotated[
        Path | None,
        typer.Option("--copy-to", metavar="PATH", help="Add them to this file, or in this folder."),
    ] = None,
) -> None:
    """Sign for the log as it is now; print, mail or copy that.

    Keep the line where nobody who can write the database can: with it, a cut end is found too.
    The server signs by itself every 500 records, every five minutes and when it stops;
    XERO_MCP_CHECKPOINTS names a file or folder that gets a copy of each.
    """
    made = in_office(lambda office: _sign(office, every=every))
    if not made:
        raise CommandError("The log is empty: there is nothing to sign yet.")
    screen = open_screen()
    if copy_to is not None:
        Copies(copy_to).add(made)
        screen.note(f"Copied to {Copies(copy_to).file_for(made[-1].log)}.")
    if to is not None:
        lines = "".join(f"{each.line()}\n" for each in made)
        kept = Attached(name="checkpoints.jsonl", media_type="application/json", text=lines)
        mail(load_settings(), to, SUBJECT, TEXT, kept)
        screen.note(f"Mailed to {to}.")
    if to is not None or copy_to is not None:
        return
    for each in made:
        screen.as_it_is(each.line())


async def _sign(office: Office, *, every: bool) -> list[Checkpoint]:
    size, _ = await office.store.read(lambda tables: tables.audit.tail())
    if size == 0:
        return []
    made = await office.checkpoints.now(because=f"asked for by system user {system_user()}")
    if every:
        return await office.checkpoints.all()
    return [made] if made else []


def public_key() -> None:
    """Print the key that checks the signatures, as PEM."""

    async def look(office: Office) -> str:
        return office.signing_key().public.pem()

    open_screen().as_it_is(in_office(look).rstrip())
