"""The client of Xero: of the real one, or of a demo company inside this process."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from random import SystemRandom
from typing import Any

from xero_mcp.app.office import Office
from xero_mcp.app.xero_access import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    DEMO_URL,
    app_secrets,
    hosts_of,
    own_credentials,
    sealer,
)
from xero_mcp.clock import Clock
from xero_mcp.settings import Secret
from xero_mcp.xero.client import Surroundings, XeroClient, XeroRules
from xero_mcp.xero.credentials import Credentials, XeroHosts
from xero_mcp.xero.forecast import LimitRules
from xero_mcp.xero.network import HttpSource, Network, NetworkRules, in_process, network
from xero_mcp.xero.sign_in_refresh import SignInDesk


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


def _demo_source(clock: Clock) -> HttpSource:
    """A demo company that is built at the first request, so that starting does not wait for it."""

    def source() -> Any:  # noqa: ANN401 - an httpx2 client, whose name only xero/ may use
        from xero_mcp.demo_company.app import create_app  # noqa: PLC0415

        return in_process(create_app(clock.now))()

    return source
