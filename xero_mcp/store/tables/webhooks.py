"""Webhooks as they came: each delivery and each event once, and what numbers are missing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final, NamedTuple

from xero_mcp.clock import to_iso
from xero_mcp.store.executor import Executor, Row, Value, moment, text, whole

MAX_RANGES: Final = 10_000
"""So many ranges are remembered; beyond that the oldest two become one."""

_DELIVERY = "SELECT received_at FROM webhook_deliveries WHERE digest = :digest"
_ADD_DELIVERY = """
INSERT INTO webhook_deliveries (digest, received_at) VALUES (:digest, :at)
ON CONFLICT (digest) DO NOTHING
"""
_ADD_EVENT = """
INSERT INTO webhook_events
    (id, organisation_id, resource, resource_id, event_type, event_at, received_at)
VALUES (:id, :organisation_id, :resource, :resource_id, :event_type, :event_at, :received_at)
ON CONFLICT (id) DO NOTHING
"""
_EVENTS_SINCE = """
SELECT id, organisation_id, resource, resource_id, event_type, event_at, received_at
FROM webhook_events WHERE received_at >= :since AND (received_at, id) > (:at, :id)
ORDER BY received_at, id LIMIT :limit
"""
_RANGES = """
SELECT first_sequence, last_sequence, since, event_at FROM webhook_ranges ORDER BY first_sequence
"""
_BEGIN_WITHIN = """
SELECT first_sequence, last_sequence, since, event_at FROM webhook_ranges
WHERE first_sequence >= :first AND first_sequence <= :last ORDER BY first_sequence
"""
_BEGIN_BEFORE = """
SELECT first_sequence, last_sequence, since, event_at FROM webhook_ranges
WHERE first_sequence < :first ORDER BY first_sequence DESC LIMIT 1
"""
_NEWEST_RANGE = """
SELECT first_sequence, last_sequence, since, event_at FROM webhook_ranges
ORDER BY first_sequence DESC LIMIT 1
"""
_COUNT_RANGES = "SELECT COUNT(*) FROM webhook_ranges"
_REMOVE_RANGES = (
    "DELETE FROM webhook_ranges WHERE first_sequence >= :first AND first_sequence <= :last"
)
_REMOVE_ALL_RANGES = "DELETE FROM webhook_ranges"
_ADD_RANGE = """
INSERT INTO webhook_ranges (first_sequence, last_sequence, since, event_at)
VALUES (:first, :last, :since, :event_at)
"""
_COUNT = """
INSERT INTO webhook_counts (day, outcome, amount, latest_at) VALUES (:day, :outcome, :amount, :at)
ON CONFLICT (day, outcome) DO UPDATE
SET amount = webhook_counts.amount + excluded.amount, latest_at = excluded.latest_at
"""
_COUNTS = """
SELECT day, outcome, amount, latest_at FROM webhook_counts
WHERE day >= :since ORDER BY day, outcome
"""
_FORGET = (
    "DELETE FROM webhook_deliveries WHERE received_at < :before",
    "DELETE FROM webhook_events WHERE received_at < :before",
    "DELETE FROM webhook_counts WHERE latest_at < :before",
)


class EventRow(NamedTuple):
    """One event, under what makes it one."""

    id: str
    organisation_id: str
    resource: str
    resource_id: str
    event_type: str
    event_at: datetime
    received_at: datetime


class Range(NamedTuple):
    """Events that came without a hole between them."""

    first: int
    last: int
    since: datetime
    """When the lowest of them came: so long the hole below is known."""
    event_at: datetime
    """When the newest of them happened, as Xero says."""


class Counted(NamedTuple):
    """How many deliveries of a day ended in one way."""

    day: str
    outcome: str
    amount: int
    latest_at: datetime


class WebhooksTable:
    """What Xero delivered, over one open transaction."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def delivered_at(self, digest: str) -> datetime | None:
        """When exactly this body came first; None where it never did."""
        for row in self._executor.rows(_DELIVERY, {"digest": digest}):
            return moment(row[0])
        return None

    def add_delivery(self, digest: str, at: datetime) -> bool:
        """Whether it is the first of its kind."""
        return self._executor.change(_ADD_DELIVERY, {"digest": digest, "at": to_iso(at)}) > 0

    def add_event(self, row: EventRow) -> bool:
        """Whether nobody told us of it before."""
        added = self._executor.change(
            _ADD_EVENT,
            {
                "id": row.id,
                "organisation_id": row.organisation_id,
                "resource": row.resource,
                "resource_id": row.resource_id,
                "event_type": row.event_type,
                "event_at": to_iso(row.event_at),
                "received_at": to_iso(row.received_at),
            },
        )
        return added > 0

    def events_since(
        self, since: datetime, *, after: EventRow | None = None, limit: int = 1_000
    ) -> list[EventRow]:
        """Those that came since then, oldest first; `after` is the last of the page before."""
        wanted = {
            "since": to_iso(since),
            "at": to_iso(after.received_at) if after else "",
            "id": after.id if after else "",
            "limit": limit,
        }
        return [_event(row) for row in self._executor.rows(_EVENTS_SINCE, wanted)]

    def ranges(self) -> list[Range]:
        """The numbers that came, the lowest first: one range where nothing is missing."""
        return [_range(row) for row in self._executor.rows(_RANGES, {})]

    def newest_range(self) -> Range | None:
        """The one with the highest numbers."""
        for row in self._executor.rows(_NEWEST_RANGE, {}):
            return _range(row)
        return None

    def cover(self, came: Range, *, max_ranges: int = MAX_RANGES) -> bool:
        """These numbers came; ranges that touch become one.

        False where a hole had to be given up for it, unfilled: there are too many.
        """
        wanted = {"first": came.first, "last": came.last + 1}
        touching = [
            *(one for one in self._found(_BEGIN_BEFORE, wanted) if one.last >= came.first - 1),
            *self._found(_BEGIN_WITHIN, wanted),
        ]
        if not touching:
            self._put_range(came)
            return self._has_room(max_ranges)
        lowest = touching[0]
        merged = Range(
            first=min(came.first, lowest.first),
            last=max(came.last, touching[-1].last),
            since=came.since if came.first < lowest.first else lowest.since,
            event_at=max(came.event_at, *(one.event_at for one in touching)),
        )
        self._put_range(merged)
        return True

    def close_holes(self, up_to: int) -> None:
        """What was missing up to this number is looked for in another way."""
        ranges = [one for one in self.ranges() if one.first <= up_to]
        if len(ranges) > 1:
            self._put_range(_together(ranges))

    def begin_ranges_anew(self) -> None:
        """The numbers begin again: what was missing of the old ones nobody sends any more."""
        self._executor.change(_REMOVE_ALL_RANGES, {})

    def count(self, outcome: str, at: datetime, *, amount: int = 1) -> None:
        wanted = {"day": to_iso(at)[:10], "outcome": outcome, "amount": amount, "at": to_iso(at)}
        self._executor.change(_COUNT, wanted)

    def counts(self, since: datetime) -> list[Counted]:
        """Day by day, how deliveries ended."""
        return [
            Counted(text(day), text(outcome), whole(amount), moment(latest))
            for day, outcome, amount, latest in self._executor.rows(
                _COUNTS, {"since": to_iso(since)[:10]}
            )
        ]

    def forget(self, before: datetime) -> None:
        """Leave out what came before then: nobody repeats it any more."""
        for sql in _FORGET:
            self._executor.change(sql, {"before": to_iso(before)})

    def _has_room(self, max_ranges: int) -> bool:
        if whole(self._executor.rows(_COUNT_RANGES, {})[0][0]) <= max_ranges:
            return True
        self._put_range(_together(self.ranges()[:2]))
        return False

    def _found(self, sql: str, wanted: Mapping[str, Value]) -> list[Range]:
        return [_range(row) for row in self._executor.rows(sql, wanted)]

    def _put_range(self, one: Range) -> None:
        """In place of all that begins within it."""
        self._executor.change(_REMOVE_RANGES, {"first": one.first, "last": one.last})
        self._executor.change(
            _ADD_RANGE,
            {
                "first": one.first,
                "last": one.last,
                "since": to_iso(one.since),
                "event_at": to_iso(one.event_at),
            },
        )


def _range(row: Row) -> Range:
    return Range(whole(row[0]), whole(row[1]), moment(row[2]), moment(row[3]))


def _together(ranges: Sequence[Range]) -> Range:
    """One range over these and the holes between them."""
    return Range(
        first=ranges[0].first,
        last=ranges[-1].last,
        since=ranges[0].since,
        event_at=max(one.event_at for one in ranges),
    )


def _event(row: Row) -> EventRow:
    return EventRow(
        id=text(row[0]),
        organisation_id=text(row[1]),
        resource=text(row[2]),
        resource_id=text(row[3]),
        event_type=text(row[4]),
        event_at=moment(row[5]),
        received_at=moment(row[6]),
    )


def holes(ranges: Sequence[Range]) -> list[tuple[int, int]]:
    """The numbers between the ranges, as first and last."""
    return [(low.last + 1, high.first - 1) for low, high in pairwise(ranges)]
