"""Calls to Xero, as the processes of this store share them: the queue and what still counts.

Moments are whole milliseconds since 1970. A row's `until_ms` is the end of its lease while
it waits or flies, and the moment it ended afterwards. Nothing here knows a limit: xero/ does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from xero_mcp.store.executor import Executor, Row, text, whole

EVERY_ORGANISATION = ""
"""The organisation of a pause that holds for the whole app."""

BACKGROUND = "~"
"""With it begins the name of what this server asks for itself: no agent is called so."""

MAX_ROWS = 20_000
"""No answer holds more rows: the largest limit is 10,000 calls."""

_DROP_LAPSED = "DELETE FROM xero_calls WHERE state = 'waiting' AND until_ms <= :now"
_END_LAPSED = "UPDATE xero_calls SET state = 'ended' WHERE state = 'flying' AND until_ms <= :now"
_DROP_IMPOSSIBLE = """
DELETE FROM xero_calls WHERE state IN ('waiting', 'flying') AND until_ms > :impossible
"""
_FORGET_OLD = "DELETE FROM xero_calls WHERE state = 'ended' AND until_ms <= :ended_before"
_FORGET_IMPOSSIBLE = "DELETE FROM xero_calls WHERE state = 'ended' AND until_ms > :impossible"
_NEXT = "SELECT COALESCE(MAX(ticket), 0) + 1 FROM xero_calls WHERE organisation_id = :organisation"
_ADD = """
INSERT INTO xero_calls (id, organisation_id, holder, ticket, state, since_ms, until_ms,
                        minute_calls, day_calls, app_calls, agent, turn_round)
VALUES (:id, :organisation, :holder, :ticket, :state, :since, :until, :minute, :day, :app, :agent,
        :round)
"""
_WAITING = """
SELECT id, holder, ticket, agent, turn_round FROM xero_calls
WHERE organisation_id = :organisation AND state = 'waiting' LIMIT :most
"""
_ROUNDS = """
SELECT MIN(CASE WHEN state = 'waiting' THEN turn_round END),
       MAX(CASE WHEN agent = :agent THEN turn_round END), MAX(turn_round)
FROM xero_calls
WHERE organisation_id = :organisation AND state IN ('waiting', 'flying', 'ended')
AND until_ms > :after AND agent <> '' AND substr(agent, 1, 1) <> '~'
"""
_FLYING = """
SELECT since_ms FROM xero_calls
WHERE organisation_id = :organisation AND state = 'flying' LIMIT :most
"""
_ENDED = """
SELECT until_ms, minute_calls, day_calls FROM xero_calls
WHERE organisation_id = :organisation AND state = 'ended' AND until_ms > :after
ORDER BY until_ms LIMIT :most
"""
_DAY_CALLS = """
SELECT CAST(COALESCE(SUM(day_calls), 0) AS BIGINT) FROM xero_calls
WHERE organisation_id = :organisation AND state = 'ended' AND until_ms > :after
"""
_APP_CALLS = """
SELECT CAST(COALESCE(SUM(app_calls), 0) AS BIGINT) FROM xero_calls
WHERE state = 'flying' OR (state = 'ended' AND until_ms > :after)
"""
_APP_ENDED = """
SELECT until_ms, app_calls FROM xero_calls
WHERE state = 'ended' AND until_ms > :after ORDER BY until_ms LIMIT :most
"""
_START = """
UPDATE xero_calls SET state = 'flying', since_ms = :now, until_ms = :until
WHERE id = :id AND state = 'waiting'
"""
_END = """
UPDATE xero_calls SET state = 'ended', until_ms = :now WHERE id = :id AND state <> 'waiting'
"""
_REMOVE = "DELETE FROM xero_calls WHERE id = :id"
_RENEW = """
UPDATE xero_calls SET until_ms = :until
WHERE organisation_id = :organisation AND holder = :holder AND state = 'waiting'
AND until_ms < :below
"""
_HOLDERS = """
SELECT DISTINCT holder FROM xero_calls
WHERE organisation_id = :organisation AND state IN ('waiting', 'flying') LIMIT :most
"""
_DROP_OF = "DELETE FROM xero_calls WHERE holder = :holder AND state = 'waiting'"
_SHORTEN_OF = """
UPDATE xero_calls SET until_ms = :until
WHERE holder = :holder AND state = 'flying' AND until_ms > :until
"""
_PAUSE = """
INSERT INTO xero_pauses (organisation_id, until_ms) VALUES (:organisation, :until)
ON CONFLICT (organisation_id) DO UPDATE SET until_ms = excluded.until_ms
WHERE excluded.until_ms > xero_pauses.until_ms
"""
_PAUSED = """
SELECT COALESCE(MAX(until_ms), 0) FROM xero_pauses
WHERE organisation_id = :organisation OR organisation_id = :every
"""
_UNPAUSE = "DELETE FROM xero_pauses WHERE until_ms <= :now OR until_ms > :impossible"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """A call that joins the table; foreign ones count for more than one, or not everywhere."""

    id: str
    organisation_id: str
    holder: str
    ticket: int
    state: str
    since_ms: int
    until_ms: int
    minute_calls: int = 1
    day_calls: int = 1
    app_calls: int = 1
    agent: str = ""
    """Empty: a person's, whom no agent may keep waiting."""
    round: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCall:
    id: str
    holder: str
    ticket: int
    agent: str = ""
    round: int = 0

    @property
    def order(self) -> tuple[int, int, int]:
        """People first, ourselves last; else round by round, and in a round as they came."""
        return rank_of(self.agent), self.round, self.ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedCalls:
    """Calls that ended at one moment: a single one of ours, or some of somebody else."""

    ended_ms: int
    minute_calls: int
    day_calls: int


