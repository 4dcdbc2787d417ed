"""Events that never came: found by their numbers, made up for by asking Xero what changed."""

from datetime import datetime, timedelta
from typing import Final

from xero_mcp.changes.delivery import Delivery
from xero_mcp.changes.event import RESOURCES
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.webhooks import MAX_RANGES, Range, holes

HOLE_SECONDS: Final = 60.0
"""So long a missing number may still be on its way; deliveries overtake each other."""


def cover(
    tables: Tables, delivery: Delivery, now: datetime, *, max_ranges: int = MAX_RANGES
) -> None:
    """Note the numbers of a delivery that nobody brought before.

    It counts for no more than it brought, and for nothing later than now: a delivery that claims
    a huge range of numbers, or an event of tomorrow, would hide what is missing after it.
    """
    came = Range(
        first=delivery.first_sequence,
        last=min(delivery.last_sequence, delivery.first_sequence + len(delivery.events) - 1),
        since=now,
        event_at=min(delivery.newest_at, now),
    )
    newest = tables.webhooks.newest_range()
    if newest is not None and _begins_anew(newest, came):
        # What was missing of the old numbers nobody sends any more.
        if len(tables.webhooks.ranges()) > 1:
            poll_all(tables, now)
        tables.webhooks.begin_ranges_anew()
    if not tables.webhooks.cover(came, max_ranges=max_ranges):
        poll_all(tables, now)


def _begins_anew(newest: Range, came: Range) -> bool:
    """Whether the numbers started again, as those of a new webhook do.

    What happens later has a higher number; a lower one for it is of another count.
    """
    later = came.event_at - newest.event_at > timedelta(seconds=HOLE_SECONDS)
    return later and came.last <= newest.last


def look(tables: Tables, now: datetime) -> list[tuple[int, int]]:
    """Ask for what old holes may have held, and close them; return them. Belongs into a write."""
    ranges = tables.webhooks.ranges()
    old = timedelta(seconds=HOLE_SECONDS)
    overdue = [high.first for high in ranges[1:] if now - high.since >= old]
    if not overdue:
        return []
    closed = [hole for hole in holes(ranges) if hole[1] < max(overdue)]
    poll_all(tables, now)
    tables.webhooks.close_holes(max(overdue))
    return closed


def poll_all(tables: Tables, now: datetime) -> None:
    """Ask for all that webhooks tell of, of every organisation that is kept up with."""
    for position in tables.change_work.positions():
        if position.resource in RESOURCES.values():
            tables.change_work.poll_soon(position.organisation_id, position.resource, now)
