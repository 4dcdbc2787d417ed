"""`xero-mcp connections`: which organisations people connected, and whether they still are."""

from collections.abc import Sequence
from typing import Annotated

import typer

from xero_mcp.app import Office, hosts_of
from xero_mcp.app.xero import open_sign_ins
from xero_mcp.audit.entry import Entry, Kind, OrganisationRef, Status
from xero_mcp.cli.connections_shown import BROAD_END, LIVE, show_list, state_of
from xero_mcp.cli.console import cell, open_screen, tell, working
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.opening import in_office_if_any
from xero_mcp.cli.options import AsJson, example
from xero_mcp.cli.system_user import system_user
from xero_mcp.clock import SystemClock
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.settings import load_settings
from xero_mcp.store.tables.sign_ins import OrganisationRow, SignInRow
from xero_mcp.xero.scopes import is_broad
from xero_mcp.xero.sign_ins import SignIns

NONE_YET = (
    "Nobody has signed in here yet: `xero-mcp connect` does. A Custom Connection of the settings "
    "is not listed; `xero-mcp doctor` looks at it."
)


def group() -> typer.Typer:
    made = typer.Typer(
        help="List, refresh and take away the connections to Xero.",
        add_completion=False,
        invoke_without_command=True,
        epilog=example("xero-mcp connections --json"),
    )
    made.callback()(list_connections)
    made.command("refresh", epilog=example("xero-mcp connections refresh"))(refresh)
    made.command(
        "disconnect", epilog=example('xero-mcp connections disconnect "Demo Company (Global)"')
    )(disconnect)
    return made


def list_connections(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the organisations that people connected. Nothing is asked of Xero."""
    if context.invoked_subcommand is not None:
        return
    sign_ins, organisations = in_office_if_any(_rows) or ((), ())
    screen = open_screen()
    if not organisations and not as_json:
        screen.note(NONE_YET)
        return
    now = SystemClock().now()
    show_list(screen, sign_ins, organisations, now=now, as_json=as_json)
    _warn(sign_ins, organisations)


async def _rows(office: Office) -> tuple[Sequence[SignInRow], Sequence[OrganisationRow]]:
    host = hosts_of(office.settings).fingerprint
    return await office.store.read(
        lambda tables: (tables.sign_ins.of_host(host), tables.sign_ins.organisations(host))
    )


def _warn(sign_ins: Sequence[SignInRow], organisations: Sequence[OrganisationRow]) -> None:
    now, rows = SystemClock().now(), {row.id: row for row in sign_ins}
    lost = [one for one in organisations if state_of(rows[one.sign_in_id], one, now) != LIVE]
    if lost:
        names = ", ".join(cell(one.name) for one in lost)
        tell(f"No agent can work in {names}: `xero-mcp connect` connects again.")
    if any(is_broad(scope) for row in sign_ins for scope in row.scopes.split()):
        tell(
            f"Broad scopes end on {BROAD_END}: give the app the granular ones at Xero, then "
            "`xero-mcp connect`."
        )


def refresh() -> None:
    """Get new tokens, and ask Xero what is still connected."""

    async def work(office: Office) -> tuple[list[XeroMcpError], object]:
        failures: list[XeroMcpError] = []
        async with open_sign_ins(office) as desk:
            sign_ins = SignIns(desk)
            for row in (await sign_ins.all())[0]:
                try:
                    await sign_ins.refresh(row.id)
                except XeroMcpError as error:
                    failures.append(error)
            return failures, await sign_ins.all()

    with working("Asking Xero"):
        done = in_office_if_any(work)
    if done is None:
        raise CommandError(NONE_YET)
    failures = done[0]
    sign_ins, organisations = in_office_if_any(_rows) or ((), ())
    if not sign_ins:
        raise CommandError(NONE_YET)
    show_list(open_screen(), sign_ins, organisations, now=SystemClock().now(), as_json=False)
    _warn(sign_ins, organisations)
    for error in failures:
        tell(f"{error.message} {error.next_step}")
    raise typer.Exit(_ending(failures, sign_ins, organisations))


def _ending(
    failures: Sequence[XeroMcpError],
    sign_ins: Sequence[SignInRow],
    organisations: Sequence[OrganisationRow],
) -> ExitCode:
    if any(error.code is ErrorCode.XERO_UNAVAILABLE for error in failures):
        return ExitCode.UNREACHABLE
    now, rows = SystemClock().now(), {row.id: row for row in sign_ins}
    lost = any(state_of(rows[one.sign_in_id], one, now) != LIVE for one in organisations)
    return ExitCode.REFUSED if failures or lost else ExitCode.DONE


def disconnect(
    organisation: Annotated[
        str, typer.Argument(metavar="ORG", help="The organisation, by its name or id.")
    ],
) -> None:
    """Take an organisation away, at Xero and here."""

    async def work(office: Office) -> tuple[OrganisationRow, bool]:
        one = _named((await _rows(office))[1], organisation)
        async with open_sign_ins(office) as desk:
            told = await SignIns(desk).disconnect(one.organisation_id)
        await office.audit.record(_entry(one, told=told))
        return one, told

    with working("Telling Xero"):
        done = in_office_if_any(work)
    if done is None:
        raise CommandError(NONE_YET)
    one, told = done
    open_screen().line(f"{cell(one.name)} is no longer connected.")
    if not told:
        tell(
            "Xero could not be told, as the sign-in has ended: remove the app in Xero too, under "
            "Settings, Connected apps."
        )


def _named(organisations: Sequence[OrganisationRow], name: str) -> OrganisationRow:
    wanted = name.strip().casefold()
    fits = [one for one in organisations if wanted == one.organisation_id.casefold()]
    fits = fits or [one for one in organisations if wanted == one.name.casefold()]
    if len(fits) == 1:
        return fits[0]
    shown = cell(name)
    if fits:
        ids = ", ".join(one.organisation_id for one in fits)
        raise CommandError(f"Several organisations are called {shown}. Name its id: {ids}.")
    known = ", ".join(cell(one.name) for one in organisations) or "none"
    where = load_settings().identity_url
    raise CommandError(f"{shown} is not connected through {where}. Connected: {known}.")


def _entry(one: OrganisationRow, *, told: bool) -> Entry:
    where = "at Xero and here" if told else "here alone, as the sign-in had ended"
    return Entry(
        kind=Kind.CONNECTION,
        status=Status.OK,
        person=f"system user {system_user()}",
        organisation=OrganisationRef(id=one.organisation_id, name=one.name),
        reason=f"disconnected {one.name} {where}",
    )
