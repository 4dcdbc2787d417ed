"""A firm: replicas on one PostgreSQL, agents with keys, and one sign-in whose token has ended."""

import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import anyio
from anyio import to_thread

from tests.fakes import FakeClock
from tests.replicas.replica import Replica
from tests.wire.bounds import ROOT
from tests.wire.demo_process import ORGANISATION
from tests.xero.sign_in_world import PUBLIC, SignInWorld
from xero_mcp.app import Office, open_office
from xero_mcp.app.xero import open_sign_ins
from xero_mcp.clock import SystemClock
from xero_mcp.settings import load_settings
from xero_mcp.xero.sign_in import exchange, keep
from xero_mcp.xero.sign_in_request import code_of

COMMAND_SECONDS = 60.0
LONG_AGO = timedelta(minutes=31)
"""An access token lives for half an hour."""
SCOPES = ("openid", "accounting.invoices", "accounting.contacts", "accounting.settings.read")
POLICY = """\
agent: crowd
purpose: One of many that work for the same firm.
owner: finance@example.com
organisations: [Demo Company (Global)]
access:
  contacts: read
  invoices: draft
"""
POLICY_FILE = "crowd.yaml"


class Earlier(SystemClock):
    """The clock of somebody who signed in a while ago."""

    def now(self) -> datetime:
        return super().now() - LONG_AGO


@dataclass(frozen=True, kw_only=True)
class Place:
    """What the replicas share."""

    database_url: str
    xero_url: str
    more: Mapping[str, str]


@dataclass
class Firm:
    """Where its replicas are, and the keys of its agents."""

    folder: Path
    settings: Mapping[str, str]
    replicas: Sequence[Replica]
    keys: dict[str, str] = field(default_factory=dict[str, str])

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run `xero-mcp …` as a person does, over the shared database."""
        home = {"XERO_MCP_HOME": str(self.folder / "person"), "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, "-m", "xero_mcp", *arguments],
            env={"PATH": "/usr/bin:/bin", **home, **self.settings},
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )


@asynccontextmanager
async def firm(folder: Path, place: Place, *, agents: int, replicas: int) -> AsyncGenerator[Firm]:
    """Sign in, give the agents keys, and start the replicas; all are killed in the end."""
    policies = folder / "policies"
    policies.mkdir()
    (policies / POLICY_FILE).write_text(POLICY, encoding="utf-8")
    settings = {
        "XERO_MCP_DATABASE_URL": place.database_url,
        "XERO_MCP_SECRET_KEY": "the same for all of them",
        "XERO_MCP_POLICIES": str(policies),
        **place.more,
        "XERO_API_URL": place.xero_url,
        "XERO_IDENTITY_URL": place.xero_url,
        "XERO_LOGIN_URL": place.xero_url,
    }
    made = Firm(
        folder=folder,
        settings=settings,
        replicas=[Replica(folder / f"replica-{at + 1}", settings) for at in range(replicas)],
    )
    own = {**settings, "XERO_MCP_HOME": str(folder / "person")}
    async with open_office(load_settings(environment=own, env_file=folder / "none")) as office:
        await _sign_in(office, place.xero_url)
        for number in range(agents):
            name = f"agent-{number + 1}"
            key = await office.agents.add(name, by="a test", policy_file=POLICY_FILE)
            made.keys[name] = key.text.reveal()
    try:
        async with anyio.create_task_group() as starting:
            for one in made.replicas:
                starting.start_soon(to_thread.run_sync, one.start)
        yield made
    finally:
        for one in made.replicas:
            one.kill()


async def _sign_in(office: Office, xero_url: str) -> None:
    """As `xero-mcp connect` does, so long ago that the access token has ended."""
    person = SignInWorld(store=office.store, clock=FakeClock())
    attempt = person.attempt(PUBLIC, SCOPES)
    query = await person.browser(attempt, ORGANISATION, at=xero_url)
    async with open_sign_ins(office) as now:
        desk = replace(now, clock=Earlier())
        consent = await exchange(desk, PUBLIC, attempt, code_of(query))
        await keep(desk, consent, consent.organisations, by="root", note=lambda _: None)
