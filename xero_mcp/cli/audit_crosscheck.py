"""`xero-mcp audit crosscheck`: does Xero's own history say the same as the log?"""

import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Protocol

import typer

from xero_mcp.app import Office
from xero_mcp.app.xero import build_client
from xero_mcp.audit.crosscheck import Fault, Mismatch
from xero_mcp.audit.purging import stub_of
from xero_mcp.cli.audit_filters import moment
from xero_mcp.cli.console import Screen, open_screen
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.moments import local
from xero_mcp.cli.opening import in_office
from xero_mcp.cli.options import AsJson
from xero_mcp.cli.system_user import system_user
from xero_mcp.clock import from_iso, to_iso
from xero_mcp.gate.attributing import WITH_HISTORY
from xero_mcp.gate.crosschecking import Asked, Checked, Crosschecker, Hearers
from xero_mcp.gate.history_reading import MAX_REQUESTS, TooManyRequestsError, history_grants
from xero_mcp.text import one_line
from xero_mcp.xero.client import XeroClient
from xero_mcp.xero.models.connection import OrganisationRef

DEFAULT_REQUESTS = 500
DEFAULT_MINUTES = 5
MAX_MINUTES = 120
MAX_NAMES_TOLD = 10
OF_A_DEMO = (
    "The demo company of `--demo` lives inside the server and ends with it, so there is nothing to "
    "compare with. `xero-mcp demo-company` runs one on its own: point XERO_API_URL, "
    "XERO_IDENTITY_URL and XERO_LOGIN_URL at it."
)


class _Bar(Protocol):
    """What shows how far it has come."""

    async def tell(self, made: int, whole: int) -> None: ...


class _NoBar:
    async def tell(self, made: int, whole: int) -> None:
        """In a pipe nothing moves."""


