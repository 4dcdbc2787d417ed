"""Serving many agents on a port."""

import gc
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from xero_mcp.agents import Agent
from xero_mcp.app.approval_page import approval_routes
from xero_mcp.app.house import House, note, open_house
from xero_mcp.app.identity import identifier_of, metadata_url, resource_metadata
from xero_mcp.app.port import Port, PortTakenError
from xero_mcp.app.readiness import Readiness
from xero_mcp.app.stdio import chosen_agent
from xero_mcp.app.webhooks import webhook_routes
from xero_mcp.audit.entry import Kind
from xero_mcp.errors import SettingsError
from xero_mcp.gate.narrowing import Narrowing
from xero_mcp.gate.rooms import NOTHING_TAKEN
from xero_mcp.settings import LOOPBACK, Settings

if TYPE_CHECKING:
    from xero_mcp.transport.http.patience import Patience
    from xero_mcp.transport.http.site import Front, Site


SWITCH_SECONDS = 0.0005
"""How long a thread of a busy server keeps the interpreter while another waits for it.

The store's threads let it go with every statement. With Python's 5 ms each of those could wait
that long, and with it all whose records share the transaction.
"""


_KEYS_INSTEAD = "Leave it out and give each agent a key: `xero-mcp agents add NAME`."


async def serve_on_http(
    settings: Settings, port: Port, *, demo: bool, narrowing: Narrowing = NOTHING_TAKEN
) -> None:
    """Serve many agents on a port, each by its credential, until a signal comes.

    Raises:
        SettingsError: a setting is wrong.
        PortTakenError: the port cannot be had.
        StoreUnavailableError: the database cannot be opened.
    """
    from xero_mcp.transport.http.running import listening, run_http, say_where  # noqa: PLC0415
    from xero_mcp.transport.stdio import end_signals  # noqa: PLC0415 - mcp is loaded last

    anybody = _anybody(port, settings)
    try:
        taken = listening(port.host, port.number)
    except OSError as error:
        raise PortTakenError(
            f"{port.host}:{port.number} cannot be listened on ({error.strerror}). "
            "Choose another: --host, --port."
        ) from error
    with closing(taken), end_signals() as signals:
        async with open_house(settings, demo=demo, narrowing=narrowing) as house:
            front = front_of(house, anybody)
            why = "the demo company" if demo else ""
            await note(house, Kind.STARTED, agent=port.anybody, why=why, transport="http")
            sys.setswitchinterval(SWITCH_SECONDS)
            house.load()  # nobody waits for a list of tools here
            gc.freeze()  # what was built to start is never garbage: no collection need look at it
            gc.enable()  # `__main__` switched it off, to load faster

            async def on_stop(why: str) -> None:
                await note(house, Kind.STOPPED, agent=port.anybody, why=why, transport="http")
                await house.office.checkpoints.now()

            say_where(taken, anybody=port.anybody)
            await run_http(front, taken, signals, on_stop=on_stop)


def _anybody(port: Port, settings: Settings) -> Agent | None:
    """Who it is that brings no credential, where the operator says so.

    Raises:
        SettingsError: others than this machine could reach the port, or a proxy brings them.
    """
    if port.anybody is None:
        return None
    if port.host not in LOOPBACK:
        raise SettingsError(
            f"--agent over http lets everybody in who reaches the port, so it is for loopback "
            f"alone. {_KEYS_INSTEAD}"
        )
    if settings.public_url is not None or not LOOPBACK.issuperset(settings.allowed_hosts):
        name = "PUBLIC_URL" if settings.public_url is not None else "ALLOWED_HOSTS"
        raise SettingsError(
            f"--agent over http lets everybody in who reaches the port, and XERO_MCP_{name} says "
            f"that others come, through a proxy. {_KEYS_INSTEAD}"
        )
    return chosen_agent(port.anybody, ())


def front_of(house: House, anybody: Agent | None, patience: "Patience | None" = None) -> "Front":
    """Put the application together; mcp and starlette are loaded here."""
    from xero_mcp.transport.http.site import Front  # noqa: PLC0415

    return Front(site_of(house, anybody, patience))


def site_of(house: House, anybody: Agent | None, patience: "Patience | None" = None) -> "Site":
    """The parts of the application."""
    from xero_mcp.transport.http.guard import Names  # noqa: PLC0415
    from xero_mcp.transport.http.meter import Meter  # noqa: PLC0415
    from xero_mcp.transport.http.patience import Patience  # noqa: PLC0415
    from xero_mcp.transport.http.site import Site  # noqa: PLC0415
    from xero_mcp.transport.http.webhooks import PATH as WEBHOOKS  # noqa: PLC0415
    from xero_mcp.transport.http.who import caller_at_hand, until_over  # noqa: PLC0415
    from xero_mcp.transport.server import build_server  # noqa: PLC0415

    office = house.office
    settings, monotonic = office.settings, office.clock.monotonic
    meter = Meter(tools=office.cards, monotonic=monotonic)
    return Site(
        server=build_server(house.gate, caller=caller_at_hand, meter=meter, until_over=until_over),
        names=Names.of(public_url=settings.public_url, allowed_hosts=settings.allowed_hosts),
        identify=identifier_of(house).identify,
        metadata=resource_metadata(settings),
        metadata_url=metadata_url(settings),
        meter=meter,
        monotonic=monotonic,
        new_id=office.audit.new_id,
        checks=Readiness(house.rooms).checks(),
        anybody=anybody,
        has_short_way=not settings.otlp_endpoint,  # spans are made by mcp, on its own way
        behind_proxy=settings.public_url is not None,
        metrics_key=settings.metrics_key,
        patience=patience or Patience(),
        more=[*approval_routes(house), *webhook_routes(house)],
        sized_by_others=frozenset({WEBHOOKS}),
    )
