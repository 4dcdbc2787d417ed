"""Going through the feed of changes for one call: never past what the agent may see, nor twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import anyio

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.tool.access import Area
from xero_mcp.tool.feed import KEPT_FOR, Change
from xero_mcp.tool.feed_view import FeedView

CHUNK = 500
MAX_LOOKED_AT = 5_000
"""How far one look goes through the feed for an agent who may see little of it."""
MAX_WAITED_FOR = 100
"""As many changes as an answer to a wait holds."""
PROGRESS_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one look brought."""

    changes: Sequence[Change]
    cursor: int
    """Everything up to here was told, or is not for this call."""
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Of which changes a call asks, and what it may see of the feed."""

    view: FeedView
    areas: frozenset[Area]
    contact_id: str | None

    def has(self, change: Change) -> bool:
        if not self.view.shows(change) or change.area not in self.areas:
            return False
        if self.contact_id is None or change.contact_id == self.contact_id:
            return True
        return change.area is Area.CONTACTS and change.id == self.contact_id


def wanted(view: FeedView, *, areas: Sequence[Area] | None, contact_id: str | None) -> Wanted:
    """What is asked for by name, or else all that the agent may see.

    Raises:
        XeroMcpError: NOT_ALLOWED: an area that the policy's scopes or the server leave out.
    """
    if areas is None:
        return Wanted(view=view, areas=view.areas, contact_id=contact_id)
    closed = sorted(set(areas) - view.areas)
    if closed:
        raise XeroMcpError(
            f"Changes of {', '.join(closed)} are closed to this agent.",
            code=ErrorCode.NOT_ALLOWED,
            next_step="Ask for those that `details` allows, or for all by leaving areas out.",
            details=[
                Detail(path="areas", message="is closed here", allowed=tuple(sorted(view.areas)))
            ],
        )
    return Wanted(view=view, areas=frozenset(areas), contact_id=contact_id)


def cursor_text(cursor: int) -> str:
    return f"c{cursor}"


async def start_at(view: FeedView, text: str) -> int:
    """The place that a cursor means.

    Raises:
        XeroMcpError: INVALID_ARGUMENTS: it is none that this feed has given out.
    """
    cursor = int(text.removeprefix("c"))
    if cursor > await view.feed.newest():
        raise XeroMcpError(
            "This cursor is of another feed: nothing stands so far on in this one.",
            code=ErrorCode.INVALID_ARGUMENTS,
            next_step="Begin anew, without a cursor.",
            details=[Detail(path="cursor", message="is not known here")],
        )
    return cursor


async def is_whole(view: FeedView, start: int, *, since: datetime | None = None) -> bool:
    """Whether nothing that came after the start was cleared away by now."""
    oldest = await view.feed.oldest()
    if since is not None and oldest > 0 and since < view.clock.now() - KEPT_FOR:
        return False
    return start >= oldest


async def look(asked: Wanted, start: int, *, limit: int) -> Found:
    """The first that are wanted; the cursor moves over those that are not."""
    found: list[Change] = []
    place = start
    for _ in range(MAX_LOOKED_AT // CHUNK):
        chunk = await asked.view.feed.after(place, limit=CHUNK)
        for change in chunk:
            if asked.has(change):
                if len(found) == limit:
                    return Found(changes=found, cursor=place, more=True)
                found.append(change)
            place = change.cursor
        if len(chunk) < CHUNK:
            return Found(changes=found, cursor=place, more=False)
    return Found(changes=found, cursor=place, more=True)


async def wait(asked: Wanted, start: int, *, timeout_seconds: float) -> Found:
    """The same, once there is something; nothing where the time runs out or the server stops."""
    view = asked.view
    began = view.clock.monotonic()
    found = await look(asked, start, limit=MAX_WAITED_FOR)
    while not found.changes:
        waited = view.clock.monotonic() - began
        if waited >= timeout_seconds or view.is_over():
            break
        if view.progress is not None:
            await view.progress(waited, timeout_seconds, "waiting for a change")
        left = min(timeout_seconds - waited, PROGRESS_SECONDS)
        if await _grown(view, found.cursor, timeout_seconds=left):
            found = await look(asked, found.cursor, limit=MAX_WAITED_FOR)
    return found


async def _grown(view: FeedView, cursor: int, *, timeout_seconds: float) -> bool:
    """Whether something stands behind the cursor by then; False at once where the server stops."""
    grown: list[bool] = []
    async with anyio.create_task_group() as either:

        async def stop() -> None:
            await view.over.wait()
            either.cancel_scope.cancel()

        either.start_soon(stop)
        grown.append(await view.feed.grown(cursor, timeout_seconds=timeout_seconds))
        either.cancel_scope.cancel()
    return any(grown)
