"""Telling clients that a record has changed to which they subscribed.

They hear its address, and read it through the door like anybody. Whether they may is looked at
when they subscribe, and again each time before they are told.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import anyio
import mcp_types as t
from mcp import MCPError
from mcp.server.subscriptions import ResourceUpdated

from xero_mcp.agents import launched_agent
from xero_mcp.errors import StoreUnavailableError, XeroMcpError
from xero_mcp.gate import Gate
from xero_mcp.tool.feed import Change, Feed
from xero_mcp.tools.resources import followed
from xero_mcp.transport.subscriptions import Buses

if TYPE_CHECKING:
    from xero_mcp.gate.telling import Hearing

MAX_OF_ONE: Final = 200
"""Addresses to which one connection, or one stream of a newer client, can subscribe."""
MAX_IN_ALL: Final = 20_000
TELL_SECONDS: Final = 5.0
"""A client that does not take it by then is told nothing more."""
GROWN_SECONDS: Final = 30.0
AGAIN_SECONDS: Final = 1.0
"""How soon the feed is looked at again that could not be read."""
CHUNK: Final = 500

Tell = Callable[[str], Awaitable[None]]


class Session(Protocol):
    """The one thing that is needed of an older client's connection."""

    async def send_resource_updated(self, uri: str) -> None: ...


class Key(NamedTuple):
    """What somebody wants to hear of; without an id, of every record of the kind."""

    organisation_id: str
    changes: str
    id: str | None


