"""`xero-mcp audit export`: the log for an auditor, a spreadsheet or another system."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer

from xero_mcp.app import Office
from xero_mcp.audit.export import csv_head, csv_line, jsonl
from xero_mcp.audit.record import Record
from xero_mcp.cli.console import Screen, open_screen
from xero_mcp.cli.opening import in_office
from xero_mcp.store.tables.audit import AuditRow

BATCH = 1000


class Format(StrEnum):
    """In which form the log is printed."""

    JSONL = "jsonl"
    CSV = "csv"


_HEADS: dict[Format, Callable[[], str]] = {Format.CSV: csv_head}
_LINES: dict[Format, Callable[[AuditRow], str]] = {
    Format.JSONL: jsonl,
    Format.CSV: lambda row: csv_line(Record.of(row)),
}


def export(
    *,
    form: Annotated[
        Format, typer.Option("--format", help="Exact lines to verify elsewhere, or a table.")
    ] = Format.JSONL,
    since: Annotated[
        int,
        typer.Option(
            metavar="CURSOR", min=0, help="Only what came after: the cursor of the last export."
        ),
    ] = 0,
) -> None:
    """Print the log, oldest record first.

    The cursor for the next export is told on stderr; nothing is skipped and nothing repeated.
    """
    screen = open_screen()

    async def write(office: Office) -> int:
        return await _export(office, screen, form=form, since=since)

    cursor = in_office(write)
    screen.note(f"Next time: --since {cursor}")


async def _export(office: Office, screen: Screen, *, form: Format, since: int) -> int:
    """Print up to the record that was the last when this began; return its number."""
    end, _ = await office.store.read(lambda tables: tables.audit.tail())
    if form in _HEADS:
        screen.as_it_is(_HEADS[form]())
    line = _LINES[form]
    at = since
    for _ in range(max(0, end - since) // BATCH + 1):
        wanted = [row for row in await _after(office, at) if row.seq <= end]
        if not wanted:
            break
        screen.as_it_is("\n".join(map(line, wanted)))
        at = wanted[-1].seq
    return at


async def _after(office: Office, seq: int) -> list[AuditRow]:
    return await office.store.read(lambda tables: tables.audit.scan(seq, limit=BATCH))
