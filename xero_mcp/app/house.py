"""Everything that a server needs, open: the only place that knows every part."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Never

import anyio

from xero_mcp.app.feed import feed_of
from xero_mcp.app.keeping import keeper_of
from xero_mcp.app.office import Office, open_office, policy_folders
from xero_mcp.app.readiness import Readiness
from xero_mcp.app.xero import build_client, check_connection
from xero_mcp.approvals import pages_at
from xero_mcp.audit.entry import Entry, Kind
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.gate import Gate, Rooms
from xero_mcp.gate.narrowing import Narrowing
from xero_mcp.gate.policies import Policies
from xero_mcp.gate.reconciling import Reconciler
from xero_mcp.gate.rooms import NOTHING_TAKEN
from xero_mcp.gate.spool import Spool
from xero_mcp.policy.book import PolicyBook
from xero_mcp.settings import Settings
from xero_mcp.store.base import Tables
from xero_mcp.tool.declare import Tool
from xero_mcp.xero.client import XeroClient
from xero_mcp.xero.connected import Connected

RECOVER_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A server's rooms, open."""

    office: Office
    gate: Gate
    policies: Policies
    checks: Mapping[str, Callable[[], Awaitable[None]]]
    """What has to be well for this process to be sent work; each raises where it is not."""
    connected: Callable[[Tables], Connected]
    """Which organisations are connected, as far as the store knows."""
    wake: Callable[[], None] = lambda: None
    """Call it where there is something to read in Xero."""


@asynccontextmanager
async def open_house(
    settings: Settings, *, demo: bool, narrowing: Narrowing = NOTHING_TAKEN
) -> AsyncGenerator[House]:
    """Open everything that a server needs; what a dead process left is written down first."""
    async with open_office(settings) as office:
        if not demo:
            await check_connection(office)
        presence = office.instances.enter()
        xero = build_client(office, demo=demo, instance=presence.instance)
        try:
            spool = await _after_the_dead(settings, office)
            feed = feed_of(office, demo=demo)
            keeper = keeper_of(office, xero, feed, holder=presence.instance)
            rooms = Rooms(
                cards=office.cards,
                tools=_lazy_tools(),
                policies=_policies(office),
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
                narrowing=narrowing,
                approval_pages=pages_at(settings.public_url),
                feed=feed,
            )
            async with (
                _traced(settings, office),
                beside(lambda: office.checkpoints.keep_up(office.clock)),
                beside(lambda: _speak_for_the_dead(office)),
                beside(_nothing if demo else reconciler_of(office, xero).keep_looking),
                beside(_nothing if xero.sign_ins is None else xero.sign_ins.keep_fresh),
                beside(_nothing if keeper is None else keeper.keep),
            ):
                yield House(
                    office=office,
                    gate=Gate(rooms),
                    policies=rooms.policies,
                    checks=Readiness(rooms).checks(),
                    connected=xero.connected,
                    wake=_nobody if keeper is None else keeper.wake,
                )
        finally:
            await xero.close()
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


def reconciler_of(office: Office, xero: XeroClient) -> Reconciler:
    """Finds out in Xero what became of writes of which nobody heard."""
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


def _lazy_tools() -> Callable[[], Mapping[str, Tool[Any, Any]]]:
    found: dict[str, Tool[Any, Any]] = {}

    def tools() -> Mapping[str, Tool[Any, Any]]:
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
