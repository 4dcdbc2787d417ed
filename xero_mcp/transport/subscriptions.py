"""What newer clients listen for: a bus for each agent, so that none hears of another's."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol
from weakref import WeakValueDictionary

import anyio
import mcp_types as t
from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler

MAX_STREAMS = 2_000
MAX_WAITING = 64
"""Events that a client has not taken yet; one that lets more pile up asks anew."""

Context = ServerRequestContext[dict[str, Any]]


class Buses:
    """The buses of the agents that somebody listens for or speaks to."""

    def __init__(self) -> None:
        self._buses: WeakValueDictionary[str, InMemorySubscriptionBus] = WeakValueDictionary()
        self._listeners: dict[str, int] = {}

    def of(self, agent: str) -> InMemorySubscriptionBus:
        """The agent's bus; it lasts for as long as somebody holds it."""
        return self._buses.setdefault(agent, InMemorySubscriptionBus())

    def is_heard(self, agent: str) -> bool:
        """Whether anybody listens there."""
        return agent in self._listeners

    def enter(self, agent: str) -> None:
        self._listeners[agent] = self._listeners.get(agent, 0) + 1

    def leave(self, agent: str) -> None:
        self._listeners[agent] -= 1
        if not self._listeners[agent]:
            del self._listeners[agent]


class Addresses(Protocol):
    """Whoever tells of records that change, on the agent's bus."""

    async def listened(self, agent: str, uris: Sequence[str]) -> Sequence[str]:
        """Of these somebody wants to hear; those of which the agent may."""
        ...

    def left(self, agent: str, uris: Sequence[str]) -> None: ...


class Listening:
    """Serves `subscriptions/listen`: a stream of what happens on the bus of the one who asks."""

    def __init__(
        self,
        buses: Buses,
        agent_of: Callable[[], str],
        *,
        listened: Callable[[str], Awaitable[None]],
        addresses: Addresses,
        until_over: Callable[[], Awaitable[None]] = anyio.sleep_forever,
    ) -> None:
        """`until_over` returns when whoever asked may listen no more."""
        self._buses = buses
        self._agent_of = agent_of
        self._listened = listened
        self._addresses = addresses
        self._until_over = until_over
        self._open: set[ListenHandler] = set()

    @property
    def open_streams(self) -> int:
        return len(self._open)

    async def listen(
        self, context: Context, params: t.SubscriptionsListenRequestParams
    ) -> t.SubscriptionsListenResult:
        """One stream, from the asking to its end."""
        if len(self._open) >= MAX_STREAMS:
            raise MCPError(code=t.INTERNAL_ERROR, message="Too many listen. Try again later.")
        agent = self._agent_of()
        handler = ListenHandler(self._buses.of(agent), max_buffered_events=MAX_WAITING)
        await self._listened(agent)
        asked = params.notifications.resource_subscriptions or ()
        uris = await self._addresses.listened(agent, asked)
        self._open.add(handler)
        self._buses.enter(agent)
        try:
            ended: list[t.SubscriptionsListenResult] = []
            async with anyio.create_task_group() as beside:
                beside.start_soon(self._end_in_time, handler)
                ended.append(await handler(context, _only(params, uris)))
                beside.cancel_scope.cancel()
            return ended[0]
        finally:
            self._addresses.left(agent, uris)
            self._buses.leave(agent)
            self._open.discard(handler)

    def close(self) -> None:
        """End every stream in good order: the server stops."""
        for handler in tuple(self._open):
            handler.close()

    async def _end_in_time(self, handler: ListenHandler) -> None:
        await self._until_over()
        handler.close()


def _only(
    params: t.SubscriptionsListenRequestParams, uris: Sequence[str]
) -> t.SubscriptionsListenRequestParams:
    """The same wish, of the addresses alone of which the agent may hear: it is told which."""
    wish = params.notifications.model_copy(update={"resource_subscriptions": list(uris) or None})
    return params.model_copy(update={"notifications": wish})
