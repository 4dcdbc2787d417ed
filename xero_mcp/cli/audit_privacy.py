"""`xero-mcp audit forget` and `purge`, and looking at full arguments: what people do to content."""

from collections.abc import Sized
from datetime import timedelta
from typing import Annotated

import typer

from xero_mcp.app import Office
from xero_mcp.audit.canonical import Json
from xero_mcp.audit.entry import Entry, Kind, Status
from xero_mcp.audit.forgetting import Plan, Wanted, forget, plan_of
from xero_mcp.audit.purging import Due, due, purge
from xero_mcp.audit.record import Record
from xero_mcp.audit.sealed import SealedError
from xero_mcp.cli.audit_filters import moment
from xero_mcp.cli.audit_story import story_of
from xero_mcp.cli.console import Screen, open_screen, working
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.opening import in_office
from xero_mcp.cli.system_user import system_user
from xero_mcp.settings import load_settings

MIN_TEXT = 3
MAX_CALLS_SHOWN = 20


def forget_content(  # noqa: PLR0913 - each is an option of the command line
    *,
    contact: Annotated[
        str | None,
        typer.Option(
            metavar="ID|NAME", help="Whatever was recorded of this contact: its id, or whole name."
        ),
    ] = None,
    record_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="One call, by any of its records.")
    ] = None,
    before: Annotated[
        str | None, typer.Option(metavar="DATE", help="Whatever was recorded before then.")
    ] = None,
    text: Annotated[
        bool,
        typer.Option("--text", help="Also where the name stands as words inside other text."),
    ] = False,
    reason: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Why; it stays in the log: name nobody.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else it is only counted.")] = False,
) -> None:
    """Forget what a person's records hold; the chain still holds.

    The sentence, the arguments (also the encrypted ones), the contact, reasons and notes go for
    good. When, which agent and tool, the amount, the decision and how it ended stay. Without
    --yes nothing is done: it says which calls those are, and why each is one of them.

    A contact's records are those with its id, those whose sentence names it, and those that were
    asked for by its whole name; somebody named alike stays. --text takes more: look first.
    """
    if not (contact or record_id or before):
        raise CommandError(
            "Say whose: --contact ID|NAME, --id ID or --before DATE.", exit_code=ExitCode.USAGE
        )
    if contact is not None and len(contact.strip()) < (MIN_TEXT if text else 1):
        raise CommandError(
            f"--contact needs a whole name, or an id; with --text, {MIN_TEXT} letters at least.",
            exit_code=ExitCode.USAGE,
        )
    if yes and not (reason or "").strip():
        raise CommandError(
            "--reason TEXT is needed: it is what the log says afterwards.",
            exit_code=ExitCode.USAGE,
        )
    wanted = Wanted(contact=contact, before=moment(before, "--before"), by_text=text)

    async def run(office: Office) -> tuple[Plan, tuple[str, ...], bool]:
        exact = wanted
        if record_id is not None:
            story = await story_of(office, record_id)
            first = next((one for one in story if one.row.kind != Kind.FORGOTTEN), story[0])
            exact = wanted._replace(record_id=first.row.intent_id or first.id)
        plan = await office.store.read(
            lambda tables: plan_of(tables, exact, office.audit.full_text)
        )
        if not yes or not (plan.calls or plan.kept_changes):
            return plan, (), True
        who = f"system user {system_user()}"
        made = await forget(office.store, office.audit, plan, person=who, reason=reason or "")
        return plan, made, await office.store.leave_no_trace()

    with working("Looking through the log"):
        plan, made, is_clean = in_office(run)
    _tell(open_screen(), plan, made, is_clean=is_clean)


def _tell(screen: Screen, plan: Plan, made: tuple[str, ...], *, is_clean: bool) -> None:
    much = f"{_counted(plan.seqs, 'record')} of {_counted(plan.calls, 'call')}"
    if made:
        screen.marked("done", f"The content of {much} is forgotten. Recorded as {', '.join(made)}.")
    else:
        screen.line(f"The content of {much} would be forgotten.")
    for each in plan.contact_ids:
        screen.line(f"contact  {each}")
    if plan.kept_changes:
        said = "and is forgotten with them" if made else "and would go with them"
        screen.line(f"The feed of changes holds {plan.kept_changes} entries of it, {said}.")
    if not made:
        _tell_calls(screen, plan)
    _tell_left_out(screen, plan)
    if not made and (plan.calls or plan.kept_changes):
        screen.note("Nothing was done yet. Add --yes and --reason TEXT to do it.")
    if made:
        screen.note("Exports and backups that were made before still hold it.")
    if not is_clean:
        screen.note(_still_there())