class Place(NamedTuple):
    """Whose subscription to what."""

    conversation: str
    """Of an older client; empty for the streams of an agent's newer ones, which share one."""
    agent: str
    uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One address, and whoever hears when what is there changes."""

    agent: str
    uri: str
    key: Key
    tool: str
    """The tool that would read it."""
    tell: Tell


class ResourceUpdates:
    """Follows the feed for as long as anybody subscribes, and no longer."""

    def __init__(self, gate: Gate, buses: Buses) -> None:
        self._gate = gate
        self._buses = buses
        self._by_key: dict[Key, dict[Place, Subscriber]] = {}
        self._places: dict[Place, Key] = {}
        self._streams: dict[Place, int] = {}
        """How many streams share a place."""
        self._cursor = 0
        self._some = anyio.Event()

    @property
    def feed(self) -> Feed | None:
        return self._gate.feed

    @property
    def subscriptions(self) -> int:
        return len(self._places)

    async def subscribe(self, agent: str, uri: str, session: Session, *, conversation: str) -> None:
        """An older client's wish.

        Raises:
            MCPError: nobody could hear of that, this agent may not, or it is too much.
        """
        if not conversation:
            raise _refused(uri, "This connection does not stay open, so nothing can be told on it.")
        count = sum(1 for place in self._places if place.conversation == conversation)
        if count >= MAX_OF_ONE:
            raise _refused(uri, f"One connection subscribes to {MAX_OF_ONE} at most.")
        key, tool = _permitted(await self._hearing(agent), uri)

        async def tell(address: str) -> None:
            await _told(session, address)

        place = Place(conversation, agent, uri)
        await self._add(place, Subscriber(agent=agent, uri=uri, key=key, tool=tool, tell=tell))

    def unsubscribe(self, agent: str, uri: str, *, conversation: str) -> None:
        """It is no mistake to take back what was never wished."""
        self._remove(Place(conversation, agent, uri))

    def gone(self, conversation: str) -> None:
        """That conversation is over."""
        for place in tuple(self._places):
            if place.conversation == conversation:
                self._remove(place)

    async def listened(self, agent: str, uris: Iterable[str]) -> list[str]:
        """A newer client's stream begins; those that it will hear of."""
        honoured: list[str] = []
        wished = list(dict.fromkeys(uris))[:MAX_OF_ONE]
        hearing = await self._hearing(agent) if wished else None
        try:
            for uri in wished:
                with suppress(MCPError):
                    key, tool = _permitted(hearing, uri)
                    await self._add_stream(agent, uri, key, tool)
                    honoured.append(uri)
        except BaseException:
            self.left(agent, honoured)  # a stream that never came about hears of nothing
            raise
        return honoured

    def left(self, agent: str, uris: Iterable[str]) -> None:
        """That stream has ended."""
        for uri in uris:
            place = Place("", agent, uri)
            count = self._streams.pop(place, 0) - 1
            if count > 0:
                self._streams[place] = count
            else:
                self._remove(place)

    async def watch(self) -> None:
        """Tell of what comes, until cancelled; while nobody subscribes, nothing is looked at."""
        while True:
            await self._some.wait()
            try:
                await self.look(GROWN_SECONDS)
            except StoreUnavailableError:
                await anyio.sleep(AGAIN_SECONDS)

    async def look(self, timeout_seconds: float) -> None:
        """Wait until the feed grows, and tell whoever wants to hear of it.

        Raises:
            StoreUnavailableError: the feed cannot be read.
        """
        feed = self.feed
        if feed is None or not await feed.grown(self._cursor, timeout_seconds=timeout_seconds):
            return
        changes = await feed.after(self._cursor, limit=CHUNK)
        if changes:
            await self._tell_of(changes)
            self._cursor = changes[-1].cursor

    async def _tell_of(self, changes: Iterable[Change]) -> None:
        """Each subscriber hears of an address once, however often it changed."""
        heard: dict[str, Hearing | None] = {}
        told: dict[Place, Subscriber] = {}
        for change in changes:
            for place, one in self._wanting(change):
                if place not in told and await self._may_hear(one, change, heard):
                    told[place] = one
        async with anyio.create_task_group() as telling:
            for place, one in told.items():
                telling.start_soon(self._tell, place, one)

    def _wanting(self, change: Change) -> list[tuple[Place, Subscriber]]:
        found: dict[Place, Subscriber] = {}
        for record_id in (change.id.lower(), None):
            key = Key(change.organisation_id, change.resource, record_id)
            found |= self._by_key.get(key, {})
        return list(found.items())

    async def _may_hear(
        self, one: Subscriber, change: Change, heard: "dict[str, Hearing | None]"
    ) -> bool:
        if one.agent not in heard:
            heard[one.agent] = await self._gate.hearing(launched_agent(one.agent))
        hearing = heard[one.agent]
        return hearing is not None and hearing.has(change, tool=one.tool)

    async def _tell(self, place: Place, one: Subscriber) -> None:
        with anyio.move_on_after(TELL_SECONDS) as waiting:
            await one.tell(one.uri)
        if waiting.cancelled_caught:
            self._remove(place)

    async def _hearing(self, agent: str) -> "Hearing | None":
        return None if self.feed is None else await self._gate.hearing(launched_agent(agent))

    async def _add_stream(self, agent: str, uri: str, key: Key, tool: str) -> None:
        async def tell(address: str) -> None:
            await self._buses.of(agent).publish(ResourceUpdated(uri=address))

        place = Place("", agent, uri)
        await self._add(place, Subscriber(agent=agent, uri=uri, key=key, tool=tool, tell=tell))
        self._streams[place] = self._streams.get(place, 0) + 1

    async def _add(self, place: Place, one: Subscriber) -> None:
        if place not in self._places and len(self._places) >= MAX_IN_ALL:
            raise _refused(one.uri, "Too many subscriptions are open. Try again later.")
        if not self._places and self.feed is not None:
            newest = await self._newest(self.feed, one.uri)
            if not self._places:
                self._cursor = newest
        if self._places.get(place, one.key) != one.key:
            self._remove(place)  # the address means something else by now
        self._places[place] = one.key
        self._by_key.setdefault(one.key, {})[place] = one
        self._some.set()

    async def _newest(self, feed: Feed, uri: str) -> int:
        try:
            return await feed.newest()
        except StoreUnavailableError as error:
            raise _refused(uri, "The feed cannot be read now. Try again soon.") from error

    def _remove(self, place: Place) -> None:
        key = self._places.pop(place, None)
        if key is None:
            return
        others = self._by_key[key]
        others.pop(place, None)
        if not others:
            del self._by_key[key]
        if not self._places:
            self._some = anyio.Event()


async def _told(session: Session, uri: str) -> None:
    # A client that is gone needs to be told nothing any more.
    with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
        await session.send_resource_updated(uri)


def _permitted(hearing: "Hearing | None", uri: str) -> tuple[Key, str]:
    """What an address means to who may hear so much, and the tool that would read it.

    Raises:
        MCPError: there is no such record, or it is not for this agent.
    """
    wanted = followed(uri)
    if wanted is None:
        raise _refused(uri, "There is no such resource, or nobody hears when it changes.")
    if hearing is None or wanted.tool not in hearing.tools:
        raise _refused(uri, "NOT_ALLOWED: this agent may not read it.")
    try:
        organisation_id = hearing.organisation_id(wanted.organisation)
    except XeroMcpError as error:
        raise _refused(uri, f"{error.code.value}: {error.message}") from error
    return Key(organisation_id, wanted.changes, wanted.id), wanted.tool


def _refused(uri: str, why: str) -> MCPError:
    return MCPError(code=t.INVALID_PARAMS, message=why, data={"uri": uri})
