"""`xero-mcp audit`: what was done, by whom, by whose leave."""

from collections.abc import Sequence
from typing import Annotated

import typer

from xero_mcp.app import Office
from xero_mcp.audit.entry import Status
from xero_mcp.audit.record import Record
from xero_mcp.cli.audit_story import as_json, mark_of, story_of, tell_story
from xero_mcp.cli.console import Screen, open_screen, working
from xero_mcp.cli.exits import ExitCode
from xero_mcp.cli.moments import local
from xero_mcp.cli.opening import in_office, in_office_if_any, no_database
from xero_mcp.cli.options import AsJson, example, group_of
from xero_mcp.cli.reconcile import reconcile
from xero_mcp.policy.model import Outcome
from xero_mcp.settings import load_settings
from xero_mcp.store.tables.audit import AuditFilters

MAX_LIMIT = 500


def group() -> typer.Typer:
    made = group_of("See what was done, and by whose leave; check the log.")
    made.command(
        "list",
        epilog=example(
            "xero-mcp audit list --agent ap-clerk", "xero-mcp audit list --status refused --json"
        ),
    )(list_records)
    made.command(
        "show", epilog=example("xero-mcp audit show 12", "xero-mcp audit show a-1m7w2dsmk1cg8s26")
    )(show)
    made.command("verify", epilog=example("xero-mcp audit verify"))(verify)
    made.command(
        "reconcile",
        epilog=example(
            "xero-mcp audit reconcile",
            "xero-mcp audit reconcile a-1m7w2dsmk1cg8s26 --done --number INV-88 "
            '--as controller@example.com --note "It is in Xero."',
        ),
    )(reconcile)
    return made


def list_records(  # noqa: PLR0913 - each is an option of the command line
    *,
    agent: Annotated[str | None, typer.Option(metavar="NAME", help="Only of this agent.")] = None,
    tool: Annotated[str | None, typer.Option(metavar="NAME", help="Only of this tool.")] = None,
    decision: Annotated[
        Outcome | None, typer.Option(help="Only what the policy decided so.")
    ] = None,
    status: Annotated[Status | None, typer.Option(help="Only what ended so.")] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=MAX_LIMIT, metavar="N", help="How many at most.")
    ] = 50,
    before: Annotated[
        int | None, typer.Option(metavar="SEQ", help="Go on from here: only earlier records.")
    ] = None,
    as_json_: AsJson = False,
) -> None:
    """List the records as sentences, newest first."""
    filters = AuditFilters(agent=agent, tool=tool, decision=decision, status=status)

    async def look(office: Office) -> list[Record]:
        return await office.audit.records(
            filters, is_live=office.instances.is_live, before_seq=before, limit=limit
        )

    found = in_office_if_any(look)
    screen = open_screen()
    if found is None:
        screen.note(no_database(load_settings()))
    records = found or []
    if as_json_:
        screen.json([as_json(record) for record in records])
        return
    _list(screen, records)
    if not records and found is not None:
        screen.note("There is no such record.")
    if len(records) == limit and records[-1].row.seq > 1:
        screen.note(f"Go on with --before {records[-1].row.seq}.")


def _list(screen: Screen, records: Sequence[Record]) -> None:
    for record in records:
        when = local(record.row.at)
        screen.record(f"{record.row.seq:>6}  {when}", mark_of(record), record.says)


def show(
    record_id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="A record's number or id (a-…), or that of an approval (ap-…)."
        ),
    ],
    *,
    as_json_: AsJson = False,
) -> None:
    """Tell the whole story of one call.

    Its arguments, its approval, its requests to Xero, and how it ended.
    """
    story = in_office(lambda office: story_of(office, record_id))
    screen = open_screen()
    if as_json_:
        screen.json([as_json(record) for record in story])
    else:
        tell_story(screen, story)


def verify(*, as_json_: AsJson = False) -> None:
    """Check that no record was changed, removed or put in.

    Says how many records there are and the hash of the last: keep it elsewhere, since a chain
    alone cannot show that its end was cut off. Exits with 1 at the first record that is wrong.
    """
    with working("Reading every record"):
        verdict = in_office(lambda office: office.audit.verify())
    screen = open_screen()
    finding = verdict.finding
    if as_json_:
        shown: dict[str, object] = {
            "ok": verdict.ok,
            "records": verdict.records,
            "head_hash": verdict.head_hash,
        }
        if finding is not None:
            shown["first_wrong"] = {
                "seq": finding.seq,
                "id": finding.id,
                "fault": finding.fault.value,
                "message": finding.message,
            }
        screen.json(shown)
    elif finding is None:
        screen.marked("ok", f"{verdict.records} records, each as it was written.")
        screen.line(f"head  {verdict.head_hash}")
    else:
        screen.marked("wrong", finding.message)
        screen.line(f"The {verdict.records} records before it are as they were written.")
    if finding is not None:
        raise typer.Exit(ExitCode.REFUSED)
