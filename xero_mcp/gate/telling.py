"""What an agent hears of the feed of changes: of its own organisations, and what it may read."""

from collections.abc import Iterable
from dataclasses import dataclass

from xero_mcp.agents import Agent
from xero_mcp.errors import ErrorCode, StoreUnavailableError, XeroMcpError
from xero_mcp.gate import refusals
from xero_mcp.gate.credentials import must_hold_its_key
from xero_mcp.gate.deciding import connected_own, must_be_the_same_policy
from xero_mcp.gate.organisations import choose
from xero_mcp.gate.passage import Passage, known
from xero_mcp.gate.rooms import Rooms
from xero_mcp.gate.suspension import must_not_be_suspended
from xero_mcp.policy.told import PATHS, told_areas
from xero_mcp.store.base import Tables
from xero_mcp.tool.access import Area
from xero_mcp.tool.answer import Answer
from xero_mcp.tool.card import AREAS, ToolCard
from xero_mcp.tool.feed import Change, Feed
from xero_mcp.tool.feed_view import FeedView
from xero_mcp.tool.view import KnownOrganisation


async def told(rooms: Rooms, passage: Passage) -> Answer:
    """Run a tool that tells of changes; no call to Xero comes of it.

    Raises:
        XeroMcpError: no feed is kept here, or the agent may hear of it no more.
    """
    tool = known(passage.tool, "tool")
    try:
        view = _view(rooms, passage, await must_be_filled(rooms))
        answer: Answer = await tool(passage.args, view)
        # It may have waited for long: what held at its beginning is looked at once more.
        await rooms.store.read(lambda tables: _must_still_hold(rooms, passage, tables))
    except StoreUnavailableError as error:
        raise refusals.cannot_record(error) from error
    return answer


async def must_be_filled(rooms: Rooms) -> Feed:
    """The feed.

    Raises:
        XeroMcpError: NOT_CONNECTED: nothing fills it.
        StoreUnavailableError: it cannot be read whether another process does.
    """
    if rooms.feed is None or not await rooms.feed.is_filled():
        raise XeroMcpError(
            "This server keeps no feed of changes.",
            code=ErrorCode.NOT_CONNECTED,
            next_step="Ask with modified_since of the lists instead. Tell the user: whoever runs "
            "the server sets XERO_WEBHOOK_KEY, XERO_MCP_CATCH_UP_SECONDS or both.",
        )
    return rooms.feed


def _view(rooms: Rooms, passage: Passage, feed: Feed) -> FeedView:
    own = (known(passage.organisation, "organisation"), *passage.beside)
    named: Iterable[str] = getattr(passage.args, AREAS, None) or ()
    areas = told_areas(
        passage.known_policy(),
        passage.known_card().tells_of,
        named=frozenset(map(Area, named)),
    )
    return FeedView(
        feed=feed,
        organisations={one.id: one.name for one in own},
        areas=rooms.narrowing.leaves(areas),
        clock=rooms.clock,
        over=rooms.over,
        progress=passage.progress,
    )


def _must_still_hold(rooms: Rooms, passage: Passage, tables: Tables) -> None:
    now = rooms.clock.now()
    must_not_be_suspended(tables, passage.agent.name, now)
    must_hold_its_key(tables, passage.agent, now)
    must_be_the_same_policy(rooms, passage, tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Of which changes an agent may hear, and what it could read of what changed."""

    organisations: tuple[KnownOrganisation, ...]
    areas: frozenset[Area]
    tools: frozenset[str]

    def organisation_id(self, asked: str) -> str:
        """The id of one of them, by its name or id.

        Raises:
            XeroMcpError: ORGANISATION_UNKNOWN.
        """
        return choose(self.organisations, asked=asked).id

    def has(self, change: Change, *, tool: str) -> bool:
        """Whether it may hear of that, and read it with that tool."""
        own = any(one.id == change.organisation_id for one in self.organisations)
        return own and change.area in self.areas and tool in self.tools


async def hearing_of(rooms: Rooms, visible: Iterable[ToolCard], agent: Agent) -> Hearing | None:
    """What an agent that is shown these tools may hear of; None where it may hear nothing.

    Watch mode opens nothing here: no record says what would have been refused.
    """
    tools = frozenset(card.name for card in visible)
    policy = rooms.policies.as_last_known(agent.name).policy
    if policy is None or not tools:
        return None
    try:
        own = await connected_own(rooms, policy, looking_for=policy.organisations[0])
    except (XeroMcpError, StoreUnavailableError):
        return None
    areas = rooms.narrowing.leaves(told_areas(policy, PATHS))
    return Hearing(organisations=own, areas=areas, tools=tools)
