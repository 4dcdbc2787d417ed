"""Everything that a server needs, open: the only place that knows every part."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Never

import anyio

from xero_mcp.app.feed import feed_of
from xero_mcp.app.keeping import keeper_of
from xero_mcp.app.office import Office, open_office, policy_folders
from xero_mcp.app.xero_access import check_connection
from xero_mcp.approvals import pages_at
from xero_mcp.audit.entry import Entry, Kind
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.gate import Gate, Rooms
from xero_mcp.gate.narrowing import Narrowing
from xero_mcp.gate.policies import Policies
from xero_mcp.gate.rooms import NOTHING_TAKEN
from xero_mcp.gate.spool import Spool
from xero_mcp.policy.book import PolicyBook
from xero_mcp.settings import Settings

if TYPE_CHECKING:
    from xero_mcp.gate.reconciling import Reconciler
    from xero_mcp.tool.declare import Tool
    from xero_mcp.xero.client import XeroClient

RECOVER_SECONDS = 30.0
SETTLE_SECONDS = 1.0
"""So long whoever started us has for the list of tools, before anything is loaded or done that
nobody waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A server's rooms, open."""

    office: Office
    gate: Gate
    policies: Policies
    rooms: Rooms
    """What stands behind the gate; for what is no agent's call."""
    wake: Callable[[], None] = lambda: None
    """Call it where there is something to read in Xero."""

    def load(self) -> None:
        """Load what the first call would else wait for."""
        self.gate.load()
        self.rooms.client()


@asynccontextmanager
async def open_house(
    settings: Settings, *, demo: bool, narrowing: Narrowing = NOTHING_TAKEN
) -> AsyncGenerator[House]:
    """Open everything that a server needs; what a dead process left is written down first."""
    async with open_office(settings) as office:
        if not demo:
            await check_connection(office)
        presence = office.instances.enter()
        client = _Client(office, demo=demo, instance=presence.instance)
        try:
            spool = await _after_the_dead(settings, office)
            feed = feed_of(office, demo=demo)
            keeper = keeper_of(office, client, feed, holder=presence.instance)
            rooms = Rooms(
                cards=office.cards,
                tools=_lazy_tools(),
                policies=_policies(office),
                approvals=office.approvals,
                audit=office.audit,
                store=office.store,
                spool=spool,
                client=client,
                clock=office.clock,
                instance=presence.instance,
                is_live=office.instances.is_live,
                books=presence.instance if demo else "",
                scope_ceiling=frozenset(settings.scopes),
                narrowing=narrowing,
                approval_pages=pages_at(settings.public_url),
                feed=feed,
            )
            async with (
                _traced(settings, office),
                beside(lambda: office.checkpoints.keep_up(office.clock)),
                beside(lambda: _speak_for_the_dead(office)),
                beside(_nothing if demo else lambda: _look_after_xero(office, client)),
                beside(_nothing if keeper is None else keeper.keep),
            ):
                yield House(
                    office=office,
                    gate=Gate(rooms),
                    policies=rooms.policies,
                    rooms=rooms,
                    wake=_nobody if keeper is None else keeper.wake,
                )
        finally:
            await client.close()
            presence.leave()


async def _after_the_dead(settings: Settings, office: Office) -> Spool:
    """Write down what dead processes left; outcomes that waited in a file go in first."""
    spool = Spool(settings.home, office.store, office.audit)
    spool.prepare()
    with suppress(StoreUnavailableError):  # each call of its agent's says so
        await spool.drain()  # before what has no outcome is called unknown
    await office.audit.recover(office.instances.is_live)
    office.instances.sweep()
    return spool


class _Client:
    """The client of Xero, loaded and built where it is first wanted.

    Raises:
        SettingsError: it could not be built.
    """

    def __init__(self, office: Office, *, demo: bool, instance: str) -> None:
        office.settings.minute_seconds(demo=demo)  # what is wrong is said at the start
        self._office = office
        self._demo = demo
        self._instance = instance
        self._built: XeroClient | None = None

    def __call__(self) -> "XeroClient":
        if self._built is None:
            from xero_mcp.app.xero import build_client  # noqa: PLC0415 - see above

            self._built = build_client(self._office, demo=self._demo, instance=self._instance)
        return self._built

    async def close(self) -> None:
        if self._built is not None:
            await self._built.close()


async def _look_after_xero(office: Office, client: _Client) -> None:
    """Find out what became of writes, and keep sign-ins fresh."""
    await office.clock.sleep(SETTLE_SECONDS)
    async with anyio.create_task_group() as group:
        group.start_soon(reconciler_of(office, client()).keep_looking)
        sign_ins = client().sign_ins
        if sign_ins is not None:
            group.start_soon(sign_ins.keep_fresh)


def reconciler_of(office: Office, xero: "XeroClient") -> "Reconciler":
    """Finds out in Xero what became of writes of which nobody heard."""
    from xero_mcp.gate.reconciling import Reconciler  # noqa: PLC0415 - as the client

    return Reconciler(office.store, office.audit, xero, clock=office.clock, tools=_lazy_tools())


async def _speak_for_the_dead(office: Office) -> Never:
    """Calls of processes that died since we started are nobody's: call them unknown too."""
    while True:
        await office.clock.sleep(RECOVER_SECONDS)
        with suppress(StoreUnavailableError):  # the next round tries again
            await office.audit.recover(office.instances.is_live)


async def _nothing() -> None:
    """What a demo company inside a dead process held is gone: there is nothing to look for."""


def _nobody() -> None:
    """Nobody keeps a feed here."""


@asynccontextmanager
async def beside(work: Callable[[], Coroutine[Any, Any, object]]) -> AsyncGenerator[None]:
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


def _policies(office: Office) -> Policies:
    folders = policy_folders(office.settings)
    return Policies(
        lambda on_event: PolicyBook(
            folders, cards=office.cards.values(), clock=office.clock, on_event=on_event
        ),
        office.audit,
    )


def _lazy_tools() -> "Callable[[], Mapping[str, Tool[Any, Any]]]":
    found: dict[str, Tool[Any, Any]] = {}

    def tools() -> "Mapping[str, Tool[Any, Any]]":
        if not found:
            from xero_mcp.tools.catalog import CATALOG  # noqa: PLC0415 - only when one is called

            found.update({tool.name: tool for tool in CATALOG})
        return found

    return tools


async def note(
    house: House, kind: Kind, *, agent: str | None, why: str, transport: str = "stdio"
) -> None:
    """Write down a moment in the life of a server."""
    await house.office.audit.record(
        Entry(kind=kind, agent=agent, transport=transport, reason=why or None)
    )


@asynccontextmanager
async def _traced(settings: Settings, office: Office) -> AsyncGenerator[None]:
    if not settings.otlp_endpoint:
        yield
        return
    from xero_mcp.transport.tracing import traced  # noqa: PLC0415 - only where spans are wanted

    async with traced(settings.otlp_endpoint, tools=office.cards.keys()):
        yield
