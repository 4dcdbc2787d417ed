"""`xero-mcp webhooks`: what Xero delivers, whether it arrives, and reading it once more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

import typer

from xero_mcp.app import Office
from xero_mcp.cli.audit_filters import moment
from xero_mcp.cli.console import open_screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.moments import local
from xero_mcp.cli.opening import in_office
from xero_mcp.cli.options import AsJson, example, group_of
from xero_mcp.cli.webhooks_status import status
from xero_mcp.cli.webhooks_trial import try_out
from xero_mcp.clock import to_iso
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.change_work import Wanted
from xero_mcp.store.tables.webhooks import EventRow

BACK = timedelta(days=1)
KEPT_DAYS = 35
PAGE = 500
MAX_PAGES = 10_000
CREATED = "CREATE"


def group() -> typer.Typer:
    made = group_of("See and try what Xero delivers about changes.", "xero-mcp webhooks status")
    made.command("status", epilog=example("xero-mcp webhooks status"))(status)
    made.command("test", epilog=example("xero-mcp webhooks test --url https://mcp.example.com"))(
        try_out
    )
    made.command("replay", epilog=example("xero-mcp webhooks replay --since 2026-03-02T09:00"))(
        replay
    )
    return made


def replay(
    *,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT",
            help=f"Events that came since then, {KEPT_DAYS} days at most. [default: a day ago]",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Have everything read again in Xero of which events told.

    The servers over this database do it, each thing once. What they know already makes no
    second change in the feed.
    """
    begin = moment(since, "--since")

    async def work(office: Office) -> tuple[datetime, int, int]:
        now = office.clock.now()
        start = begin or now - BACK
        if start > now:
            raise CommandError("--since is in the future.", exit_code=ExitCode.USAGE)
        return start, *await _wanted_again(office, start)

    start, events, things = in_office(work)
    screen = open_screen()
    if as_json:
        screen.json({"since": to_iso(start), "events": events, "things": things})
        return
    if not events:
        screen.line(f"No event came since {local(start)}.")
        return
    told = "One event tells" if events == 1 else f"{events:,} events tell"
    screen.line(f"{told} of {_things(things)} since {local(start)}: to be read again.")
    screen.note(
        "A server over this database reads them: `xero-mcp serve` with XERO_WEBHOOK_KEY. "
        "`xero-mcp webhooks status` says how many still wait."
    )


def _things(number: int) -> str:
    return "one thing" if number == 1 else f"{number:,} things"


async def _wanted_again(office: Office, since: datetime) -> tuple[int, int]:
    """How many events there were, and of how many things."""
    events, after = 0, None
    newest: dict[tuple[str, str, str], EventRow] = {}
    for _ in range(MAX_PAGES):
        page = await office.store.read(
            lambda tables, after=after: tables.webhooks.events_since(since, after=after, limit=PAGE)
        )
        if not page:
            break
        events, after = events + len(page), page[-1]
        for row in page:
            place = (row.organisation_id, row.resource, row.resource_id)
            known = newest.get(place)
            if known is None or row.event_at > known.event_at:
                newest[place] = row
    rows = list(newest.values())
    for begin in range(0, len(rows), PAGE):
        part = rows[begin : begin + PAGE]
        now = office.clock.now()
        await office.store.write(lambda tables, part=part, now=now: _want(tables, part, now))
    return events, len(rows)


def _want(tables: Tables, rows: Sequence[EventRow], now: datetime) -> None:
    for row in rows:
        one = Wanted(
            organisation_id=row.organisation_id,
            resource=row.resource,
            resource_id=row.resource_id,
            is_new=row.event_type == CREATED,
            event_at=row.event_at,
        )
        tables.change_work.want(one, due_at=now)
