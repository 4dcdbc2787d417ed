"""`xero-mcp audit export`: the log for an auditor, a spreadsheet or another system."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from xero_mcp.app import Office
from xero_mcp.audit.export import csv_head, csv_line, jsonl, stub_line
from xero_mcp.audit.purging import stub_of
from xero_mcp.audit.record import Record
from xero_mcp.audit.siem import cef, ocsf_line
from xero_mcp.cli.console import Screen, open_screen
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.opening import in_office
from xero_mcp.store.tables.audit import AuditRow

BATCH = 1000
MAX_BATCHES = 1_000_000
_NOT_WHOLE = (
    "Records were removed from the log while it was printed (`xero-mcp audit purge`), so what was "
    "printed is not whole. Export once more."
)


class Format(StrEnum):
    """In which form the log is printed."""

    JSONL = "jsonl"
    CSV = "csv"
    OCSF = "ocsf"
    CEF = "cef"


_HEADS: dict[Format, Callable[[], str]] = {Format.CSV: csv_head}
_LINES: dict[Format, Callable[[AuditRow], str]] = {
    Format.JSONL: jsonl,
    Format.CSV: lambda row: csv_line(Record.of(row)),
    Format.OCSF: lambda row: ocsf_line(Record.of(row)),
    Format.CEF: lambda row: cef(Record.of(row)),
}


def export(
    *,
    form: Annotated[
        Format,
        typer.Option("--format", help="Exact lines to verify elsewhere, a table, or for a SIEM."),
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
        return await print_log(office, screen, form=form, since=since)

    cursor = in_office(write)
    screen.note(f"Next time: --since {cursor}")


async def print_log(office: Office, screen: Screen, *, form: Format, since: int) -> int:
    """Print up to the record that was the last when this began; return its number.

    Content that is forgotten meanwhile is accounted for further on: then it goes on to there.

    Raises:
        CommandError: records that were still to be printed are purged.
    """
    end, _ = await office.store.read(lambda tables: tables.audit.tail())
    if form in _HEADS:
        screen.as_it_is(_HEADS[form]())
    line = _LINES[form]
    stub = await office.store.read(stub_of)
    if stub is not None and form is Format.JSONL and since < stub.last:
        screen.as_it_is(stub_line(stub))
    at = since if stub is None else max(since, stub.last)
    for _ in range(MAX_BATCHES):
        wanted = [row for row in await _after(office, at) if row.seq <= end]
        if at < end and (not wanted or wanted[0].seq != at + 1):
            await _must_not_be_purged(office, at)
        if not wanted:
            break
        screen.as_it_is("\n".join(map(line, wanted)))
        at = wanted[-1].seq
        end = max(end, await _accounted_for(office, wanted))
    return at


async def _must_not_be_purged(office: Office, after: int) -> None:
    """Where records are missing for any other reason, what is left of the log is still shown."""
    stub = await office.store.read(stub_of)
    if stub is not None and stub.last > after:
        raise CommandError(_NOT_WHOLE)


async def _accounted_for(office: Office, rows: Sequence[AuditRow]) -> int:
    """Up to which record it is said why the content of these is gone."""
    because = {row.forgotten for row in rows if row.forgotten}
    if not because:
        return 0
    return await office.store.read(
        lambda tables: max(found.seq for each in because if (found := tables.audit.get(each)))
    )


async def _after(office: Office, seq: int) -> list[AuditRow]:
    return await office.store.read(lambda tables: tables.audit.scan(seq, limit=BATCH))
