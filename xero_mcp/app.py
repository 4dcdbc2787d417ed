"""The composition root: settings in, a running server out. The only file that knows every part."""

import gc
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Any

from xero_mcp.agents import Agent, Caller, launched_agent
from xero_mcp.approvals import Approvals
from xero_mcp.audit.entry import Entry, Kind
from xero_mcp.audit.log import AuditLog
from xero_mcp.clock import Clock, SystemClock
from xero_mcp.errors import SettingsError
from xero_mcp.gate import Gate, Rooms
from xero_mcp.gate.policies import Policies
from xero_mcp.policy.book import PolicyBook
from xero_mcp.settings import SHIPPED_POLICIES, Secret, Settings
from xero_mcp.store.instances import Instances
from xero_mcp.store.sqlite import SqliteStore
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.declare import Tool
from xero_mcp.tools.index import load_cards
from xero_mcp.xero.client import Surroundings, XeroClient
from xero_mcp.xero.credentials import Credentials, XeroHosts
from xero_mcp.xero.network import HttpSource, in_process, network
from xero_mcp.xero.secret import Sealer

DEMO_CLIENT_ID = "demo"
DEMO_CLIENT_SECRET = "demo-secret"  # noqa: S105 - the demo company's published credentials
DEMO_URL = "https://demo-company.localhost"
KEY_FILE = "secret.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """What people's commands need: the store and the rooms over it, without Xero."""

    settings: Settings
    clock: Clock
    store: SqliteStore
    audit: AuditLog
    approvals: Approvals
    instances: Instances
    cards: Mapping[str, ToolCard]


def policy_folders(settings: Settings) -> tuple[Path, Path]:
    """The folder that is asked for or expected, and the one that shipped."""
    here = Path(__file__).parent
    shipped = here / SHIPPED_POLICIES
    if not shipped.is_dir():
        shipped = here.parent / "policies"  # a checkout, installed in place
    if settings.policies is not None and not settings.policies.is_dir():
        raise SettingsError(
            f"XERO_MCP_POLICIES names {settings.policies}, which is not a folder. Make it, or "
            "leave the setting out."
        )
    return settings.policies or settings.home / "policies", shipped


def policy_book(settings: Settings, clock: Clock, cards: Mapping[str, ToolCard]) -> PolicyBook:
    """The policies as commands read them; the server's own book also records its changes."""
    folder, shipped = policy_folders(settings)
    return PolicyBook(folder, shipped, cards=cards.values(), clock=clock)


@asynccontextmanager
async def open_office(settings: Settings, *, clock: Clock | None = None) -> AsyncGenerator[Office]:
    """Open the store of these settings for a command.

    Raises:
        SettingsError: a setting is wrong.
        StoreUnavailableError: the database cannot be opened.
    """
    own_clock = clock or SystemClock()
    store = await SqliteStore.open(settings.database_path, clock=own_clock)
    try:
        audit = AuditLog(store, own_clock)
        yield Office(
            settings=settings,
            clock=own_clock,
            store=store,
            audit=audit,
            approvals=Approvals(store, own_clock, audit),
            instances=Instances(settings.home / "run"),
            cards=load_cards(),
        )
    finally:
        await store.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A server's rooms, open."""

    office: Office
    gate: Gate
    policies: Policies


@asynccontextmanager
async def open_house(settings: Settings, *, demo: bool) -> AsyncGenerator[House]:
    """Open everything that a server needs; what a dead process left is written down first."""
    async with open_office(settings) as office:
        presence = office.instances.enter()
        xero = build_client(office, demo=demo, instance=presence.instance)
        try:
            await office.audit.recover(office.instances.is_live)
            office.instances.sweep()
            policies = _policies(office)
            rooms = Rooms(
                cards=office.cards,
                tools=_lazy_tools(),
                policies=policies,
                approvals=office.approvals,
                audit=office.audit,
                store=office.store,
                xero=xero,
                clock=office.clock,
                instance=presence.instance,
                is_live=office.instances.is_live,
                books=presence.instance if demo else "",
                scope_ceiling=frozenset(settings.scopes),
            )
            yield House(office=office, gate=Gate(rooms), policies=policies)
        finally:
            await xero.close()
            presence.leave()


async def serve_on_stdio(settings: Settings, *, agent: str | None, demo: bool) -> None:
    """Serve one agent on this process's stdin and stdout, until it ends.

    Raises:
        SettingsError: no agent is named and there is a choice, or a setting is wrong.
        StoreUnavailableError: the database cannot be opened.
    """
    from xero_mcp.transport.server import build_server  # noqa: PLC0415 - mcp is loaded last
    from xero_mcp.transport.stdio import end_signals, serve_stdio  # noqa: PLC0415

    who = chosen_agent(agent or settings.agent, policy_book(settings, SystemClock(), {}).names())
    async with open_house(settings, demo=demo) as house:
        with end_signals() as signals:  # before the log says that it began: it then says both
            await _note(house, Kind.STARTED, agent=who.name, why="the demo company" if demo else "")
            caller = Caller(agent=who, transport="stdio")
            server = build_server(house.gate, caller=lambda: caller)
            gc.freeze()  # what was built to start is never garbage: no collection need look at it
            gc.enable()  # `__main__` switched it off, to load faster

            async def on_stop(why: str) -> None:
                await _note(house, Kind.STOPPED, agent=who.name, why=why)

            await serve_stdio(server, signals, on_stop=on_stop)


