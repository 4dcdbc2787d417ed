"""`xero-mcp audit reconcile`: writes of which nobody knows whether Xero did them."""

import json
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import typer

from xero_mcp.app import Office
from xero_mcp.audit.entry import Entry, Kind, ObjectRef, OrganisationRef, ResultRef, Status
from xero_mcp.audit.record import Record
from xero_mcp.cli.audit_story import story_of
from xero_mcp.cli.console import Screen, open_screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.moments import local
from xero_mcp.cli.opening import in_office, in_office_if_any, no_database
from xero_mcp.cli.options import AsJson
from xero_mcp.cli.passphrases import PassphraseStdin
from xero_mcp.cli.reconcile_look import look_in_xero
from xero_mcp.cli.signed_word import Looker, SignedWord, word_of
from xero_mcp.clock import to_iso
from xero_mcp.settings import load_settings
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.writes import WriteRow, WriteState
from xero_mcp.text import one_line

KEY_PREFIX = "xero-mcp-"
"""What the gate puts before the first try's id to make an Idempotency-Key."""
MAX_NOTE = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a person found in Xero."""

    done: bool
    word: SignedWord
    note: str
    number: str
    xero_id: str

    def said(self) -> str:
        return f"said by {self.word}: {self.note}"


def reconcile(  # noqa: PLR0913 - each is an option of the command line
    record_id: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="Of the write. Left out: list what waits."),
    ] = None,
    *,
    done: Annotated[
        bool | None,
        typer.Option("--done/--not-done", help="Whether Xero has it.", show_default=False),
    ] = None,
    person: Looker = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="What was seen in Xero.")] = None,
    number: Annotated[
        str, typer.Option(metavar="NUMBER", help="With --done: its number in Xero.")
    ] = "",
    xero_id: Annotated[
        str, typer.Option("--id", metavar="GUID", help="With --done: its id in Xero.")
    ] = "",
    only_list: Annotated[
        bool, typer.Option("--list", help="Only list what waits; do not ask Xero.")
    ] = False,
    look: Annotated[
        bool, typer.Option("--look", hidden=True, help="What it does anyway, as once it did not.")
    ] = False,
    as_json: AsJson = False,
    passphrase_stdin: PassphraseStdin = False,
) -> None:
    """Settle writes of which nobody heard what became of them.

    It reads Xero with the server's own connection, settles what it can prove, and says what it
    found of the rest. Or look yourself, and settle one by its ID. After --not-done the agent may
    send the write again; after --done a repeat of it hears that it was done.
    Your passphrase is asked for, where you have one.
    """
    screen = open_screen()
    is_said = done is not None or person or note
    if only_list and record_id is None:
        _list(screen, as_json=as_json)
        return
    if look or not is_said:
        look_in_xero(screen, record_id, as_json=as_json)
        return
    said = one_line(note or "", limit=MAX_NOTE)
    if record_id is None or done is None or not person or not said:
        raise CommandError(
            "To settle a write give its ID, and say what you found in Xero, who you are and what "
            "you saw: --done or --not-done, --as PERSON, --note TEXT.",
            exit_code=ExitCode.USAGE,
        )
    seen_id = _guid(xero_id)

    async def settle(office: Office) -> tuple[Record, SignedWord]:
        word = await word_of(office, person, from_stdin=passphrase_stdin)
        finding = Finding(
            done=done,
            word=word,
            note=said,
            number=one_line(number, limit=60),
            xero_id=seen_id,
        )
        return await _settle(office, record_id, finding), word

    record, word = in_office(settle)
    screen.line(record.says)
    screen.line(
        "A repeat of it hears that it was done." if done else "The agent may send it again."
    )
    if not word.is_proven:
        screen.note(
            f"Recorded as said by {word.person}, not signed in; system user {word.system_user}."
        )


def _list(screen: Screen, *, as_json: bool) -> None:
    found = in_office_if_any(_waiting)
    if found is None:
        screen.note(no_database(load_settings()))
    waiting = found or []
    if as_json:
        screen.json([_as_json(row, record) for row, record in waiting])
        return
    for row, record in waiting:
        screen.record(row.intent_id, "unknown", f"{local(row.first_sent_at)}: {_what(row, record)}")
    if waiting:
        screen.note(
            "`xero-mcp audit reconcile` looks in Xero for them. Or look yourself; then "
            "`xero-mcp audit reconcile ID --done` or `--not-done`, with --as PERSON --note TEXT."
        )
    elif found is not None:
        screen.note("No write waits: the outcome of each is known.")


async def _waiting(office: Office) -> list[tuple[WriteRow, Record | None]]:
    # A process that died since the last start left its writes open: written down here first.
    await office.audit.recover(office.instances.is_live)

    def look(tables: Tables) -> list[tuple[WriteRow, Record | None]]:
        rows = tables.writes.list_unknown()
        return [(row, _intent(tables, row.intent_id)) for row in rows]

    return await office.store.read(look)


def _intent(tables: Tables, intent_id: str) -> Record | None:
    row = tables.audit.get(intent_id)
    return None if row is None else Record.of(row)


def _what(row: WriteRow, record: Record | None) -> str:
    return record.says if record else f"{row.agent} used {row.tool}."


def _as_json(row: WriteRow, record: Record | None) -> dict[str, object]:
    return {
        "id": row.intent_id,
        "agent": row.agent,
        "organisation_id": row.organisation_id,
        "tool": row.tool,
        "first_sent_at": to_iso(row.first_sent_at),
        "idempotency_key": row.idempotency_key,
        "says": _what(row, record),
    }


async def _settle(office: Office, record_id: str, finding: Finding) -> Record:
    await office.audit.recover(office.instances.is_live)
    story = await story_of(office, record_id)

    def settle(tables: Tables) -> Record:
        row, intent = _unknown_write(tables, story, record_id)
        said = json.dumps(_answer(intent, finding))
        answer = office.audit.sealed_text(row.intent_id, said) if finding.done else None
        tables.writes.settle(row.intent_id, WriteState.SETTLED, answer)
        return office.audit.append(tables, _entry(row, intent, finding))

    return await office.store.write(settle)


def _unknown_write(tables: Tables, story: list[Record], record_id: str) -> tuple[WriteRow, Record]:
    """The write of a call, by any of its records: a second try belongs to the first.

    Raises:
        CommandError: there is no such call, or nothing about it is unknown.
    """
    for record in story:
        key = record.text("idempotency_key") or ""
        row = tables.writes.get(key.removeprefix(KEY_PREFIX)) if key else None
        intent = _intent(tables, row.intent_id) if row else None
        if row is None or intent is None:
            continue
        if row.state is not WriteState.UNKNOWN:
            raise CommandError(
                f"The outcome of {row.intent_id} is not unknown: it is {_state(row)}. `xero-mcp "
                f"audit show {row.intent_id}` tells its story."
            )
        return row, intent
    raise CommandError(
        f"There is no write {one_line(record_id, limit=40)} whose outcome is unknown. `xero-mcp "
        "audit reconcile` lists those that wait."
    )


def _state(row: WriteRow) -> str:
    return "under way" if row.state is WriteState.OPEN else row.state.value


def _answer(intent: Record, finding: Finding) -> dict[str, object]:
    """What a repeat of the write hears from now on."""
    known = {
        "ok": True,
        "id": finding.xero_id,
        "number": finding.number,
        "changed": f"It was done, as settled by {finding.word.person}.",
        "organisation": intent.text("organisation", "name") or "",
        "audit_id": intent.id,
    }
    return {name: value for name, value in known.items() if value or name == "id"}


def _entry(row: WriteRow, intent: Record, finding: Finding) -> Entry:
    organisation = intent.text("organisation", "name") or ""
    return Entry(
        kind=Kind.SETTLED,
        intent_id=row.intent_id,
        agent=row.agent,
        organisation=OrganisationRef(id=row.organisation_id, name=organisation),
        tool=row.tool,
        access=intent.text("access"),
        action=intent.text("action") or "",
        object=ObjectRef(
            type=intent.text("object", "type") or "document",
            id=finding.xero_id or None,
            number=finding.number or intent.text("object", "number"),
        ),
        reason=finding.said(),
        status=Status.DONE if finding.done else Status.NOT_DONE,
        idempotency_key=row.idempotency_key,
        result=ResultRef(ids=(finding.xero_id,)) if finding.xero_id else None,
    )


def _guid(text: str) -> str:
    if not text:
        return ""
    try:
        return str(UUID(text))
    except ValueError as error:
        raise CommandError(
            f"--id: {one_line(text, limit=40)} is no id of Xero's. It looks like "
            "46106395-1cfb-4ba9-9b50-1641b0a6a662.",
            exit_code=ExitCode.USAGE,
        ) from error
