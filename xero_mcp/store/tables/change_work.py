"""What is to be read again in Xero, and who does it: shared by every process of the store."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from xero_mcp.clock import to_iso
from xero_mcp.store.executor import (
    Executor,
    Row,
    Value,
    iso_or_none,
    moment,
    moment_or_none,
    text,
    text_or_none,
    whole,
)

_WANT = """
INSERT INTO change_pending (organisation_id, resource, resource_id, version, events, is_new,
    first_event_at, event_at, wanted_at, due_at)
VALUES (:organisation_id, :resource, :resource_id, 1, 1, :is_new, :event_at, :event_at, :due_at,
    :due_at)
ON CONFLICT (organisation_id, resource, resource_id) DO UPDATE
SET version = change_pending.version + 1, events = change_pending.events + 1, attempts = 0,
    is_new = CASE WHEN excluded.is_new > change_pending.is_new
        THEN excluded.is_new ELSE change_pending.is_new END,
    first_event_at = CASE WHEN excluded.first_event_at < change_pending.first_event_at
        THEN excluded.first_event_at ELSE change_pending.first_event_at END,
    event_at = CASE WHEN excluded.event_at > change_pending.event_at
        THEN excluded.event_at ELSE change_pending.event_at END,
    due_at = CASE WHEN excluded.due_at < change_pending.due_at
            OR (change_pending.holder IS NOT NULL
                AND change_pending.lease_ends_at > excluded.due_at)
        THEN excluded.due_at ELSE change_pending.due_at END
"""
_FREE = "(holder IS NULL OR lease_ends_at <= :now)"
_FIRST_DUE = f"""
SELECT organisation_id, resource FROM change_pending
WHERE due_at <= :now AND {_FREE} AND NOT EXISTS (
    SELECT 1 FROM change_positions AS calm WHERE calm.calm_until > :now
    AND calm.organisation_id = change_pending.organisation_id
    AND calm.resource = change_pending.resource
) ORDER BY due_at LIMIT 1
"""  # noqa: S608 - made of the constants above alone
_DUE = f"""
SELECT organisation_id, resource, resource_id, version, events, is_new, first_event_at, event_at,
    wanted_at, attempts
FROM change_pending
WHERE organisation_id = :organisation_id AND resource = :resource AND due_at <= :now AND {_FREE}
ORDER BY due_at, resource_id LIMIT :limit
"""  # noqa: S608 - made of the constants above alone
_TAKE = """
UPDATE change_pending SET holder = :holder, lease_ends_at = :ends_at
WHERE organisation_id = :organisation_id AND resource = :resource AND resource_id = :resource_id
"""
_DONE = """
DELETE FROM change_pending
WHERE organisation_id = :organisation_id AND resource = :resource AND resource_id = :resource_id
  AND version = :version AND holder = :holder
"""
_AGAIN = """
UPDATE change_pending
SET holder = NULL, lease_ends_at = NULL,
    attempts = CASE WHEN version = :version THEN attempts + 1 ELSE attempts END,
    due_at = CASE WHEN version = :version THEN :due_at ELSE due_at END
WHERE organisation_id = :organisation_id AND resource = :resource AND resource_id = :resource_id
  AND holder = :holder
"""
_LATER = """
UPDATE change_pending
SET holder = NULL, lease_ends_at = NULL, events = events - :events, first_event_at = event_at
WHERE organisation_id = :organisation_id AND resource = :resource AND resource_id = :resource_id
  AND holder = :holder
"""
_POSTPONE = """
UPDATE change_pending SET holder = NULL, lease_ends_at = NULL, due_at = :due_at
WHERE organisation_id = :organisation_id AND resource = :resource AND resource_id = :resource_id
  AND holder = :holder
"""
_CALM = """
UPDATE change_positions SET calm_until = :until
WHERE organisation_id = :organisation_id AND resource = :resource
"""
_HOLDERS = """
SELECT holder FROM change_pending WHERE holder IS NOT NULL
UNION SELECT holder FROM change_positions WHERE holder IS NOT NULL
"""
_RELEASE = (
    "UPDATE change_pending SET holder = NULL, lease_ends_at = NULL WHERE holder = :holder",
    """
UPDATE change_positions SET holder = NULL, lease_ends_at = NULL, next_at = :now
WHERE holder = :holder
""",
)
_NEXT_DUE = """
SELECT MIN(CASE WHEN holder IS NULL OR lease_ends_at < due_at THEN due_at ELSE lease_ends_at END)
FROM change_pending
"""
_NEXT_POLL = """
SELECT MIN(CASE WHEN holder IS NULL OR lease_ends_at < next_at THEN next_at ELSE lease_ends_at END)
FROM change_positions
"""
_WAITING = "SELECT COUNT(*) FROM change_pending"
_OLDEST = "SELECT MIN(first_event_at) FROM change_pending"
_OPEN = """
INSERT INTO change_positions (organisation_id, resource, since, next_at)
VALUES (:organisation_id, :resource, :since, :next_at)
ON CONFLICT (organisation_id, resource) DO NOTHING
"""
_SOON = """
UPDATE change_positions SET next_at = :at
WHERE organisation_id = :organisation_id AND resource = :resource
  AND (next_at > :at OR (holder IS NOT NULL AND lease_ends_at > :at))
