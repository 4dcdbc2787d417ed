"""The queue's bookkeeping: each method is one short transaction over the table of calls.

Each organisation has one queue over all processes of the store. People go first, and a few of a
minute's calls are theirs alone. Agents take turns, round by round: one that sends a hundred calls
at once has one turn in each round, as one that sends a single call. In a round, first come, first
served. A lone agent has every turn: nothing is set aside for those who ask for nothing. What this
server asks for itself goes last, and leaves a part of each minute to the others.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Final

from xero_mcp.store.tables.calls import EVERY_ORGANISATION, CallRow, CallsTable, rank_of
from xero_mcp.xero.departed import Departed, IsLive, everybody_is_live
from xero_mcp.xero.forecast import MILLISECONDS, LimitRules, Picture, free_from_ms, turns_ms
from xero_mcp.xero.network import Answer

MAX_WAITING: Final = 1_000
"""No queue is longer: each place costs a look at every turn."""


class Standing(Enum):
    """Where a call stands."""

    WAITS = "in the queue"
    GOES = "its turn has come"
    LATE = "its turn would come too late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A call's standing, the moment of its turn as far as one can tell, and who is before it."""

    standing: Standing
    turn_ms: int
    ahead: int = 0
    ticket: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at the queue brought this process."""

    places: Mapping[str, Place]
    next_ms: int | None
    """Before this moment nobody's turn comes; None: as soon as something ends or someone goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flown:
    """A call that is over, and what Xero's counters said with its answer."""

    call_id: str
    organisation_id: str
    started_ms: int
    was_sent: bool = True
    minute_left: int | None = None
    day_left: int | None = None
    app_left: int | None = None
    pause_ms: int = 0
    pause_everyone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """The counters on an answer; None where Xero left one out."""

    minute_left: int | None
    day_left: int | None
    app_left: int | None
    retry_after_seconds: int | None
    pause_everyone: bool

    @classmethod
    def on(cls, answer: Answer) -> "Counters":
        limited = answer.status == HTTPStatus.TOO_MANY_REQUESTS
        problem = (answer.header("x-rate-limit-problem") or "").lower()
        return cls(
            minute_left=answer.whole_number("x-minlimit-remaining"),
            day_left=answer.whole_number("x-daylimit-remaining"),
            app_left=answer.whole_number("x-appminlimit-remaining"),
            retry_after_seconds=answer.whole_number("retry-after") if limited else None,
            pause_everyone=limited and problem.startswith("app"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comer:
    """A call that comes to the queue."""

    call_id: str
    organisation_id: str
    agent: str = ""
    """Empty: no agent's, but a person's command."""


class Turnstile:
    """Lets calls through for one process, the holder of their tickets."""

    def __init__(self, rules: LimitRules, holder: str, is_live: IsLive = everybody_is_live) -> None:
        self._rules = rules
        self._departed = Departed(rules, holder, is_live)
        self._holder = holder
        self._call_lease_ms = round(rules.call_lease_seconds * MILLISECONDS)
        self._ticket_lease_ms = round(rules.ticket_lease_seconds * MILLISECONDS)

    def arrive(self, calls: CallsTable, comer: Comer, *, now_ms: int, latest_ms: int) -> Place:
        """Go straight through, join the queue, or hear when to come back."""
        self._lapse(calls, now_ms)
        kept = self._rules.kept_from(comer.agent)
        queue = calls.waiting(comer.organisation_id)
        order = self._order(calls, comer, now_ms)
        ahead = sum(one.order < order for one in queue)
        picture = self._picture(calls, comer.organisation_id, now_ms, places=ahead + 1)
        if ahead == 0 and _is_free(picture, self._rules, kept):
            ticket = self._add(calls, comer, now_ms, goes=True)
            return Place(standing=Standing.GOES, turn_ms=now_ms, ticket=ticket)
        turn_ms = turns_ms(picture, self._rules, count=ahead + 1, kept=kept)[-1]
        if turn_ms > latest_ms or len(queue) >= MAX_WAITING:
            return Place(standing=Standing.LATE, turn_ms=turn_ms, ahead=ahead)
        ticket = self._add(calls, comer, now_ms, goes=False)
        return Place(standing=Standing.WAITS, turn_ms=turn_ms, ahead=ahead, ticket=ticket)

    def _order(self, calls: CallsTable, comer: Comer, now_ms: int) -> tuple[int, int, float]:
        """Where it would stand: behind all who came before it in its round."""
        return rank_of(comer.agent), self._round(calls, comer, now_ms), math.inf

    def _round(self, calls: CallsTable, comer: Comer, now_ms: int) -> int:
        after_ms = now_ms - self._rules.minute_ms
        return calls.next_round(comer.organisation_id, comer.agent, after_ms=after_ms)

    def look(
        self, calls: CallsTable, organisation_id: str, mine: Collection[str], *, now_ms: int
    ) -> Look:
        """Start every call of this process whose turn has come; say how the others stand."""
        self._lapse(calls, now_ms)
        lease_ms = self._ticket_lease_ms
        until_ms, below_ms = now_ms + lease_ms, now_ms + lease_ms // 2
        calls.renew(organisation_id, self._holder, until_ms=until_ms, below_ms=below_ms)
        self._departed.clear(calls, organisation_id, now_ms=now_ms)
        places: dict[str, Place] = {}
        next_ms: int | None = None
        for _ in range(self._rules.at_once + MAX_WAITING):
            queue = calls.waiting(organisation_id)
            picture = self._picture(calls, organisation_id, now_ms, places=len(queue))
            kept = self._rules.kept_from(queue[0].agent) if queue else 0
            next_ms = free_from_ms(picture, self._rules, kept=kept)
            if not queue or queue[0].holder != self._holder:
                break
            if queue[0].id not in mine:  # its caller is gone and could not give the place up
                calls.remove(queue[0].id)
            elif next_ms is not None and next_ms <= now_ms:
                calls.start(queue[0].id, now_ms=now_ms, lease_ms=self._call_lease_ms)
                places[queue[0].id] = Place(
                    standing=Standing.GOES, turn_ms=now_ms, ticket=queue[0].ticket
                )
            else:
                break
        places.update(self._standing(calls, organisation_id, now_ms, mine))
        return Look(places=places, next_ms=next_ms)

    def _lapse(self, calls: CallsTable, now_ms: int) -> None:
        calls.lapse(now_ms, impossible_ms=now_ms + 2 * self._call_lease_ms)

    def _standing(
        self, calls: CallsTable, organisation_id: str, now_ms: int, mine: Collection[str]
    ) -> dict[str, Place]:
        queue = calls.waiting(organisation_id)
        if not any(one.id in mine for one in queue):
            return {}
        picture = self._picture(calls, organisation_id, now_ms, places=len(queue))
        kept = {one.id: self._rules.kept_from(one.agent) for one in queue}
        turns = {
            each: turns_ms(picture, self._rules, count=len(queue), kept=each)
            for each in set(kept.values())
        }
        return {
            one.id: Place(
                standing=Standing.WAITS,
                turn_ms=turns[kept[one.id]][ahead],
                ahead=ahead,
                ticket=one.ticket,
            )
            for ahead, one in enumerate(queue)
            if one.id in mine
        }

    def rejoin(self, calls: CallsTable, comer: Comer, now_ms: int) -> None:
        """Back into the queue, for a ticket that lapsed while this process slept.

        Or for one that was called up by a look whose result was lost with its caller.
        """
        calls.remove(comer.call_id)
        self._add(calls, comer, now_ms, goes=False)

    def settle(
        self, calls: CallsTable, flown: Flown, *, now_ms: int, ended_ms: int | None = None
    ) -> None:
        """The call is over: free its lane, keep it counting, believe Xero where it counts more.

        `ended_ms` is for what is told late. What was told before changes nothing.
        """
        ended_ms = now_ms if ended_ms is None else ended_ms
        if flown.was_sent:
            calls.end(flown.call_id, now_ms=ended_ms)
            self._correct(calls, flown, ended_ms)
        else:
            calls.remove(flown.call_id)
        if flown.pause_ms:
            whom = EVERY_ORGANISATION if flown.pause_everyone else flown.organisation_id
            calls.pause(whom, until_ms=ended_ms + flown.pause_ms)
        # Kept a little beyond the window: a correction looks back to the start of its call.
        oldest_ms = now_ms - self._rules.day_ms - self._call_lease_ms
        calls.forget(ended_before_ms=oldest_ms, impossible_ms=now_ms + self._rules.minute_ms)
        calls.unpause(now_ms, impossible_ms=now_ms + self._rules.day_ms)

    def _correct(self, calls: CallsTable, flown: Flown, now_ms: int) -> None:
        """Others use the same limits: what Xero counted beyond ours counts as used, from now.

        Ours are those that counted at any moment since this call started: Xero looked at its
        counter at one such moment. So a call that ran out in between is not taken for theirs.
        """
        rules = self._rules
        minute_ago, day_ago = flown.started_ms - rules.minute_ms, flown.started_ms - rules.day_ms
        organisation_id = flown.organisation_id
        flying = len(calls.flying_since(organisation_id))
        recent = calls.ended(organisation_id, after_ms=minute_ago)
        minute = flying + sum(one.minute_calls for one in recent)
        day = flying + calls.day_calls(organisation_id, after_ms=day_ago)
        extra_minute = _beyond(rules.per_minute, flown.minute_left, minute)
        extra_day = _beyond(rules.per_day, flown.day_left, day)
        app = calls.app_calls(after_ms=minute_ago)
        extra_app = _beyond(rules.app_per_minute, flown.app_left, app)
        if extra_minute or extra_day or extra_app:
            row = CallRow(
                id=f"{flown.call_id}+",
                organisation_id=organisation_id,
                holder=self._holder,
                ticket=0,
                state="ended",
                since_ms=flown.started_ms,
                until_ms=now_ms,
                minute_calls=extra_minute,
                day_calls=extra_day,
                app_calls=extra_app,
            )
            calls.remove(row.id)
            calls.add(row)

    def _add(self, calls: CallsTable, comer: Comer, now_ms: int, *, goes: bool) -> int:
        ticket = calls.next_ticket(comer.organisation_id)
        lease_ms = self._call_lease_ms if goes else self._ticket_lease_ms
        row = CallRow(
            id=comer.call_id,
            organisation_id=comer.organisation_id,
            holder=self._holder,
            ticket=ticket,
            agent=comer.agent,
            round=self._round(calls, comer, now_ms),
            state="flying" if goes else "waiting",
            since_ms=now_ms,
            until_ms=now_ms + lease_ms,
        )
        calls.add(row)
        return ticket

    def _picture(
        self, calls: CallsTable, organisation_id: str, now_ms: int, *, places: int
    ) -> Picture:
        rules = self._rules
        flying = calls.flying_since(organisation_id)
        ended = calls.ended(organisation_id, after_ms=now_ms - rules.minute_ms)
        day_used = calls.day_calls(organisation_id, after_ms=now_ms - rules.day_ms) + len(flying)
        day_left = max(0, rules.per_day - day_used)
        held_ms = max(calls.paused_until(organisation_id), self._app_held_until(calls, now_ms))
        frees = [one.ended_ms + rules.minute_ms for one in ended for _ in range(one.minute_calls)]
        return Picture(
            now_ms=now_ms,
            flying_since_ms=flying,
            minute_frees_ms=frees,
            held_until_ms=held_ms,
            day_left=day_left,
            day_frees_ms=(
                0
                if day_left >= places
                else self._day_frees(calls, organisation_id, now_ms, day_used)
            ),
        )

    def _day_frees(
        self, calls: CallsTable, organisation_id: str, now_ms: int, day_used: int
    ) -> int:
        surplus = max(0, day_used - self._rules.per_day)
        for one in calls.ended(organisation_id, after_ms=now_ms - self._rules.day_ms):
            surplus -= one.day_calls
            if surplus < 0:
                return one.ended_ms + self._rules.day_ms
        return now_ms + self._rules.day_ms

    def _app_held_until(self, calls: CallsTable, now_ms: int) -> int:
        after_ms = now_ms - self._rules.minute_ms
        surplus = calls.app_calls(after_ms=after_ms) - self._rules.app_per_minute
        if surplus < 0:
            return 0
        for ended_ms, app_calls in calls.app_ended(after_ms=after_ms):
            surplus -= app_calls
            if surplus < 0:
                return ended_ms + self._rules.minute_ms
        return now_ms


def _is_free(picture: Picture, rules: LimitRules, kept: int) -> bool:
    free_ms = free_from_ms(picture, rules, kept=kept)
    return free_ms is not None and free_ms <= picture.now_ms


def _beyond(limit: int, left: int | None, ours: int) -> int:
    """How many calls Xero counted that are not ours; never fewer than none."""
    return 0 if left is None else max(0, limit - left - ours)
