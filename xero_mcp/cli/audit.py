"""`xero-mcp audit`: what was done, by whom, by whose leave."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from xero_mcp.app import Office
from xero_mcp.audit.canonical import Json
from xero_mcp.audit.entry import Status
from xero_mcp.audit.record import Record
from xero_mcp.cli.audit_checkpoints import checkpoint, public_key
from xero_mcp.cli.audit_crosscheck import crosscheck
from xero_mcp.cli.audit_export import export
from xero_mcp.cli.audit_filters import amount, moment, narrowed
from xero_mcp.cli.audit_privacy import forget_content, opened, purge_log
from xero_mcp.cli.audit_review import follow, review
from xero_mcp.cli.audit_story import as_json, mark_of, story_of, tell_arguments, tell_story
from xero_mcp.cli.audit_summary import summary
from xero_mcp.cli.audit_verify import prove, verify
from xero_mcp.cli.console import Screen, open_screen
from xero_mcp.cli.moments import local
from xero_mcp.cli.opening import in_office, in_office_if_any, no_database
from xero_mcp.cli.options import AsJson, example, group_of
from xero_mcp.cli.reconcile import reconcile
from xero_mcp.policy.model import Outcome
from xero_mcp.settings import load_settings
from xero_mcp.store.tables.audit import AuditFilters
from xero_mcp.tool.access import Area

MAX_LIMIT = 500


def group() -> typer.Typer:
    made = group_of(
        "See what was done, and by whose leave; check the log.",
        "xero-mcp audit list --needs-look",
        "xero-mcp audit verify",
    )
    for name, command, examples in (*_to_read(), *_to_prove()):
        made.command(name, epilog=example(*examples))(command)
    return made


Command = tuple[str, Callable[..., None], tuple[str, ...]]
"""A command's name, what it runs, and examples for its help."""


def _to_read() -> tuple[Command, ...]:
    return (
        (
            "list",
            list_records,
            (
                "xero-mcp audit list --agent ap-clerk",
                "xero-mcp audit list --needs-look",
                "xero-mcp audit list --status refused --json",
            ),
        ),
        ("show", show, ("xero-mcp audit show 12", "xero-mcp audit show a-1m7w2dsmk1cg8s26")),
        ("follow", follow, ("xero-mcp audit follow --agent ap-clerk",)),
        (
            "summary",
            summary,
            (
                "xero-mcp audit summary --days 7",
                "xero-mcp audit summary --mail controller@example.com",
            ),
        ),
        (
            "review",
            review,
            (
                "xero-mcp audit review",
                'xero-mcp audit review 12 --as controller@example.com --note "As agreed."',
            ),
        ),
        (
            "reconcile",
            reconcile,
            (
                "xero-mcp audit reconcile",
                (
                    "xero-mcp audit reconcile a-1m7w2dsmk1cg8s26 --done --number INV-88 "
                    '--as controller@example.com --note "It is in Xero."'
                ),
            ),
        ),
    )


def _to_prove() -> tuple[Command, ...]:
    return (
        (
            "verify",
            verify,
            (
                "xero-mcp audit verify",
                (
                    "xero-mcp audit verify --export log.jsonl --checkpoints kept.jsonl "
                    "--public-key audit.pem"
                ),
            ),
        ),
        (
            "export",
            export,
            (
                "xero-mcp audit export > log.jsonl",
                "xero-mcp audit export --format csv --since 1200 > new.csv",
            ),
        ),
        (
            "crosscheck",
            crosscheck,
            (
                "xero-mcp audit crosscheck --since 2026-03-02",
                'xero-mcp audit crosscheck --since 2026-03-02 --organisation "Bolt Ltd" --json',
            ),
        ),
        ("prove", prove, ("xero-mcp audit prove a-1m7w2dsmk1cg8s26 > proof.json",)),
        (
            "checkpoint",
            checkpoint,
            ("xero-mcp audit checkpoint", "xero-mcp audit checkpoint --all > checkpoints.jsonl"),
        ),
        (
            "forget",
            forget_content,
            (
                'xero-mcp audit forget --contact "Bolt Ltd"',
                'xero-mcp audit forget --contact "Bolt Ltd" --reason "erasure request 7" --yes',
            ),
        ),
        ("purge", purge_log, ("xero-mcp audit purge", "xero-mcp audit purge --yes")),
        ("public-key", public_key, ("xero-mcp audit public-key > audit.pem",)),
    )


def list_records(  # noqa: PLR0913 - each is an option of the command line
    *,
    agent: Annotated[str | None, typer.Option(metavar="NAME", help="Only of this agent.")] = None,
    tool: Annotated[str | None, typer.Option(metavar="NAME", help="Only of this tool.")] = None,
    decision: Annotated[
        Outcome | None, typer.Option(help="Only what the policy decided so.")
    ] = None,
    status: Annotated[
        Status | None,
        typer.Option(
            metavar="STATUS", help=f"Only what ended so: {', '.join(one.value for one in Status)}."
        ),
    ] = None,
    organisation: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only in this one: its name or id.")
    ] = None,
    area: Annotated[
        Area | None,
        typer.Option(
            metavar="AREA", help="Only tools of this part of the books: bills, contacts, reports …"
        ),
    ] = None,
    contact: Annotated[
        str | None, typer.Option(metavar="ID", help="Only about this contact.")
    ] = None,
    min_amount: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="Only from this amount on.")
    ] = None,
    max_amount: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="Only up to this amount.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="Only from 2026-03-02, or …T09:30 on.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="MOMENT", help="Only before then.")] = None,
    needs_a_look: Annotated[
        bool,
        typer.Option("--needs-a-look", "--needs-look", help="Only what nobody has reviewed yet."),
    ] = False,
    limit: Annotated[
        int, typer.Option(min=1, max=MAX_LIMIT, metavar="N", help="How many at most.")
    ] = 50,
    before: Annotated[
        int | None, typer.Option(metavar="SEQ", help="Go on from here: only earlier records.")
    ] = None,
    as_json_: AsJson = False,
) -> None:
    """List the records as sentences, newest first."""
    filters = AuditFilters(
        agent=agent,
        tool=tool,
        decision=decision,
        status=status,
        contact_id=contact,
        min_amount=amount(min_amount, "--min-amount"),
        max_amount=amount(max_amount, "--max-amount"),
        since=moment(since, "--since"),
        until=moment(until, "--until"),
        needs_a_look=needs_a_look,
    )

    async def look(office: Office) -> list[Record]:
        return await office.audit.records(
            await narrowed(office, filters, organisation=organisation, area=area),
            is_live=office.instances.is_live,
            before_seq=before,
            limit=limit,
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
    full: Annotated[
        bool,
        typer.Option("--full", help="Also the arguments unmasked; that you looked is recorded."),
    ] = False,
    as_json_: AsJson = False,
) -> None:
    """Tell the whole story of one call.

    Its arguments, its approval, its requests to Xero, and how it ended.
    """

    async def look(office: Office) -> tuple[list[Record], list[tuple[str, Json]]]:
        story = await story_of(office, record_id)
        return story, await opened(office, story) if full else []

    story, shown = in_office(look)
    screen = open_screen()
    if as_json_:
        known = dict(shown)
        screen.json(
            [
                {**as_json(one), **({"full_arguments": known[one.id]} if one.id in known else {})}
                for one in story
            ]
        )
        return
    tell_story(screen, story)
    for each, arguments in shown:
        tell_arguments(screen, f"Full arguments of {each}", arguments)