def _still_there() -> str:
    """Where the database keeps what was deleted, and until when."""
    if load_settings().database_is_postgres:
        return (
            "This role does not own every table, so PostgreSQL keeps what was deleted in its "
            "files until it vacuums them, or their owner does: `VACUUM`."
        )
    return (
        "Another program reads the database just now; what was deleted lies in its -wal file "
        "until the next run of this command, or until all of them are closed."
    )


def _counted(things: Sized, name: str) -> str:
    return f"{len(things)} {name}" if len(things) == 1 else f"{len(things)} {name}s"


def _tell_calls(screen: Screen, plan: Plan) -> None:
    for one in plan.taken[:MAX_CALLS_SHOWN]:
        screen.record(f"{one.call}  {one.at}", one.tool, one.why.value)
    more = len(plan.taken) - MAX_CALLS_SHOWN
    if more > 0:
        screen.line(f"and {more:,} calls more")


def _tell_left_out(screen: Screen, plan: Plan) -> None:
    if plan.by_text_alone:
        screen.note(
            f"In {plan.by_text_alone} records more the name stands inside other text; they may be "
            "of somebody else, and are left out. --text takes them too."
        )
    if plan.under_way:
        screen.note(
            f"{plan.under_way} records are of calls that run, wait for a person or are unknown; "
            "they are left out. Settle those calls, then run this again."
        )
    if plan.too_old:
        screen.note(
            f"{plan.too_old} records were written by an earlier version: what stands in them "
            "cannot be forgotten without breaking the chain, and stays until `xero-mcp audit "
            "purge` removes them. Only what lies beside them goes: full arguments and kept answers."
        )


def purge_log(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else it is only counted.")] = False,
) -> None:
    """Remove the records that are older than the retention.

    XERO_MCP_AUDIT_RETENTION says how long they are kept (7 years).
    A signed stub stays in their place, from which the chain verifies on. It reaches to the last
    checkpoint before that time. Without --yes nothing is done: it says how much it would be.
    """

    async def run(office: Office) -> tuple[Due | None, bool]:
        before = office.clock.now() - timedelta(days=office.settings.audit_retention_days)
        if not yes:
            return await office.store.read(lambda tables: due(tables, before)), True
        who = f"system user {system_user()}"
        found = await purge(
            office.store, office.audit, before=before, person=who, key=office.signing_key
        )
        if found is None:
            return None, True
        await office.checkpoints.now()
        return found, await office.store.leave_no_trace()

    with working("Looking for what is old enough"):
        found, is_clean = in_office(run)
    screen = open_screen()
    if found is None:
        screen.line("Nothing is old enough to be removed.")
    elif yes:
        screen.marked("done", f"Records {found.first} to {found.last} are removed.")
        screen.note("Exports and backups that were made before still hold them.")
    else:
        screen.line(f"Records {found.first} to {found.last} would be removed; the last of them is")
        screen.line(f"of {found.at}.")
        screen.note("Nothing was done yet. Export the log first; then add --yes to do it.")
    if not is_clean:
        screen.note(_still_there())


async def opened(office: Office, story: list[Record]) -> list[tuple[str, Json]]:
    """The full arguments of each record of a story; that somebody looked is recorded first.

    Raises:
        CommandError: there are none, or they do not open.
    """
    ids = [record.id for record in story if record.row.kind != Kind.FORGOTTEN]
    try:
        found = await office.store.read(
            lambda tables: [(each, office.audit.full_of(tables, each)) for each in ids]
        )
    except SealedError as error:
        raise CommandError(str(error)) from error
    shown = [(each, content.arguments) for each, content in found if content is not None]
    if not shown:
        raise CommandError("No full arguments are kept of it: there were none, or they are gone.")
    first = story[0].row
    await office.audit.record(
        Entry(
            kind=Kind.OPENED,
            intent_id=first.intent_id or first.id,
            person=f"system user {system_user()}",
            status=Status.OK,
        )
    )
    return shown
