"""`xero-mcp connect`: sign in to Xero in the browser, or check a Custom Connection."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import anyio
import typer

from xero_mcp.app import Office, open_office
from xero_mcp.app.xero import open_sign_ins
from xero_mcp.audit.entry import Entry, Kind, OrganisationRef, Status
from xero_mcp.cli.checks_xero import client_apart
from xero_mcp.cli.connect_browser import browser_answer
from xero_mcp.cli.connect_choice import Wanted, choose
from xero_mcp.cli.connect_scopes import policies_meant, scopes_needed, scopes_to_ask
from xero_mcp.cli.connections_shown import BROAD_END, show_connected
from xero_mcp.cli.console import open_screen, tell
from xero_mcp.cli.exits import CommandError, ExitCode
from xero_mcp.cli.options import AsJson, example
from xero_mcp.cli.system_user import system_user
from xero_mcp.clock import SystemClock
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.policy.model import Policy
from xero_mcp.settings import Settings, load_settings
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.sign_ins import SignInRow
from xero_mcp.xero.models.connection import Connection
from xero_mcp.xero.models.connection import OrganisationRef as Reached
from xero_mcp.xero.scopes import is_broad
from xero_mcp.xero.sign_in import Consent, exchange, keep
from xero_mcp.xero.sign_in_refresh import SignInDesk
from xero_mcp.xero.sign_in_request import (
    Attempt,
    RedirectError,
    SignInRefusedError,
    begin,
    code_of,
    read_redirect,
)
from xero_mcp.xero.sign_in_tokens import App

TIMEOUT_SECONDS = 300
MAX_TIMEOUT_SECONDS = 3_600
NOT_CUSTOM = "unauthorized_client"
"""Xero's word for an app that gets no tokens without a person: it is for signing in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks for."""

    wanted: Wanted
    policies: Sequence[Policy]
    broad: bool
    browser: bool
    sign_in: bool
    timeout_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A sign-in that was kept, and what of the consent was not chosen."""

    row: SignInRow
    chosen: Sequence[Connection]
    left: Sequence[Connection]


def add_to(app: typer.Typer) -> None:
    app.command(
        "connect",
        epilog=example(
            "xero-mcp connect",
            'xero-mcp connect --organisation "Demo Company (Global)" --no-browser',
        ),
    )(connect)


def connect(  # noqa: PLR0913 - each is an option of the command line
    *,
    organisation: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="An organisation to use, by name or id; repeatable."),
    ] = None,
    all_organisations: Annotated[
        bool, typer.Option("--all-organisations", help="Use every one that is chosen at Xero.")
    ] = False,
    agent: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Ask only for what this agent's policy needs."),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Open no browser: show the address only.")
    ] = False,
    sign_in: Annotated[
        bool,
        typer.Option("--sign-in", help="Sign in, though the app may be a Custom Connection."),
    ] = False,
    broad_scopes: Annotated[
        bool,
        typer.Option("--broad-scopes", help=f"Ask for the old scopes, which end on {BROAD_END}."),
    ] = False,
    timeout: Annotated[
        int,
        typer.Option(
            min=1, max=MAX_TIMEOUT_SECONDS, metavar="SECONDS", help="Wait this long for a person."
        ),
    ] = TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Sign in to Xero in the browser, and choose organisations.

    Agents may work in those that you choose.
    XERO_CLIENT_ID names the app. Without XERO_CLIENT_SECRET it signs in by PKCE. With one, it is
    checked as a Custom Connection first, which needs nobody to sign in.
    """
    settings = load_settings()
    if settings.client_id is None:
        raise CommandError(
            "Set XERO_CLIENT_ID to the client id of your app at https://developer.xero.com/app; "
            "an app of the type 'Mobile or desktop app' needs no secret.",
            exit_code=ExitCode.USAGE,
        )
    asked = Asked(
        wanted=Wanted(names=tuple(organisation or ()), every=all_organisations),
        policies=policies_meant(settings, agent or settings.agent, SystemClock()),
        broad=broad_scopes,
        browser=not no_browser,
        sign_in=sign_in,
        timeout_seconds=timeout,
    )
    done = anyio.run(
        _connect, settings, App(client_id=settings.client_id, secret=settings.client_secret), asked
    )
    _show(done, as_json=as_json)