def crosscheck(  # noqa: PLR0913 - each is an option of the command line
    *,
    since: Annotated[
        str, typer.Option(metavar="MOMENT", help="From 2026-03-02, or …T09:30 on, until now.")
    ],
    organisations: Annotated[
        list[str] | None,
        typer.Option("--organisation", metavar="NAME", help="Only this one; may be repeated."),
    ] = None,
    apps: Annotated[
        list[str] | None,
        typer.Option(
            "--app",
            metavar="NAME",
            help="How Xero's history names this connection. Left out: as the records tell.",
        ),
    ] = None,
    max_requests: Annotated[
        int,
        typer.Option(
            min=len(WITH_HISTORY), max=MAX_REQUESTS, metavar="N", help="To Xero, in all, at most."
        ),
    ] = DEFAULT_REQUESTS,
    window_minutes: Annotated[
        int,
        typer.Option(min=1, max=MAX_MINUTES, metavar="N", help="How far the clocks may differ."),
    ] = DEFAULT_MINUTES,
    demo: Annotated[bool, typer.Option("--demo", hidden=True)] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the log with Xero's own history.

    It lists changes that have no record, and records that Xero does not show; it only reads.
    One request for each document that changed, beside some 14 for the lists: it says how many
    before it goes on. Where it finds something it ends with 1.
    """
    if demo:
        raise CommandError(OF_A_DEMO, exit_code=ExitCode.USAGE)
    begin = moment(since, "--since")
    if begin is None:
        raise CommandError("--since MOMENT is needed.", exit_code=ExitCode.USAGE)
    asked = Asked(
        since=begin,
        max_requests=max_requests,
        person=f"system user {system_user()}",
        names=frozenset(apps or ()),
        window=timedelta(minutes=window_minutes),
    )
    screen = open_screen()
    checked = in_office(
        lambda office: check_organisations(office, screen, asked, organisations or [])
    )
    if as_json:
        screen.json([_as_json(one, asked) for one in checked])
    else:
        for one in checked:
            _show(screen, one, asked)
    if any(one.mismatches or one.is_nameless for one in checked):
        raise typer.Exit(ExitCode.REFUSED)


async def check_organisations(
    office: Office, screen: Screen, asked: Asked, names: Sequence[str]
) -> list[Checked]:
    """Compare those that are named, or all; what came of each is recorded.

    Raises:
        CommandError: the log does not reach back, a name is unknown, or it takes too many requests.
        XeroMcpError: Xero cannot be asked.
    """
    await _must_reach_back(office, asked.since)
    await office.audit.recover(office.instances.is_live)
    async with _xero(office) as xero:
        crosschecker = Crosschecker(office.store, office.audit, xero)
        found: list[Checked] = []
        left = asked.max_requests
        for organisation in await _chosen(xero, names):
            elsewhere = frozenset(name for one in found for name in one.names)
            part = replace(asked, max_requests=max(left, 0), names_elsewhere=elsewhere)
            found.append(await _one(crosschecker, screen, organisation, part))
            left -= found[-1].requests
        return found


async def _one(
    crosschecker: Crosschecker, screen: Screen, organisation: OrganisationRef, asked: Asked
) -> Checked:
    async def announce(made: int, whole: int) -> None:
        screen.note(
            f"{organisation.name}: {whole - made} documents changed, or are named by records. That "
            f"makes {whole} requests to Xero: {made} made so far, {asked.max_requests} allowed."
        )

    async with _bar(organisation.name) as bar:
        try:
            return await crosschecker.check(
                organisation, asked, Hearers(tell=bar.tell, announce=announce)
            )
        except TooManyRequestsError as error:
            count = f"{error.needed}" if error.is_whole else f"more than {error.needed}"
            raise CommandError(
                f"{organisation.name}: it takes {count} requests to Xero, and "
                f"{asked.max_requests} are left of what is allowed. Nothing was compared. Give a "
                "later --since, or a higher --max-requests.",
                exit_code=ExitCode.USAGE,
            ) from error


async def _must_reach_back(office: Office, since: datetime) -> None:
    """Refuse where the log cannot answer for the time that is asked about."""
    if since > office.clock.now():
        raise CommandError("--since is in the future.", exit_code=ExitCode.USAGE)
    stub = await office.store.read(stub_of)
    if stub is not None and from_iso(stub.before) > since:
        raise CommandError(
            f"Records from before {local(stub.before)} were purged, so nothing can be said of "
            "that time. Give a later --since.",
            exit_code=ExitCode.USAGE,
        )


async def _chosen(xero: XeroClient, names: Sequence[str]) -> list[OrganisationRef]:
    first = names[0] if names else None
    scopes = history_grants(OrganisationRef(id="", name=""))["Contacts"].scopes
    known = await xero.organisations(scopes, looking_for=first)
    if not names:
        return list(known)
    chosen: list[OrganisationRef] = []
    for name in names:
        low = name.lower()
        found = [one for one in known if low in {one.name.lower(), one.id.lower()}]
        if not found:
            listed = ", ".join(one.name for one in known)
            raise CommandError(
                f"The connection reaches no organisation {one_line(name, limit=60)}. It reaches: "
                f"{listed}."
            )
        chosen.extend(one for one in found if one not in chosen)
    return chosen


@asynccontextmanager
async def _xero(office: Office) -> AsyncGenerator[XeroClient]:
    presence = office.instances.enter()
    try:
        xero = build_client(office, demo=False, instance=presence.instance)
        try:
            yield xero
        finally:
            await xero.close()
    finally:
        presence.leave()


@asynccontextmanager
async def _bar(name: str) -> AsyncGenerator[_Bar]:
    """A bar on a terminal, for the time of one organisation."""
    if not sys.stderr.isatty():
        yield _NoBar()
        return
    from xero_mcp.cli.request_bar import RequestBar  # noqa: PLC0415 - only on a terminal

    with RequestBar(name) as bar:
        yield bar


def _show(screen: Screen, checked: Checked, asked: Asked) -> None:
    screen.heading(checked.organisation.name)
    for one in checked.mismatches:
        screen.record(_when(one), one.fault, _said(one))
    if checked.is_nameless:
        actors = sorted(checked.actors)[:MAX_NAMES_TOLD]
        screen.record(
            local(asked.since),
            "not known",
            "No record tells by which name Xero knows this connection, so nobody's changes could "
            f"be told from its own. Give --app NAME; in the history stand: {', '.join(actors)}.",
        )
    elif not checked.mismatches:
        by = ", ".join(sorted(checked.names)) or "this connection"
        screen.marked("ok", f"{checked.changes} changes by {by}, each with its record.")
    if checked.skipped:
        screen.note(f"Not looked at, for want of a scope: {', '.join(checked.skipped)}.")


def _when(one: Mismatch) -> str:
    if one.change is not None:
        return local(one.change.at)
    return local(one.written.began) if one.written is not None else ""


def _said(one: Mismatch) -> str:
    what = f"{one.noun} {one.change.number if one.change else ''}".strip()
    change, written = one.change, one.written
    seen = "" if change is None else f"{change.words} by {change.actor}: {what}, {change.details}"
    seen = f"{seen.rstrip('. ')} ({one.object_id})."
    match one.fault:
        case Fault.NO_RECORD:
            return f"{seen} No record says so."
        case Fault.NOT_SETTLED:
            known = written.id if written else ""
            return f"{seen} It may be {known}: `xero-mcp audit reconcile` finds out."
        case Fault.OTHER_TOTAL:
            return f"{seen} The record says: {written.says if written else ''}"
        case Fault.NOT_SHOWN:
            said = written.says if written else ""
            known = written.id if written else ""
            return f"{known}: {said} Xero's history of {what} {one.object_id} does not show it."


def _as_json(checked: Checked, asked: Asked) -> dict[str, object]:
    return {
        "organisation": {"id": checked.organisation.id, "name": checked.organisation.name},
        "since": to_iso(asked.since),
        "ok": not checked.mismatches and not checked.is_nameless,
        "names": sorted(checked.names),
        "in_history": sorted(checked.actors),
        "documents": checked.documents,
        "changes": checked.changes,
        "requests": checked.requests,
        "not_looked_at": list(checked.skipped),
        "found": [_found_as_json(one) for one in checked.mismatches],
    }


def _found_as_json(one: Mismatch) -> dict[str, object]:
    change, written = one.change, one.written
    return {
        "fault": one.fault.value,
        "what": one.noun,
        "id": one.object_id,
        "number": change.number or None if change else None,
        "at": to_iso(change.at) if change else None,
        "change": change.words if change else None,
        "by": change.actor if change else None,
        "user": change.user if change else None,
        "details": change.details if change else None,
        "audit_id": written.id if written else None,
        "says": written.says if written else None,
    }
