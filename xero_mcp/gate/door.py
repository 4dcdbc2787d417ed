"""The one door: what an agent is shown, and `Gate.call`, the only way to a tool."""

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from xero_mcp.agents import Agent, Caller
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.gate.answers import GateAnswer, Progress
from xero_mcp.gate.rooms import Rooms
from xero_mcp.gate.suspension import Suspension, suspension_of
from xero_mcp.policy.reach import visible
from xero_mcp.policy.showing import as_shown
from xero_mcp.store.base import Tables
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.feed import Feed
from xero_mcp.tool.meant import Fronts
from xero_mcp.tools.fronts import FRONTS

if TYPE_CHECKING:
    from xero_mcp.gate.telling import Hearing
    from xero_mcp.gate.way import Way


class Gate:
    """The one way in. Every fact lives in a room; what a call passes through is loaded later.

    Whoever starts a server waits for the list of tools; nobody waits for the rest of it yet.
    """

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._by_name = _with_aliases(rooms.cards)
        self._fronts = Fronts(FRONTS, rooms.cards.values())
        self._way: Way | None = None

    def load(self) -> None:
        """Load what a call needs beyond a list of tools; else the first call does."""
        self._loaded()
        self._rooms.tools()

    def card(self, name: str) -> ToolCard | None:
        """The tool of that name or alias."""
        return self._by_name.get(name)

    def listed_card(self, name: str) -> ToolCard | None:
        """The tool or the front that is listed by that name, or an alias's tool."""
        return self._fronts.card(name) or self.card(name)

    async def listed(self, agent: Agent) -> list[ToolCard]:
        """What this agent is shown: some of the visible tools stand behind one front."""
        return self._fronts.listed(await self.visible(agent))

    async def visible(self, agent: Agent) -> list[ToolCard]:
        """What this agent's policy could ever let it call; nothing where there is no policy."""
        rooms = self._rooms
        suspended = None
        # While the store is away what was last known is shown; calls are refused till then.
        with suppress(StoreUnavailableError):
            suspended = await rooms.store.glance(lambda tables: self._look(tables, agent.name))
        in_force = rooms.policies.as_last_known(agent.name)
        with suppress(StoreUnavailableError):  # it waits to be recorded
            await rooms.policies.record_changes()
        if suspended is not None or in_force.policy is None:
            return []
        policy = in_force.policy
        cards = visible(policy, rooms.cards.values(), at=rooms.clock.now())
        return [as_shown(policy, card) for card in cards if rooms.narrowing.shows(card)]

    def stop_waiting(self) -> None:
        """The server stops: calls that wait for something answer now."""
        self._rooms.over.set()

    @property
    def feed(self) -> Feed | None:
        """The feed of changes; None where nothing fills it."""
        feed = self._rooms.feed
        return feed if feed is not None and feed.is_kept else None

    async def hearing(self, agent: Agent) -> "Hearing | None":
        """Of which changes this agent may hear now; None: of none."""
        from xero_mcp.gate.telling import hearing_of  # noqa: PLC0415 - as the way of a call

        return await hearing_of(self._rooms, await self.visible(agent), agent)

    def _look(self, tables: Tables, agent: str) -> Suspension | None:
        self._rooms.policies.tie(tables, agent)
        return suspension_of(tables, agent, self._rooms.clock.now())

    async def call(
        self,
        caller: Caller,
        name: str,
        arguments: Mapping[str, object],
        *,
        progress: Progress | None = None,
    ) -> GateAnswer:
        """Let one call through, or say why not; every way it goes is written down first.

        Raises:
            UnknownToolError: there is no such tool.
        """
        way = self._way or self._loaded()
        return await way.take(caller, name, arguments, progress=progress)

    def _loaded(self) -> "Way":
        if self._way is None:
            from xero_mcp.gate.way import Way  # noqa: PLC0415 - see the class

            self._way = Way(self._rooms, self, self._fronts)
        return self._way


def _with_aliases(cards: Mapping[str, ToolCard]) -> dict[str, ToolCard]:
    known_names = dict(cards)
    for card in cards.values():
        for alias in card.aliases:
            known_names.setdefault(alias, card)
    return known_names
