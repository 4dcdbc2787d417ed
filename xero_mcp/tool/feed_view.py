"""The feed of changes as one call may see it: of some organisations and areas, and no other."""

from collections.abc import Mapping
from dataclasses import dataclass

import anyio

from xero_mcp.clock import Clock
from xero_mcp.tool.access import Area
from xero_mcp.tool.feed import Change, Feed
from xero_mcp.xero.limits import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """What the gate hands to a tool that tells of changes."""

    feed: Feed
    organisations: Mapping[str, str]
    """Those that the call is about, all of them the agent's own: id -> name."""
    areas: frozenset[Area]
    """Those that the agent may read."""
    clock: Clock
    over: anyio.Event
    """The server stops: whoever waits answers now."""
    progress: Progress | None = None

    def is_over(self) -> bool:
        return self.over.is_set()

    def shows(self, change: Change) -> bool:
        """Whether the agent may hear of it."""
        return change.organisation_id in self.organisations and change.area in self.areas
