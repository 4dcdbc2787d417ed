"""The composition root: settings in, a running server out. The only file that knows every part."""

import gc
import secrets
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Any

import anyio

from xero_mcp.agents import Agent, Caller, launched_agent
from xero_mcp.approvals import Approvals, People, PersonNews
from xero_mcp.audit.checkpoints import Checkpoints, copies_at
from xero_mcp.audit.entry import Entry, Kind, Status
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.notary import Notary
from xero_mcp.audit.signing import SigningKey
from xero_mcp.clock import Clock, SystemClock
from xero_mcp.errors import SettingsError
from xero_mcp.gate import Gate, Rooms
from xero_mcp.gate.policies import Policies
from xero_mcp.gate.spool import Spool
from xero_mcp.policy.book import PolicyBook
from xero_mcp.settings import SHIPPED_POLICIES, Secret, Settings
from xero_mcp.store.base import Tables
from xero_mcp.store.instances import Instances
from xero_mcp.store.private_file import read_or_make
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
    checkpoints: Checkpoints
    approvals: Approvals
    people: People
    instances: Instances
    cards: Mapping[str, ToolCard]

    def signing_key(self) -> SigningKey:
        """The key of this state folder, made at its first use."""
        return SigningKey.in_folder(self.settings.home)


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
        notary = Notary(own_clock, lambda: SigningKey.in_folder(settings.home))
        audit = AuditLog(store, own_clock, notary=notary)
        yield Office(
            settings=settings,
            clock=own_clock,
            store=store,
            audit=audit,
            checkpoints=Checkpoints(store, audit, notary, copies=copies_at(settings.checkpoints)),
            approvals=Approvals(store, own_clock, audit),
            people=People(store, own_clock, lambda tables, news: _note_person(audit, tables, news)),
            instances=Instances(settings.home / "run"),
            cards=load_cards(),
        )
    finally:
        await store.close()


def _note_person(audit: AuditLog, tables: Tables, news: PersonNews) -> None:
    audit.append(
        tables,
        Entry(
            kind=Kind.PERSON,
            status=Status.OK if news.is_good else Status.REFUSED,
            reason=f"{news.email} {news.what}",
        ),
    )


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
            spool = Spool(settings.home, office.store, office.audit)
            spool.prepare()
            await spool.drain()  # before what has no outcome is called unknown
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
                spool=spool,
                xero=xero,
                clock=office.clock,
                instance=presence.instance,
                is_live=office.instances.is_live,
                books=presence.instance if demo else "",
                scope_ceiling=frozenset(settings.scopes),
            )
            async with _beside(lambda: office.checkpoints.keep_up(office.clock)):
                yield House(office=office, gate=Gate(rooms), policies=policies)
        finally:
            await xero.close()
            presence.leave()


@asynccontextmanager
async def _beside(work: Callable[[], Coroutine[Any, Any, object]]) -> AsyncGenerator[None]:
    """Run `work` for as long as the block runs; what the block raises comes through unwrapped."""
    failure: Exception | None = None
    async with anyio.create_task_group() as group:
        group.start_soon(work)
        try:
            yield
        except Exception as error:  # noqa: BLE001 - raised again below, outside of the group
            failure = error
        group.cancel_scope.cancel()
    if failure is not None:
        raise failure


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
                await house.office.checkpoints.now()

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
    return read_or_make(settings.home / KEY_FILE, lambda: secrets.token_hex(32).encode())


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
