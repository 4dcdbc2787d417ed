"""`xero-mcp audit summary`: a day or more at a glance, for a person or to be mailed."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from xero_mcp.app import Office
from xero_mcp.audit.record import Record
from xero_mcp.audit.summary import Summary, summary_of
from xero_mcp.audit.summary_page import page_of, span_of
from xero_mcp.cli.audit_filters import moment
from xero_mcp.cli.console import Screen, open_screen
from xero_mcp.cli.mailing import Attached, mail
from xero_mcp.cli.opening import in_office
from xero_mcp.cli.options import AsJson
from xero_mcp.settings import load_settings
from xero_mcp.store.tables.audit import AuditFilters, AuditRow

MAX_DAYS = 366
BATCH = 2000
MAX_BATCHES = 5000


def summary(
    *,
    day: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day; left out: today.")
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=MAX_DAYS, metavar="N", help="How many days up to it.")
    ] = 1,
    html: Annotated[
        bool, typer.Option("--html", help="A page with charts, in one file, to be mailed.")
    ] = False,
    to: Annotated[
        str | None,
        typer.Option("--mail", metavar="TO", help="Mail it with the page; see XERO_MCP_SMTP_URL."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count calls, refusals and money, by agent and day."""
    asked = moment(day, "--day")
    made = in_office(lambda office: _summary(office, asked, days))
    screen = open_screen()
    if to is not None:
        _mail(made, to)
        screen.note(f"Mailed to {to}.")
    elif html:
        screen.as_it_is(page_of(made))
    elif as_json:
        screen.json(_as_json(made))
    else:
        _tell(screen, made)


def _mail(made: Summary, to: str) -> None:
    subject = f"What agents did in Xero: {span_of(made)}"
    agents = [
        f"{agent}: {one.calls} let through, {one.done} done, {one.failed} failed, {one.unknown} "
        f"unknown, {one.refused} refused, {one.asked} asked; {one.money_text() or 'no money'}"
        for agent, one in made.agents().items()
    ]
    looks = [f"Look at: {sentence}" for sentence in made.to_look_at]
    text = "\n".join([*(agents or ["No agent did anything."]), "", *looks])
    page = Attached(name="summary.html", media_type="text/html", text=page_of(made))
    mail(load_settings(), to, subject, text, page)


async def _summary(office: Office, asked: datetime | None, days: int) -> Summary:
    last = asked or office.clock.now().astimezone()
    start_of_day = last.replace(hour=0, minute=0, second=0, microsecond=0)
    since = start_of_day - timedelta(days=days - 1)
    until = start_of_day + timedelta(days=1)
    records = [Record.of(row) for row in await _rows(office, since, until)]
    return summary_of(records, since=since, until=until)


async def _rows(office: Office, since: datetime, until: datetime) -> list[AuditRow]:
    """The records of the period, oldest first."""
    filters = AuditFilters(since=since, until=until)
    found: list[AuditRow] = []
    before: int | None = None
    for _ in range(MAX_BATCHES):
        rows = await _page(office, filters, before)
        found.extend(rows)
        if len(rows) < BATCH:
            break
        before = rows[-1].seq
    return found[::-1]


async def _page(office: Office, filters: AuditFilters, before: int | None) -> list[AuditRow]:
    return await office.store.read(
        lambda tables: tables.audit.page(filters, before_seq=before, limit=BATCH)
    )


def _tell(screen: Screen, made: Summary) -> None:
    screen.heading(f"{made.since:%Y-%m-%d} to {made.until - timedelta(days=1):%Y-%m-%d}")
    heads = (
        "day",
        "agent",
        "let through",
        "done",
        "failed",
        "unknown",
        "refused",
        "asked",
        "money",
    )
    rows = [
        (
            day, agent, str(one.calls), str(one.done), str(one.failed), str(one.unknown),
            str(one.refused), str(one.asked), one.money_text(),
        )
        for (day, agent), one in sorted(made.by_day.items())
    ]  # fmt: skip
    if rows:
        screen.table(heads, rows, right=heads[2:-1])
    else:
        screen.note("No agent did anything.")
    for sentence in made.to_look_at:
        screen.marked("look at", sentence)


def _as_json(made: Summary) -> dict[str, object]:
    return {
        "since": made.since.isoformat(),
        "until": made.until.isoformat(),
        "by_day": [
            {
                "day": day,
                "agent": agent,
                "let_through": one.calls,
                "done": one.done,
                "failed": one.failed,
                "unknown": one.unknown,
                "refused": one.refused,
                "asked": one.asked,
                "money": {code: str(amount) for code, amount in sorted(one.money.items())},
            }
            for (day, agent), one in sorted(made.by_day.items())
        ],
        "to_look_at": list(made.to_look_at),
    }
