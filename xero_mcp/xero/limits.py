"""Waiting for Xero's limits: fair over all processes, with word on how long, never for ever."""

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import anyio

from xero_mcp.clock import Clock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Store, Tables
from xero_mcp.xero import errors
from xero_mcp.xero.budget import Asked, CallBudget, take
from xero_mcp.xero.departed import IsLive, everybody_is_live
from xero_mcp.xero.forecast import MILLISECONDS, LimitRules
from xero_mcp.xero.owed import Owed
from xero_mcp.xero.turnstile import Comer, Counters, Flown, Look, Place, Standing, Turnstile

__all__ = ["LimitRules", "Limiter", "Permit", "Process", "Progress"]

Progress = Callable[[float, float | None, str], Awaitable[None]]
"""Told how far a wait has come: seconds done, seconds in all, and a sentence."""

NewId = Callable[[], str]
"""Makes a name that no other process makes."""

_PROGRESS_PATIENCE_SECONDS: Final = 0.25
"""A listener that is slower than this misses a report; nobody waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """Who asks: its name, names for its calls, and what it knows of the others."""

    name: str
    new_id: NewId
    is_live: IsLive = everybody_is_live


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """The right to send one request now; give it back with `release`."""

    call_id: str
    organisation_id: str
    started_ms: int
    ticket: int


@dataclass(slots=True, kw_only=True)
class _Waiter:
    call_id: str
    since_ms: int
    latest_ms: int
    progress: Progress | None
    budget: CallBudget | None
    place: Place | None = None
    bell: anyio.Event = field(default_factory=anyio.Event)
    reported_ms: int = 0
    joined: bool = True
    """Whether the store may hold something of it: certain to be false only once it was refused."""

    def comer(self, organisation_id: str) -> Comer:
        return Comer(
            call_id=self.call_id,
            organisation_id=organisation_id,
            agent=self.budget.agent if self.budget else "",
        )

    @property
    def waits(self) -> bool:
        return self.place is not None and self.place.standing is Standing.WAITS

    def take(self, place: Place, *, slack_ms: int) -> None:
        """Hear where one stands; a turn that has slipped beyond the bound is given up."""
        if place.standing is Standing.WAITS and place.turn_ms > self.latest_ms + slack_ms:
            place = Place(standing=Standing.LATE, turn_ms=place.turn_ms, ahead=place.ahead)
        self.place = place
        if place.standing is not Standing.WAITS:
            self.bell.set()


@dataclass(slots=True)
class _Line:
    """The calls of this process that wait for one organisation. One of them looks for all."""

    waiters: dict[str, _Waiter] = field(default_factory=dict[str, _Waiter])
    led: bool = False
    bell: anyio.Event = field(default_factory=anyio.Event)

    def queued(self) -> list[str]:
        return [one.call_id for one in self.waiters.values() if one.waits]

    def hand_over(self) -> None:
        """The one who looked is done: wake one who still waits."""
        self.led = False
        successor = next((one for one in self.waiters.values() if one.waits), None)
        if successor is not None:
            successor.bell.set()


class Limiter:
    """Xero's limits for one process, shared through the store with all the others."""

    def __init__(self, store: Store, clock: Clock, rules: LimitRules, process: Process) -> None:
        self._owed = Owed(store)
        self._clock = clock
        self._rules = rules
        self._new_id = process.new_id
        self._turnstile = Turnstile(rules, process.name, process.is_live)
        self._lines: dict[str, _Line] = {}

    async def acquire(
        self,
        organisation_id: str,
        *,
        max_wait_seconds: float | None = None,
        progress: Progress | None = None,
        budget: CallBudget | None = None,
    ) -> Permit:
        """Wait for the turn of one request.

        Raises:
            XeroMcpError: XERO_RATE_LIMITED, where the turn would come later than
                `max_wait_seconds` from now; LIMIT_REACHED, where the agent's own budget is
                used up. Said at once, with when to come back.
        """
        wait_seconds = self._rules.max_wait_seconds
        if max_wait_seconds is not None:
            wait_seconds = max(0.0, max_wait_seconds)
        now_ms = self._now_ms()
        waiter = _Waiter(
            call_id=self._new_id(),
            since_ms=now_ms,
            latest_ms=now_ms + round(wait_seconds * MILLISECONDS),
            progress=progress,
            budget=budget,
        )
        line = self._lines.setdefault(organisation_id, _Line())
        line.waiters[waiter.call_id] = waiter
        goes = False
        try:
            await self._queue(line, waiter, organisation_id)
            permit = self._permit(waiter, organisation_id)
            goes = True
            return permit
        finally:
            del line.waiters[waiter.call_id]
            if not line.waiters:
                self._lines.pop(organisation_id, None)
            elif not line.led:
                line.hand_over()
            if not goes:
                await self._withdraw(waiter, line)

    async def release(
        self,
        permit: Permit,
        *,
        counters: Counters | None = None,
        was_sent: bool = True,
        pause_seconds: float = 0.0,
    ) -> None:
        """The request is over. `counters` are its answer's; `was_sent` says whether it ever left.

        A store that cannot be written is no error here: the answer is worth more. It is told
        with this process's next call; without one, the call's lease ends by itself.
        """
        paused = (counters.retry_after_seconds if counters else None) or pause_seconds
        flown = Flown(
            call_id=permit.call_id,
            organisation_id=permit.organisation_id,
            started_ms=permit.started_ms,
            was_sent=was_sent,
            minute_left=counters.minute_left if counters else None,
            day_left=counters.day_left if counters else None,
            app_left=counters.app_left if counters else None,
            pause_ms=math.ceil(paused * MILLISECONDS),
            pause_everyone=counters.pause_everyone if counters else False,
        )
        with anyio.CancelScope(shield=True):
            # Rounded up: a call must never count as over before it was.
            await self._tell(permit.call_id, partial(self._settle, flown, self._now_ms() + 1))
            line = self._lines.get(permit.organisation_id)
            if line is not None:
                line.bell.set()

    async def _tell(self, call_id: str, news: Callable[[Tables], None]) -> None:
        try:
            await self._owed.quick(news)
        except StoreUnavailableError:
            self._owed.keep(call_id, news)

    def _settle(self, flown: Flown, ended_ms: int, tables: Tables) -> None:
        self._turnstile.settle(tables.calls, flown, ended_ms=ended_ms, now_ms=self._now_ms() + 1)
        if not flown.was_sent:
            tables.budgets.remove_call(flown.call_id)

    async def _queue(self, line: _Line, waiter: _Waiter, organisation_id: str) -> None:
        def arrive(tables: Tables) -> Place:
            if waiter.budget is not None:
                asked = Asked(
                    call_id=waiter.call_id, organisation_id=organisation_id, now_ms=self._now_ms()
                )
                take(tables, waiter.budget, asked, self._rules)
            place = self._turnstile.arrive(
                tables.calls,
                waiter.comer(organisation_id),
                now_ms=self._now_ms(),
                latest_ms=waiter.latest_ms,
            )
            if place.standing is Standing.LATE:
                tables.budgets.remove_call(waiter.call_id)
            return place

        waiter.take(await self._owed.quick(arrive), slack_ms=0)
        waiter.joined = waiter.place is not None and waiter.place.standing is not Standing.LATE
        while waiter.waits:
            if line.led:
                await self._rest(waiter.bell, self._rules.progress_every_seconds)
                waiter.bell = anyio.Event() if waiter.waits else waiter.bell
                await self._report(waiter)
            else:
                await self._lead(line, waiter, organisation_id)

    async def _lead(self, line: _Line, leader: _Waiter, organisation_id: str) -> None:
        """Look at the queue for every waiting call of this process, until one's own turn."""
        line.led = True
        try:
            while leader.waits:
                line.bell = anyio.Event()
                look = await self._look(line, organisation_id)
                if leader.waits:
                    await self._report(leader)
                    await self._rest(line.bell, self._pause_seconds(look))
        finally:
            line.hand_over()

    async def _look(self, line: _Line, organisation_id: str) -> Look:
        def look(tables: Tables) -> Look:
            now_ms = self._now_ms()
            # Also those that are just arriving: theirs must not be taken for abandoned.
            seen = self._turnstile.look(
                tables.calls, organisation_id, frozenset(registered), now_ms=now_ms
            )
            for comer in queued:
                if comer.call_id not in seen.places:
                    self._turnstile.rejoin(tables.calls, comer, now_ms)
            return seen

        registered = tuple(line.waiters)
        queued = tuple(line.waiters[one].comer(organisation_id) for one in line.queued())
        seen = await self._owed.quick(look)
        slack_ms = round(self._rules.recheck_slack_seconds * MILLISECONDS)
        for call_id, place in seen.places.items():
            if call_id in line.waiters:
                line.waiters[call_id].take(place, slack_ms=slack_ms)
        return seen

    def _pause_seconds(self, look: Look) -> float:
        """How long nothing can happen: a poll where it hangs on others, longer where on time."""
        if look.next_ms is None:
            return self._rules.poll_seconds
        ahead_seconds = (look.next_ms - self._now_ms()) / MILLISECONDS
        return min(self._rules.rest_seconds, max(self._rules.poll_seconds, ahead_seconds))

    async def _rest(self, bell: anyio.Event, seconds: float) -> None:
        """Sleep by the clock that was handed in, or until the bell."""
        async with anyio.create_task_group() as both:

            async def listen() -> None:
                await bell.wait()
                both.cancel_scope.cancel()

            both.start_soon(listen)
            await self._clock.sleep(seconds)
            both.cancel_scope.cancel()

    async def _report(self, waiter: _Waiter) -> None:
        """Say how the wait goes, where it is a long one and the last word is a while ago."""
        place, now_ms = waiter.place, self._now_ms()
        if waiter.progress is None or place is None or not waiter.waits:
            return
        done = (now_ms - waiter.since_ms) / MILLISECONDS
        left = max(0.0, (place.turn_ms - now_ms) / MILLISECONDS)
        due_ms = waiter.reported_ms + round(self._rules.progress_every_seconds * MILLISECONDS)
        if now_ms < due_ms or done + left < self._rules.progress_after_seconds:
            return
        waiter.reported_ms = now_ms
        message = f"Waiting for Xero's limit: about {math.ceil(left)} s, {place.ahead} calls ahead."
        with anyio.move_on_after(_PROGRESS_PATIENCE_SECONDS):
            await waiter.progress(round(done, 1), round(done + left, 1), message)

    def _permit(self, waiter: _Waiter, organisation_id: str) -> Permit:
        place = waiter.place
        if place is None or place.standing is not Standing.GOES:
            turn_ms = place.turn_ms if place is not None else self._now_ms()
            left_seconds = (turn_ms - self._now_ms()) / MILLISECONDS
            raise errors.rate_limited(max(1, math.ceil(left_seconds)))
        return Permit(
            call_id=waiter.call_id,
            organisation_id=organisation_id,
            started_ms=place.turn_ms,
            ticket=place.ticket,
        )

    async def _withdraw(self, waiter: _Waiter, line: _Line) -> None:
        """Give the place up: refused later on, cancelled, or cut short while it was being had."""

        def leave(tables: Tables) -> None:
            tables.calls.remove(waiter.call_id)
            tables.budgets.remove_call(waiter.call_id)

        with anyio.CancelScope(shield=True):
            if waiter.joined:
                await self._tell(waiter.call_id, leave)
            line.bell.set()

    def _now_ms(self) -> int:
        return math.floor(self._clock.now().timestamp() * MILLISECONDS)