"""
_PAUSE = """
UPDATE change_positions SET next_at = :until, problem = COALESCE(:problem, problem)
WHERE organisation_id = :organisation_id AND next_at < :until AND holder IS NULL
"""
_POSITIONS = """
SELECT organisation_id, resource, since, next_at, polled_at, failures, problem
FROM change_positions ORDER BY organisation_id, resource
"""
_POLL = f"""
SELECT organisation_id, resource, since, next_at, polled_at, failures, problem
FROM change_positions WHERE next_at <= :now AND {_FREE} ORDER BY next_at LIMIT 1
"""  # noqa: S608 - made of the constants above alone
_TAKE_POSITION = """
UPDATE change_positions SET holder = :holder, lease_ends_at = :ends_at, next_at = :ends_at
WHERE organisation_id = :organisation_id AND resource = :resource
"""
_POLLED = """
UPDATE change_positions
SET since = :since, polled_at = :polled_at, failures = :failures, problem = :problem,
    next_at = CASE WHEN next_at = :read_next_at OR next_at > :next_at
        THEN :next_at ELSE next_at END,
    holder = NULL, lease_ends_at = NULL
WHERE organisation_id = :organisation_id AND resource = :resource AND holder = :holder
"""


class Wanted(NamedTuple):
    """One thing that an event was about."""

    organisation_id: str
    resource: str
    resource_id: str
    is_new: bool
    event_at: datetime


class PendingRow(NamedTuple):
    """One thing of which Xero told that it changed."""

    organisation_id: str
    resource: str
    resource_id: str
    version: int
    """Counts the events: one that comes while we read asks for another reading."""
    events: int
    is_new: bool
    first_event_at: datetime
    event_at: datetime
    wanted_at: datetime
    """Since when it waits: of a late event, or one that is replayed, long after it happened."""
    attempts: int


class PositionRow(NamedTuple):
    """How far one kind of thing of an organisation was asked for."""

    organisation_id: str
    resource: str
    since: datetime
    next_at: datetime
    polled_at: datetime | None
    failures: int
    problem: str | None = None
    """The code of the error with which the last poll ended."""


class ChangeWorkTable:
    """Work on changes, over one open transaction. Taking belongs into a transaction of its own."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def want(self, one: Wanted, *, due_at: datetime) -> None:
        """Read it again, not before `due_at`; more events for the same thing are one reading."""
        self._executor.change(
            _WANT,
            {
                "organisation_id": one.organisation_id,
                "resource": one.resource,
                "resource_id": one.resource_id,
                "is_new": int(one.is_new),
                "event_at": to_iso(one.event_at),
                "due_at": to_iso(due_at),
            },
        )

    def take(
        self, holder: str, *, now: datetime, ends_at: datetime, limit: int
    ) -> list[PendingRow]:
        """What is due of one kind of one organisation, for this holder alone until `ends_at`."""
        for organisation_id, resource in self._executor.rows(_FIRST_DUE, {"now": to_iso(now)}):
            wanted = {
                "organisation_id": organisation_id,
                "resource": resource,
                "now": to_iso(now),
                "limit": limit,
            }
            found = [_pending(row) for row in self._executor.rows(_DUE, wanted)]
            for one in found:
                lease = {"holder": holder, "ends_at": to_iso(ends_at)}
                self._executor.change(_TAKE, {**_named(one), **lease})
            return found
        return []

    def calm(self, organisation_id: str, resource: str, *, until: datetime) -> None:
        """Take nothing more of that kind before then: what comes meanwhile is one reading."""
        named = {"organisation_id": organisation_id, "resource": resource}
        self._executor.change(_CALM, {**named, "until": to_iso(until)})

    def done(self, holder: str, rows: Iterable[PendingRow]) -> None:
        """They were read; what was told of since then stays, to be read again."""
        for one in rows:
            gone = {**_named(one), "version": one.version, "holder": holder}
            if self._executor.change(_DONE, gone) == 0:
                later = {**_named(one), "events": one.events, "holder": holder}
                self._executor.change(_LATER, later)

    def put_back(self, holder: str, rows: Iterable[PendingRow], *, due_at: datetime) -> None:
        """It did not work: try again at `due_at`, and count the attempt."""
        for one in rows:
            self._executor.change(
                _AGAIN,
                {
                    **_named(one),
                    "version": one.version,
                    "holder": holder,
                    "due_at": to_iso(due_at),
                },
            )

    def postpone(self, holder: str, rows: Iterable[PendingRow], *, due_at: datetime) -> None:
        """Xero could not be asked: try again at `due_at`, and count nothing."""
        for one in rows:
            later = {**_named(one), "holder": holder, "due_at": to_iso(due_at)}
            self._executor.change(_POSTPONE, later)

    def holders(self) -> list[str]:
        """The processes that have work of this."""
        return [text(holder) for (holder,) in self._executor.rows(_HOLDERS, {})]

    def release(self, holder: str, now: datetime) -> None:
        """That process is dead: what it had is anybody's."""
        for sql in _RELEASE:
            wanted: dict[str, Value] = {"holder": holder}
            if ":now" in sql:
                wanted["now"] = to_iso(now)
            self._executor.change(sql, wanted)

    def next_due_at(self) -> datetime | None:
        """When there is something to read again; None where there is nothing."""
        return moment_or_none(self._executor.rows(_NEXT_DUE, {})[0][0])

    def next_poll_at(self) -> datetime | None:
        """The same of what is asked for by and by."""
        return moment_or_none(self._executor.rows(_NEXT_POLL, {})[0][0])

    def waiting(self) -> int:
        return whole(self._executor.rows(_WAITING, {})[0][0])

    def waiting_since(self) -> datetime | None:
        """The oldest event that was not read yet."""
        return moment_or_none(self._executor.rows(_OLDEST, {})[0][0])

    def open_position(
        self, organisation_id: str, resource: str, *, since: datetime, next_at: datetime
    ) -> None:
        """Begin to ask for it, from `since`; nothing where it was begun before."""
        self._executor.change(
            _OPEN,
            {
                "organisation_id": organisation_id,
                "resource": resource,
                "since": to_iso(since),
                "next_at": to_iso(next_at),
            },
        )

    def poll_soon(self, organisation_id: str, resource: str, at: datetime) -> None:
        """Ask at `at`, unless it is asked for sooner anyway; while one asks, once more after it."""
        self._executor.change(
            _SOON, {"organisation_id": organisation_id, "resource": resource, "at": to_iso(at)}
        )

    def pause(self, organisation_id: str, *, until: datetime, problem: str | None = None) -> None:
        """Ask for nothing of that organisation before then."""
        paused = {"organisation_id": organisation_id, "until": to_iso(until), "problem": problem}
        self._executor.change(_PAUSE, paused)

    def positions(self) -> list[PositionRow]:
        return [_position(row) for row in self._executor.rows(_POSITIONS, {})]

    def take_position(self, holder: str, *, now: datetime, ends_at: datetime) -> PositionRow | None:
        """The one that is most overdue, for this holder alone until `ends_at`.

        Its `next_at` is then `ends_at`: who asks for a poll meanwhile asks for another one.
        """
        for row in self._executor.rows(_POLL, {"now": to_iso(now)}):
            found = _position(row)
            taken = {"organisation_id": found.organisation_id, "resource": found.resource}
            lease = {"holder": holder, "ends_at": to_iso(ends_at)}
            self._executor.change(_TAKE_POSITION, {**taken, **lease})
            return found._replace(next_at=ends_at)
        return None

    def polled(self, holder: str, read: PositionRow, now: PositionRow) -> bool:
        """Move on from what was taken; False where another holder has it by now.

        Who asked meanwhile for a poll sooner than `now.next_at` gets it.
        """
        moved = self._executor.change(
            _POLLED,
            {
                "organisation_id": read.organisation_id,
                "resource": read.resource,
                "since": to_iso(now.since),
                "polled_at": iso_or_none(now.polled_at),
                "failures": now.failures,
                "problem": now.problem,
                "read_next_at": to_iso(read.next_at),
                "next_at": to_iso(now.next_at),
                "holder": holder,
            },
        )
        return moved > 0


def _named(row: PendingRow) -> dict[str, str | int | bytes | None]:
    return {
        "organisation_id": row.organisation_id,
        "resource": row.resource,
        "resource_id": row.resource_id,
    }


def _pending(row: Row) -> PendingRow:
    return PendingRow(
        organisation_id=text(row[0]),
        resource=text(row[1]),
        resource_id=text(row[2]),
        version=whole(row[3]),
        events=whole(row[4]),
        is_new=whole(row[5]) > 0,
        first_event_at=moment(row[6]),
        event_at=moment(row[7]),
        wanted_at=moment(row[8]),
        attempts=whole(row[9]),
    )


def _position(row: Row) -> PositionRow:
    return PositionRow(
        organisation_id=text(row[0]),
        resource=text(row[1]),
        since=moment(row[2]),
        next_at=moment(row[3]),
        polled_at=moment_or_none(row[4]),
        failures=whole(row[5]),
        problem=text_or_none(row[6]),
    )
