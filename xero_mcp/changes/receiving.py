"""The receiver of webhooks: checks, writes down and answers; what changed is read later."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from xero_mcp.audit.log import AuditLog
from xero_mcp.changes.delivery import Delivery, is_signed
from xero_mcp.changes.event import Event, Standing, UnreadableError
from xero_mcp.changes.gaps import cover, poll_all
from xero_mcp.changes.refusing import Outcome, Tally
from xero_mcp.clock import DAY, Clock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.settings import Secret
from xero_mcp.store.base import Store, Tables
from xero_mcp.xero.connected import Connected

BURST_SECONDS: Final = 0.3
"""So long an event waits for others of the same thing: many together are one reading."""
WAKE_EVERY_SECONDS: Final = 0.1
"""Whoever reads looks when the first of a burst is due, and finds there what came since."""
CONNECTED_SECONDS: Final = 1.0
"""So long what is connected is not looked up again, unless it seems that something is not."""
MAX_AGE: Final = DAY
"""Xero gives a delivery up after a day, so what is older comes from somebody else."""


class Verdict(Enum):
    """What the sender hears: a status, and nothing else."""

    TAKEN = 200
    REFUSED = 401
    TOO_LARGE = 413
    AWAY = 503
    """The database does not take it; Xero sends it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiving:
    """What the receiver stands on."""

    store: Store
    audit: AuditLog
    clock: Clock
    keys: tuple[Secret, ...]
    connected: Callable[[Tables], Connected]
    """The organisations that are connected, as far as the store knows."""


@dataclass(slots=True)
class _Taking:
    """One delivery on its way into the store."""

    delivery: Delivery
    now: datetime
    is_connected: Callable[[str], bool]
    counted: Counter[Outcome] = field(default_factory=Counter[Outcome])
    strangers: list[str] = field(default_factory=list[str])


class Receiver:
    """Takes deliveries, one after the other or many at once, in as many processes as are wanted."""

    def __init__(self, given: Receiving, *, wake: Callable[[], None] = lambda: None) -> None:
        """`wake` is called when there is something to read."""
        self._given = given
        self._wake = wake
        self._tally = Tally(given.store, given.audit, given.clock)
        self._woken_at = float("-inf")
        self._connected: Connected | None = None
        self._connected_at = float("-inf")

    async def take(self, body: bytes, signatures: Sequence[str]) -> Verdict:
        """Take a delivery, durably where the verdict says so; Xero is asked nothing."""
        if not is_signed(body, signatures, self._given.keys):
            return self._refused(Outcome.SIGNATURE)
        try:
            delivery = Delivery.read(body)
        except UnreadableError:
            return await self._not_understood()
        if delivery.is_intent:
            self._tally.add(Outcome.INTENT)
            return Verdict.TAKEN
        age = self._given.clock.now() - delivery.newest_at
        if abs(age) >= MAX_AGE:
            return self._refused(Outcome.STALE if age >= MAX_AGE else Outcome.FUTURE)
        return await self._written_down(delivery)

    def too_large(self) -> Verdict:
        """Its body is none of Xero's; it was not read to its end."""
        self._tally.add(Outcome.TOO_LARGE)
        return Verdict.TOO_LARGE

    async def settle(self) -> None:
        """Write down what was refused; for after the answer, which does not wait for it."""
        await self._tally.settle()

    def _refused(self, outcome: Outcome) -> Verdict:
        self._tally.add(outcome)
        return Verdict.REFUSED

    async def _not_understood(self) -> Verdict:
        """Sent again it would be no clearer, and Xero would switch the webhook off for it."""
        now = self._given.clock.now()
        try:
            await self._given.store.write(lambda tables: poll_all(tables, now))
        except StoreUnavailableError:
            return Verdict.AWAY
        self._tally.add(Outcome.UNREADABLE)
        self._say_that_there_is_work()
        return Verdict.TAKEN

    async def _written_down(self, delivery: Delivery) -> Verdict:
        def work(tables: Tables) -> _Taking | Outcome:
            now = self._given.clock.now()
            before = tables.webhooks.delivered_at(delivery.digest)
            if before is not None:
                return Outcome.STALE if now - before >= MAX_AGE else Outcome.REPEATED
            taking = _Taking(delivery, now, lambda one: self._is_connected(tables, one))
            _take(tables, taking)
            return taking

        try:
            found = await self._given.store.write(work)
        except StoreUnavailableError:
            return Verdict.AWAY
        if isinstance(found, Outcome):
            self._tally.add(found)
            return Verdict.REFUSED if found is Outcome.STALE else Verdict.TAKEN
        for outcome, amount in found.counted.items():
            detail = ", ".join(sorted(set(found.strangers))[:3])
            self._tally.add(outcome, amount=amount, detail=detail)
        self._say_that_there_is_work()
        return Verdict.TAKEN

    def _is_connected(self, tables: Tables, organisation_id: str) -> bool:
        """Whether it is, or nobody knows yet; a no is never an old one."""
        now, known = self._given.clock.monotonic(), self._connected
        is_young = now - self._connected_at < CONNECTED_SECONDS
        if known is not None and is_young and known.may_hold(organisation_id):
            return True
        self._connected = known = self._given.connected(tables)
        self._connected_at = now
        return known.may_hold(organisation_id)

    def _say_that_there_is_work(self) -> None:
        now = self._given.clock.monotonic()
        if now - self._woken_at >= WAKE_EVERY_SECONDS:
            self._woken_at = now
            self._wake()


def _take(tables: Tables, taking: _Taking) -> None:
    """Everything that a new delivery leaves in the store, in one transaction."""
    delivery, now = taking.delivery, taking.now
    tables.webhooks.add_delivery(delivery.digest, now)
    new = sum([_take_event(tables, taking, event) for event in delivery.events])
    if delivery.is_numbered:
        cover(tables, delivery, now)
    taking.counted.update({Outcome.TAKEN: 1, **({Outcome.EVENTS: new} if new else {})})


def _take_event(tables: Tables, taking: _Taking, event: Event) -> bool:
    """Whether it is new, and of those that are kept."""
    outcome = _left_out(taking, event)
    if outcome is None and not tables.webhooks.add_event(event.row(taking.now)):
        outcome = Outcome.EVENTS_REPEATED
    if outcome is not None:
        taking.counted[outcome] += 1
        return False
    due_at = taking.now + timedelta(seconds=BURST_SECONDS)
    tables.change_work.want(event.wanted(), due_at=due_at)
    return True


def _left_out(taking: _Taking, event: Event) -> Outcome | None:
    if event.standing is Standing.TRIAL:
        return Outcome.TRIAL
    if event.standing is Standing.OTHER_KIND:
        return Outcome.OTHER_KIND
    if not taking.is_connected(event.organisation_id):
        taking.strangers.append(event.organisation_id)
        return Outcome.ORGANISATION
    return None
