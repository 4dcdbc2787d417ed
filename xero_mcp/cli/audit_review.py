"""`xero-mcp audit review` and `follow`: what somebody should look at, and who did."""

from dataclasses import replace
from typing import Annotated

import typer

from xero_mcp.app import Office
from xero_mcp.audit.entry import Entry, Kind, OrganisationRef
from xero_mcp.audit.record import Record
from xero_mcp.cli.audit_story import as_json as json_of
from xero_mcp.cli.audit_story import mark_of, story_of
from xero_mcp.cli.console import Screen, flush, open_screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.moments import local
from xero_mcp.cli.opening import in_office, in_office_if_any, no_database
from xero_mcp.cli.options import AsJson
from xero_mcp.cli.passphrases import PassphraseStdin
from xero_mcp.cli.signed_word import Looker, word_of
from xero_mcp.settings import load_settings
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.audit import AuditFilters
from xero_mcp.text import one_line

MAX_LIMIT = 500
MAX_NOTE = 200
FOLLOW_SECONDS = 1.0
MAX_FOLLOWED = 1000


def review(  # noqa: PLR0913 - each is an option of the command line
    record_id: Annotated[
        str | None, typer.Argument(metavar="ID", help="Left out: list what needs a look.")
    ] = None,
    *,
    person: Looker = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="What you found.")] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=MAX_LIMIT, metavar="N", help="How many at most.")
    ] = 50,
    as_json: AsJson = False,
    passphrase_stdin: PassphraseStdin = False,
) -> None:
    """List what somebody should look at, or sign for having looked.

    Asks, refusals, unknown outcomes, new contacts: whatever nobody has signed for yet. The
    signature is a record of its own; your passphrase is asked for, where you have one.
    """
    screen = open_screen()
    if record_id is None:
        _worklist(screen, limit=limit, as_json=as_json)
        return
    said = one_line(note or "", limit=MAX_NOTE)
    if not person or not said:
        raise CommandError(
            "To sign say who you are and what you found: --as PERSON --note TEXT.",
            exit_code=ExitCode.USAGE,
        )

    async def sign(office: Office) -> Record:
        word = await word_of(office, person, from_stdin=passphrase_stdin)
        signed = Entry(kind=Kind.REVIEW, person=str(word), reason=said)
        return await _sign(office, record_id, signed)

    record = in_office(sign)
    if as_json:
        screen.json(json_of(record))
    else:
        screen.line(record.says)


def follow(
    *,
    agent: Annotated[str | None, typer.Option(metavar="NAME", help="Only of this agent.")] = None,
    seconds: Annotated[
        float | None, typer.Option(min=0, metavar="N", help="Stop after so long.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show records as they are written, until you press Ctrl-C."""
    screen = open_screen()

    async def run(office: Office) -> int:
        return await _follow(office, screen, agent=agent, seconds=seconds, as_json=as_json)

    try:
        in_office(run)
    except KeyboardInterrupt:
        screen.note("Stopped.")


async def _follow(
    office: Office, screen: Screen, *, agent: str | None, seconds: float | None, as_json: bool
) -> int:
    """Show what comes; return the number of the last record."""
    at, _ = await office.store.read(lambda tables: tables.audit.tail())
    end = None if seconds is None else office.clock.monotonic() + seconds
    while end is None or office.clock.monotonic() < end:
        for record in await _after(office, at):
            at = record.row.seq
            if agent in {None, record.row.agent}:
                _show(screen, record, as_json=as_json)
        if not flush():
            break
        await office.clock.sleep(FOLLOW_SECONDS)
    return at


async def _after(office: Office, seq: int) -> list[Record]:
    rows = await office.store.read(lambda tables: tables.audit.scan(seq, limit=MAX_FOLLOWED))
    return [Record.of(row) for row in rows]


def _show(screen: Screen, record: Record, *, as_json: bool) -> None:
    if as_json:
        screen.as_it_is(record.row.body)
    else:
        when = local(record.row.at)
        screen.record(f"{record.row.seq:>6}  {when}", mark_of(record), record.says)


def _worklist(screen: Screen, *, limit: int, as_json: bool) -> None:
    async def look(office: Office) -> list[Record]:
        return await office.audit.records(
            AuditFilters(needs_a_look=True), is_live=office.instances.is_live, limit=limit
        )

    found = in_office_if_any(look)
    if found is None:
        screen.note(no_database(load_settings()))
    records = found or []
    if as_json:
        screen.json([json_of(record) for record in records])
        return
    for record in records:
        why = (record.row.look or "").replace(",", ", ")
        when = local(record.row.at)
        screen.record(f"{record.row.seq:>6}  {when}", mark_of(record), f"({why}) {record.says}")
    if records:
        screen.note("Sign with `xero-mcp audit review ID --as PERSON --note TEXT`.")
    elif found is not None:
        screen.note("Nothing needs a look.")


async def _sign(office: Office, asked: str, signed: Entry) -> Record:
    story = await story_of(office, asked)
    wanted = asked.strip()
    main = next((one for one in story if wanted in {one.id, str(one.row.seq)}), story[0])
    call_id = main.row.intent_id or main.id
    name = main.text("organisation", "name")
    entry = replace(
        signed,
        intent_id=call_id,
        agent=main.row.agent,
        tool=main.row.tool,
        organisation=OrganisationRef(id=main.row.organisation_id or "", name=name)
        if name
        else None,
    )

    def write(tables: Tables) -> Record:
        record = office.audit.append(tables, entry)
        tables.audit.reviewed(call_id, record.id)
        return record

    return await office.store.write(write)
