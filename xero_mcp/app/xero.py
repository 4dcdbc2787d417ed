"""The client of Xero: of the real one, or of a demo company inside this process."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from random import SystemRandom
from typing import Any

from xero_mcp.app.office import Office
from xero_mcp.app.sealing_key import KEY_FILE, secret_key
from xero_mcp.clock import Clock
from xero_mcp.errors import SettingsError
from xero_mcp.settings import Secret, Settings
from xero_mcp.xero.client import Surroundings, XeroClient, XeroRules
from xero_mcp.xero.credentials import Credentials, XeroHosts
from xero_mcp.xero.forecast import LimitRules
from xero_mcp.xero.network import HttpSource, Network, NetworkRules, in_process, network
from xero_mcp.xero.secret import Sealer
from xero_mcp.xero.sign_in_refresh import SignInDesk

DEMO_CLIENT_ID = "demo"
DEMO_CLIENT_SECRET = "demo-secret"  # noqa: S105 - the demo company's published credentials
DEMO_URL = "https://demo-company.localhost"


def build_client(office: Office, *, demo: bool, instance: str) -> XeroClient:
    """The client of Xero, or of a demo company inside this process."""
    settings = office.settings
    around = Surroundings(
        store=office.store,
        clock=office.clock,
        sealer=sealer(settings),
        randomness=SystemRandom(),
        instance=instance,
        is_live=office.instances.is_live,
        app_secrets=None if demo else app_secrets(settings),
    )
    limits = LimitRules(minute_seconds=settings.minute_seconds(demo=demo))
    rules = XeroRules(limits=limits)
    if demo:
        hosts = XeroHosts(api_url=DEMO_URL, identity_url=DEMO_URL, login_url=DEMO_URL)
        credentials = Credentials.custom_connection(DEMO_CLIENT_ID, Secret(DEMO_CLIENT_SECRET))
        return XeroClient(hosts, credentials, _demo_source(office.clock), around, rules=rules)
    own = own_credentials(settings)
    return XeroClient(hosts_of(settings), own, network(), around, rules=rules)


@asynccontextmanager
async def open_sign_ins(office: Office) -> AsyncGenerator[SignInDesk]:
    """What a person's command signs in to Xero with, and looks after sign-ins."""
    rules = NetworkRules()
    line = Network(network(rules), rules)
    try:
        yield SignInDesk(
            hosts=hosts_of(office.settings),
            network=line,
            store=office.store,
            clock=office.clock,
            sealer=sealer(office.settings),
            randomness=SystemRandom(),
            secrets=app_secrets(office.settings),
        )
    finally:
        await line.close()


def hosts_of(settings: Settings) -> XeroHosts:
    return XeroHosts(
        api_url=settings.api_url,
        identity_url=settings.identity_url,
        login_url=settings.login_url,
    )


def app_secrets(settings: Settings) -> dict[str, Secret]:
    """The secret of the app that the settings name; those of other apps are kept sealed."""
    if settings.client_id is None or settings.client_secret is None:
        return {}
    return {settings.client_id: settings.client_secret}


async def check_connection(office: Office) -> None:
    """Find out whether there is anything to reach Xero with; it need not work.

    Raises:
        SettingsError: neither credentials in the settings, nor a sign-in.
        StoreUnavailableError: the database cannot be read.
    """
    if own_credentials(office.settings) is None:
        host = hosts_of(office.settings).fingerprint
        signed_in = await office.store.read(lambda tables: tables.sign_ins.of_host(host))
        if not signed_in:
            credentials_of(office.settings)


def own_credentials(settings: Settings) -> Credentials | None:
    """What the settings sign in with; None where that is left to people's sign-ins.

    Raises:
        SettingsError: what is set cannot be right.
    """
    with_secret = settings.client_id is not None and settings.client_secret is not None
    if settings.bearer_token is None and not with_secret:
        return None
    return credentials_of(settings)


def credentials_of(settings: Settings) -> Credentials:
    """What the settings sign in to Xero with.

    Raises:
        SettingsError: nothing to sign in with, or it cannot be right.
    """
    try:
        if settings.bearer_token is not None:
            return Credentials.bearer(settings.bearer_token)
        if settings.client_id is not None and settings.client_secret is not None:
            return Credentials.custom_connection(settings.client_id, settings.client_secret)
    except ValueError as error:
        raise SettingsError(f"The credentials for Xero cannot be right: {error}.") from error
    raise SettingsError(
        "There is no connection to Xero: run `xero-mcp connect`, or set XERO_CLIENT_ID and "
        "XERO_CLIENT_SECRET of a Custom Connection, or XERO_CLIENT_BEARER_TOKEN; or try `--demo`."
    )


def _demo_source(clock: Clock) -> HttpSource:
    """A demo company that is built at the first request, so that starting does not wait for it."""

    def source() -> Any:  # noqa: ANN401 - an httpx2 client, whose name only xero/ may use
        from xero_mcp.demo_company.app import create_app  # noqa: PLC0415

        return in_process(create_app(clock.now))()

    return source


def sealer(settings: Settings) -> Sealer:
    try:
        return Sealer(secret_key(settings))
    except ValueError as error:
        where = "XERO_MCP_SECRET_KEY" if settings.secret_key else str(settings.home / KEY_FILE)
        raise SettingsError(f"The key in {where} cannot be used: {error}.") from error
