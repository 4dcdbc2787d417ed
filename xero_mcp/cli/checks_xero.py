"""Checks of the connection to Xero: credentials, permissions, organisations."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from xero_mcp.app import credentials_of, open_office, own_credentials
from xero_mcp.app.xero import build_client
from xero_mcp.cli.checks import Check, State, mend, ok
from xero_mcp.cli.checks_hosts import check_hosts
from xero_mcp.cli.checks_policies import policies_in_force
from xero_mcp.cli.checks_redirect import check_redirect
from xero_mcp.cli.checks_sign_ins import NOBODY, SignedIn, check_sign_ins, signed_in
from xero_mcp.cli.connect_scopes import scopes_to_ask
from xero_mcp.clock import SystemClock
from xero_mcp.errors import ErrorCode, SettingsError, StoreUnavailableError, XeroMcpError
from xero_mcp.policy.model import Policy
from xero_mcp.policy.reach import token_scopes
from xero_mcp.settings import Secret, Settings
from xero_mcp.tools.index import load_cards
from xero_mcp.xero.client import XeroClient
from xero_mcp.xero.credentials import Credentials
from xero_mcp.xero.models.connection import OrganisationRef

CONNECTION = "connection"
ORGANISATIONS = "organisations"
_AWAY = frozenset({ErrorCode.XERO_UNAVAILABLE, ErrorCode.XERO_RATE_LIMITED})


async def check_xero(
    settings: Settings, *, tied_to: str | None, offline: bool, demo: bool
) -> AsyncIterator[Check]:
    policies = policies_in_force(settings, tied_to=tied_to)
    if demo:
        async for check in _own(settings, policies, signed=NOBODY, offline=offline, demo=True):
            yield check
        return
    signed, failures = await signed_in(settings, asking_xero=not offline)
    own, problems = _own_credentials(settings, signed)
    for check in problems:
        yield check
    if not offline and not problems:
        async for check in check_hosts(settings, SystemClock()):
            yield check
    for check in check_sign_ins(settings, signed, failures, policies):
        yield check
    for check in await _ways_in(settings, policies, own, signed, offline=offline):
        yield check


def _own_credentials(
    settings: Settings, signed: SignedIn
) -> tuple[Credentials | None, list[Check]]:
    """What the settings sign in with, unless people sign in through that app."""
    try:
        own = own_credentials(settings)
        if own is None and not signed.rows:
            credentials_of(settings)  # says what is missing
    except SettingsError as error:
        return None, [mend(CONNECTION, "nothing to sign in to Xero with", fix=str(error))]
    return (None if settings.client_id in signed.apps() else own), []


async def _ways_in(
    settings: Settings,
    policies: Sequence[Policy],
    own: Credentials | None,
    signed: SignedIn,
    *,
    offline: bool,
) -> list[Check]:
    """By a Custom Connection or a bearer token; otherwise through the browser."""
    if own is not None:
        ways = _own(settings, policies, signed=signed, offline=offline, demo=False)
        return [check async for check in ways]
    found: list[Check] = []
    if settings.client_id is not None:
        asked = _to_ask(settings, policies)
        found += [check async for check in check_redirect(settings, asked, offline=offline)]
    if signed.rows:
        found += _organisations(signed.live(SystemClock().now()), policies)
    return found


def _to_ask(settings: Settings, policies: Sequence[Policy]) -> tuple[str, ...]:
    wanted = frozenset(scope for policy in policies for scope in _scopes(policy, settings))
    return scopes_to_ask(settings, wanted, broad=False)


async def _own(
    settings: Settings,
    policies: Sequence[Policy],
    *,
    signed: SignedIn,
    offline: bool,
    demo: bool,
) -> AsyncIterator[Check]:
    """The Custom Connection or the bearer token of the settings."""
    if offline:
        yield Check(name=CONNECTION, state=State.SKIPPED, says="Xero was not asked (--offline)")
        return
    beside = signed.live(SystemClock().now())
    left = [
        policy
        for policy in policies
        if not all(_is_connected(name, beside) for name in policy.organisations)
    ]
    try:
        async with client_apart(settings, demo=demo) as client:
            async for check in _connected(client, settings, left, beside=beside):
                yield check
    except (SettingsError, StoreUnavailableError, OSError) as error:
        yield mend(CONNECTION, "it could not be tried", fix=str(error))


@asynccontextmanager
async def client_apart(settings: Settings, *, demo: bool) -> AsyncGenerator[XeroClient]:
    """A client with a memory of its own: a token that is kept already would prove nothing."""
    with TemporaryDirectory(prefix="xero-mcp-doctor-") as folder:
        home = Path(folder)
        apart = replace(
            settings,
            home=home,
            database_url=f"sqlite:///{home / 'doctor.db'}",
            secret_key=Secret(token_hex()),
        )
        async with open_office(apart) as office:
            client = build_client(office, demo=demo, instance="doctor")
            try:
                yield client
            finally:
                await client.close()


async def _connected(
    client: XeroClient,
    settings: Settings,
    policies: Sequence[Policy],
    *,
    beside: tuple[OrganisationRef, ...],
) -> AsyncIterator[Check]:
    usable: frozenset[str] | None = None
    for policy in policies:
        scopes = _scopes(policy, settings)
        try:
            await client.check_token(scopes)
        except XeroMcpError as error:
            yield _failed(f"{CONNECTION} of {policy.agent}", error)
            if error.code is not ErrorCode.SCOPE_MISSING:
                return
        else:
            usable = scopes if usable is None else usable
            yield ok(f"{CONNECTION} of {policy.agent}", f"Xero grants {_listed(scopes)}")
    if usable is None:
        return
    try:
        connected = await client.organisations(usable)
    except XeroMcpError as error:
        yield _failed(ORGANISATIONS, error)
        return
    for check in _organisations((*connected, *beside), policies):
        yield check


def _organisations(
    connected: Sequence[OrganisationRef], policies: Sequence[Policy]
) -> Iterator[Check]:
    names = ", ".join(sorted(one.name for one in connected)) or "none"
    yield ok(ORGANISATIONS, f"connected: {names}")
    for policy in policies:
        missing = [name for name in policy.organisations if not _is_connected(name, connected)]
        if missing:
            yield mend(
                ORGANISATIONS,
                f"{policy.file} names {', '.join(missing)}, which is not connected",
                fix=f"Write the name as Xero has it into {policy.file}, or connect it in Xero.",
            )


def _is_connected(name: str, connected: Sequence[OrganisationRef]) -> bool:
    return any(name in (one.name, one.id) or name.lower() == one.id.lower() for one in connected)


def _scopes(policy: Policy, settings: Settings) -> frozenset[str]:
    wanted = token_scopes(policy, load_cards().values(), at=SystemClock().now())
    return wanted & frozenset(settings.scopes) if settings.scopes else wanted


def _listed(scopes: frozenset[str]) -> str:
    return ", ".join(sorted(scopes)) or "nothing, as none of its tools needs"


def _failed(name: str, error: XeroMcpError) -> Check:
    said = "; ".join(detail.message for detail in error.details)
    state = State.AWAY if error.code in _AWAY else State.MEND
    return Check(
        name=name,
        state=state,
        says=f"{error.message} {said}".strip(),
        fix=_FIXES.get(error.code, "Try again later."),
    )


_FIXES = {
    ErrorCode.NOT_CONNECTED: "Check XERO_CLIENT_ID and XERO_CLIENT_SECRET (or the bearer token) "
    "against the app in Xero's developer portal.",
    ErrorCode.SCOPE_MISSING: "Add these scopes to the app in Xero's developer portal, or give the "
    "policy less.",
    ErrorCode.XERO_UNAVAILABLE: "Check the network and XERO_API_URL, XERO_IDENTITY_URL; then try "
    "again.",
}