async def _connect(settings: Settings, app: App, asked: Asked) -> Connected | tuple[Reached, ...]:
    if app.secret is not None and not asked.sign_in:
        reached = await _as_custom_connection(settings, asked.policies)
        if reached is not None:
            return reached
    try:
        attempt = begin(
            app.client_id,
            read_redirect(settings.redirect_uri),
            scopes_to_ask(
                settings,
                scopes_needed(settings, asked.policies, SystemClock()),
                broad=asked.broad,
            ),
            has_secret=app.secret is not None,
            token_bytes=secrets.token_bytes,
        )
    except RedirectError as error:
        raise CommandError(
            f"XERO_REDIRECT_URI is {settings.redirect_uri}: {error}.", exit_code=ExitCode.USAGE
        ) from error
    async with open_office(settings) as office, open_sign_ins(office) as desk:
        try:
            return await _signed_in(office, desk, app, attempt, asked)
        except SignInRefusedError as error:
            raise CommandError(str(error)) from error


async def _as_custom_connection(
    settings: Settings, policies: Sequence[Policy]
) -> tuple[Reached, ...] | None:
    """The organisations of a Custom Connection that works; None for an app that is none.

    Raises:
        CommandError: it is one, and does not work.
    """
    clock = SystemClock()
    async with client_apart(settings, demo=False) as client:
        for policy in policies:
            try:
                await client.check_token(scopes_needed(settings, [policy], clock))
            except XeroMcpError as error:
                if any(detail.message == NOT_CUSTOM for detail in error.details):
                    return None
                if error.code in (ErrorCode.NOT_CONNECTED, ErrorCode.SCOPE_MISSING):
                    raise CommandError(_why_not_custom(policy, error)) from error
                raise
        return await client.organisations(scopes_needed(settings, policies[:1], clock))


def _why_not_custom(policy: Policy, error: XeroMcpError) -> str:
    said = ", ".join(detail.message for detail in error.details)
    return (
        f"For {policy.file}: {error.message} ({said}) Check XERO_CLIENT_ID, XERO_CLIENT_SECRET "
        "and the app's scopes in Xero's developer portal, or check one agent alone: --agent NAME. "
        "If it is an app to sign in with: --sign-in."
    )


async def _signed_in(
    office: Office, desk: SignInDesk, app: App, attempt: Attempt, asked: Asked
) -> Connected:
    query = await browser_answer(
        desk.hosts, attempt, browser=asked.browser, timeout_seconds=asked.timeout_seconds
    )
    consent = await exchange(desk, app, attempt, code_of(query))
    chosen = choose(consent.organisations, asked.wanted)

    def note(tables: Tables) -> None:
        for one in chosen:
            office.audit.append(tables, _entry(consent, one))

    row = await keep(desk, consent, chosen, by=system_user(), note=note)
    left = [one for one in consent.organisations if one not in chosen]
    return Connected(row=row, chosen=chosen, left=left)


def _entry(consent: Consent, one: Connection) -> Entry:
    name = one.tenant_name or one.tenant_id
    person = f", as {consent.signed_in.person} at Xero," if consent.signed_in.person else ""
    return Entry(
        kind=Kind.CONNECTION,
        status=Status.OK,
        person=f"system user {system_user()}",
        organisation=OrganisationRef(id=one.tenant_id, name=name),
        reason=f"signed in{person} and connected {name} through the app {consent.app.client_id}",
    )


def _show(done: Connected | tuple[Reached, ...], *, as_json: bool) -> None:
    screen = open_screen()
    if isinstance(done, Connected):
        show_connected(screen, done.row, done.chosen, as_json=as_json)
        for one in done.left:
            tell(f"Not used: {one.tenant_name or one.tenant_id}. Connect again to use it.")
        if any(is_broad(scope) for scope in done.row.scopes.split()):
            tell(f"These are broad scopes; they end on {BROAD_END}.")
        return
    if as_json:
        rows = [{"id": one.id, "name": one.name} for one in done]
        screen.json({"kind": "custom connection", "organisations": rows})
        return
    names = ", ".join(one.name for one in done) or "no organisation: authorise it in Xero first"
    screen.line(f"The Custom Connection works: {names}.")