def chosen_agent(asked: str | None, names: tuple[str, ...]) -> Agent:
    """The agent that was named; the only one where there is no choice.

    Raises:
        SettingsError: with the names to choose from.
    """
    if asked is None and len(names) == 1:
        return launched_agent(names[0])
    if asked is None:
        listed = ", ".join(names) or "none: make one with a policy file"
        raise SettingsError(
            f"Say which agent this is: --agent NAME, or XERO_MCP_AGENT. There are: {listed}."
        )
    try:
        return launched_agent(asked)
    except ValueError as error:
        raise SettingsError(str(error)) from error


def build_client(office: Office, *, demo: bool, instance: str) -> XeroClient:
    """The client of Xero, or of a demo company inside this process."""
    settings = office.settings
    around = Surroundings(
        store=office.store,
        clock=office.clock,
        sealer=_sealer(settings),
        randomness=SystemRandom(),
        instance=instance,
    )
    if demo:
        hosts = XeroHosts(api_url=DEMO_URL, identity_url=DEMO_URL, login_url=DEMO_URL)
        credentials = Credentials.custom_connection(DEMO_CLIENT_ID, Secret(DEMO_CLIENT_SECRET))
        return XeroClient(hosts, credentials, _demo_source(office.clock), around)
    hosts = XeroHosts(
        api_url=settings.api_url,
        identity_url=settings.identity_url,
        login_url=settings.login_url,
    )
    return XeroClient(hosts, credentials_of(settings), network(), around)


def credentials_of(settings: Settings) -> Credentials:
    """How we sign in to Xero.

    Raises:
        SettingsError: nothing to sign in with.
    """
    try:
        if settings.bearer_token is not None:
            return Credentials.bearer(settings.bearer_token)
        if settings.client_id is not None and settings.client_secret is not None:
            return Credentials.custom_connection(settings.client_id, settings.client_secret)
    except ValueError as error:
        raise SettingsError(f"The credentials for Xero cannot be right: {error}.") from error
    raise SettingsError(
        "There is no connection to Xero: set XERO_CLIENT_ID and XERO_CLIENT_SECRET of a Custom "
        "Connection, or XERO_CLIENT_BEARER_TOKEN; or try `--demo`."
    )


def _demo_source(clock: Clock) -> HttpSource:
    """A demo company that is built at the first request, so that starting does not wait for it."""

    def source() -> Any:  # noqa: ANN401 - an httpx2 client, whose name only xero/ may use
        from xero_mcp.demo_company.app import create_app  # noqa: PLC0415

        return in_process(create_app(clock.now))()

    return source


def _sealer(settings: Settings) -> Sealer:
    try:
        return Sealer(secret_key(settings))
    except ValueError as error:
        where = "XERO_MCP_SECRET_KEY" if settings.secret_key else str(settings.home / KEY_FILE)
        raise SettingsError(f"The key in {where} cannot be used: {error}.") from error


def secret_key(settings: Settings) -> bytes:
    """The key that seals tokens at rest: from the settings, else from a file only we can read."""
    if settings.secret_key is not None:
        return settings.secret_key.reveal().encode()
    path = settings.home / KEY_FILE
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    ready = path.with_name(f"{KEY_FILE}.{secrets.token_hex(8)}")
    ready.touch(mode=0o600, exist_ok=False)
    ready.write_bytes(secrets.token_hex(32).encode())
    try:
        path.hardlink_to(ready)  # whole at once, and only one of several processes succeeds
    except FileExistsError:
        pass
    finally:
        ready.unlink()
    return path.read_bytes()


def _policies(office: Office) -> Policies:
    folder, shipped = policy_folders(office.settings)
    return Policies(
        lambda on_event: PolicyBook(
            folder, shipped, cards=office.cards.values(), clock=office.clock, on_event=on_event
        ),
        office.audit,
    )


def _lazy_tools() -> Callable[[], Mapping[str, Tool[Any, Any]]]:
    found: dict[str, Tool[Any, Any]] = {}

    def tools() -> Mapping[str, Tool[Any, Any]]:
        if not found:
            from xero_mcp.tools.catalog import CATALOG  # noqa: PLC0415 - only when one is called

            found.update({tool.name: tool for tool in CATALOG})
        return found

    return tools


async def _note(house: House, kind: Kind, *, agent: str, why: str) -> None:
    await house.office.audit.record(
        Entry(kind=kind, agent=agent, transport="stdio", reason=why or None)
    )