class CallsTable:
    """The queue of calls and the calls that still count, over one open transaction."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def lapse(self, now_ms: int, *, impossible_ms: int) -> int:
        """Settle what dead processes left: their tickets go, their calls count as ended.

        No lease ends after `impossible_ms`: such a one is left from before a clock was put back.
        """
        self._executor.change(_DROP_IMPOSSIBLE, {"impossible": impossible_ms})
        ended = self._executor.change(_END_LAPSED, {"now": now_ms})
        return ended + self._executor.change(_DROP_LAPSED, {"now": now_ms})

    def forget(self, *, ended_before_ms: int, impossible_ms: int) -> None:
        """Drop what no window counts any more, and what a clock put back left in the future."""
        self._executor.change(_FORGET_OLD, {"ended_before": ended_before_ms})
        self._executor.change(_FORGET_IMPOSSIBLE, {"impossible": impossible_ms})

    def unpause(self, now_ms: int, *, impossible_ms: int) -> None:
        self._executor.change(_UNPAUSE, {"now": now_ms, "impossible": impossible_ms})

    def next_ticket(self, organisation_id: str) -> int:
        """The place behind everybody who has come so far."""
        rows = self._executor.rows(_NEXT, {"organisation": organisation_id})
        return _one(rows)

    def add(self, row: CallRow) -> None:
        self._executor.change(
            _ADD,
            {
                "id": row.id,
                "organisation": row.organisation_id,
                "holder": row.holder,
                "ticket": row.ticket,
                "state": row.state,
                "since": row.since_ms,
                "until": row.until_ms,
                "minute": row.minute_calls,
                "day": row.day_calls,
                "app": row.app_calls,
                "agent": row.agent,
                "round": row.round,
            },
        )

    def waiting(self, organisation_id: str) -> list[WaitingCall]:
        """Everybody in the queue, in the order of their turns."""
        # Sorted here: asked to sort, SQLite walks through a whole day's tickets instead.
        wanted = {"organisation": organisation_id, "most": MAX_ROWS}
        found = [
            WaitingCall(
                id=text(row),
                holder=text(holder),
                ticket=whole(ticket),
                agent=text(agent),
                round=whole(turn),
            )
            for row, holder, ticket, agent, turn in self._executor.rows(_WAITING, wanted)
        ]
        return sorted(found, key=lambda one: one.order)

    def next_round(self, organisation_id: str, agent: str, *, after_ms: int) -> int:
        """The round in which a call that comes now has its turn.

        It is the one that is under way, for an agent that has had no turn in it; else the one
        after that agent's latest. So who sends much waits behind who sends little, and nobody
        saves up turns. What ended before `after_ms` is forgotten.
        """
        if rank_of(agent) != _OF_AGENTS:
            return 0
        wanted = {"organisation": organisation_id, "agent": agent, "after": after_ms}
        waiting, own, latest = self._executor.rows(_ROUNDS, wanted)[0]
        under_way = latest if waiting is None else waiting
        now = 0 if under_way is None else whole(under_way)
        return now if own is None else max(now, whole(own) + 1)

    def flying_since(self, organisation_id: str) -> list[int]:
        """When each call that is in flight started, oldest first."""
        wanted = {"organisation": organisation_id, "most": MAX_ROWS}
        return sorted(whole(since) for (since,) in self._executor.rows(_FLYING, wanted))

    def ended(self, organisation_id: str, *, after_ms: int) -> list[EndedCalls]:
        """The calls that ended after a moment, oldest first."""
        wanted = {"organisation": organisation_id, "after": after_ms, "most": MAX_ROWS}
        return [
            EndedCalls(ended_ms=whole(at), minute_calls=whole(minute), day_calls=whole(day))
            for at, minute, day in self._executor.rows(_ENDED, wanted)
        ]

    def day_calls(self, organisation_id: str, *, after_ms: int) -> int:
        """How many calls ended after a moment."""
        wanted = {"organisation": organisation_id, "after": after_ms}
        return _one(self._executor.rows(_DAY_CALLS, wanted))

    def app_calls(self, *, after_ms: int) -> int:
        """How many calls of any organisation ended after a moment or are in flight."""
        return _one(self._executor.rows(_APP_CALLS, {"after": after_ms}))

    def app_ended(self, *, after_ms: int) -> list[tuple[int, int]]:
        """When the calls of all organisations ended, oldest first, and how many each time."""
        wanted = {"after": after_ms, "most": MAX_ROWS}
        return [(whole(at), whole(calls)) for at, calls in self._executor.rows(_APP_ENDED, wanted)]

    def start(self, call_id: str, *, now_ms: int, lease_ms: int) -> bool:
        """From the queue into flight; False where the ticket has lapsed."""
        moved = {"id": call_id, "now": now_ms, "until": now_ms + lease_ms}
        return self._executor.change(_START, moved) > 0

    def end(self, call_id: str, *, now_ms: int) -> None:
        """Out of flight; the call counts from now on until its windows are over."""
        self._executor.change(_END, {"id": call_id, "now": now_ms})

    def remove(self, call_id: str) -> None:
        """Give up a place, or a call that never left this machine."""
        self._executor.change(_REMOVE, {"id": call_id})

    def renew(self, organisation_id: str, holder: str, *, until_ms: int, below_ms: int) -> None:
        """Keep this process's tickets alive, where their lease ends before `below_ms`."""
        wanted = {
            "organisation": organisation_id,
            "holder": holder,
            "until": until_ms,
            "below": below_ms,
        }
        self._executor.change(_RENEW, wanted)

    def holders(self, organisation_id: str) -> list[str]:
        """The processes that wait for this organisation, or have a call in flight to it."""
        wanted = {"organisation": organisation_id, "most": MAX_ROWS}
        return [text(holder) for (holder,) in self._executor.rows(_HOLDERS, wanted)]

    def bury(self, holder: str, *, end_ms: int) -> None:
        """Drop the tickets of a dead process; its calls in flight end at that moment, or before."""
        self._executor.change(_DROP_OF, {"holder": holder})
        self._executor.change(_SHORTEN_OF, {"holder": holder, "until": end_ms})

    def pause(self, organisation_id: str, *, until_ms: int) -> None:
        """Start no call before that moment; a pause is only ever made longer."""
        self._executor.change(_PAUSE, {"organisation": organisation_id, "until": until_ms})

    def paused_until(self, organisation_id: str) -> int:
        """The moment that a call has to wait for; 0 where nobody asked for a pause."""
        wanted = {"organisation": organisation_id, "every": EVERY_ORGANISATION}
        return _one(self._executor.rows(_PAUSED, wanted))


_OF_PEOPLE, _OF_AGENTS, _OF_OURSELVES = range(3)


def rank_of(agent: str) -> int:
    """Who goes before whom: people, agents, and last what nobody waits for."""
    if not agent:
        return _OF_PEOPLE
    return _OF_OURSELVES if agent.startswith(BACKGROUND) else _OF_AGENTS


def _one(rows: Sequence[Row]) -> int:
    return whole(rows[0][0])
