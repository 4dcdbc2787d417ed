"""`python -m conformance.serve --port PORT`: our HTTP stack with the suite's fixtures in it.

The demo company is behind it, an agent of the shipped policies in front. Nobody needs a
credential here, and legacy clients keep a session, as some fixtures ask them something in
the middle of a call; the product does neither.
"""

import argparse
import sys
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from conformance.fixture_server import mount
from xero_mcp.agents import launched_agent
from xero_mcp.app import Office, open_house
from xero_mcp.app.http import site_of
from xero_mcp.gate.suspension import Order, resume, suspend
from xero_mcp.settings import Settings, load_settings
from xero_mcp.transport.http.running import listening, run_http, say_where
from xero_mcp.transport.http.site import Front
from xero_mcp.transport.server import XeroServer
from xero_mcp.transport.stdio import end_signals

AGENT = "bookkeeper"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--port", type=int, default=0)
    with TemporaryDirectory(prefix="xero-mcp-conformance-") as home:
        anyio.run(_serve, Path(home), asked.parse_args().port)


def _settings(home: Path) -> Settings:
    return load_settings(flags={"XERO_MCP_HOME": str(home)}, environment={}, env_file=home / ".env")


async def _serve(home: Path, port: int) -> None:
    settings = _settings(home)
    with closing(listening("127.0.0.1", port)) as taken, end_signals() as signals:
        async with open_house(settings, demo=True) as house:
            site = replace(site_of(house, launched_agent(AGENT)), keeps_sessions=True)
            mount(site.server, change_tools=partial(_change_tools, site.server, house.office))
            say_where(taken, anybody=AGENT)
            await run_http(Front(site), taken, signals, on_stop=_on_stop)


async def _change_tools(server: XeroServer, office: Office) -> None:
    """The agent is stopped, or let go on: the one change of a policy that holds at once."""
    order = Order(agent=AGENT, by="the suite", reason="to see lists change", system_user="")
    if not await suspend(office.store, office.audit, office.clock, order):
        await resume(office.store, office.audit, office.clock, order)
    await server.changes.look()


async def _on_stop(why: str) -> None:
    sys.stderr.write(f"stopped: {why}\n")


if __name__ == "__main__":
    main()
