"""What came as a webhook and was not taken: counted, and recorded without flooding the log."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from xero_mcp.audit.entry import Entry, Kind, Status
from xero_mcp.audit.log import AuditLog
from xero_mcp.clock import Clock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Store, Tables

RECORD_EVERY_SECONDS: Final = 60.0
"""So often at most a reason gets a record of its own; it says how many there were since."""
SETTLE_EVERY_SECONDS: Final = 0.2
MAX_ROUNDS: Final = 100_000
"""Of one who writes for all: more than five hours of a flood."""


class Outcome(StrEnum):
    """How a delivery ended, or an event of one."""

    TAKEN = "taken"
    REPEATED = "repeated"
    INTENT = "intent"
    SIGNATURE = "signature"
    TOO_LARGE = "too large"
    STALE = "stale"
    FUTURE = "future"
    UNREADABLE = "unreadable"
    EVENTS = "events"
    """Events that were new; the rest of these are of events too."""
    EVENTS_REPEATED = "events repeated"
    ORGANISATION = "organisation"
    OTHER_KIND = "other kind"
    TRIAL = "trial"


WHY: Final[Mapping[Outcome, str]] = {
    Outcome.SIGNATURE: "its signature is wrong or missing, so Xero did not send it like this, or "
    "XERO_WEBHOOK_KEY is not the key of this webhook",
    Outcome.TOO_LARGE: "its body is larger than any of Xero's",
    Outcome.STALE: "it is a day old or more, and Xero gives up after a day",
    Outcome.FUTURE: "its events are dated a day ahead or more; if Xero sent it, the clock of this "
    "machine is wrong",
    Outcome.UNREADABLE: "Xero signed it, but it is not in the form that Xero describes; every "
    "connected organisation is asked for its changes instead",
    Outcome.ORGANISATION: "an event is of an organisation that is not connected here",
}
"""What gets a record, in the words of its sentence."""


class Tally:
    """Counts in memory, and writes for all at once: a flood costs a few writes a second."""

    def __init__(self, store: Store, audit: AuditLog, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._uncounted: Counter[Outcome] = Counter()
        self._unsaid: Counter[Outcome] = Counter()
        self._details: dict[Outcome, str] = {}
        self._said_at: dict[Outcome, float] = {}
        self._is_writing = False
        self._settled_at = float("-inf")

    def add(self, outcome: Outcome, *, amount: int = 1, detail: str = "") -> None:
        """Keep it in mind until somebody settles."""
        self._uncounted[outcome] += amount
        if outcome in WHY:
            self._unsaid[outcome] += amount
            self._details[outcome] = detail

    async def settle(self) -> None:
        """Write down what was added; whoever comes while one writes leaves it to them."""
        if self._is_writing:
            return
        self._is_writing = True
        try:
            for _ in range(MAX_ROUNDS):
                if not self._uncounted:
                    return
                rest_seconds = self._settled_at + SETTLE_EVERY_SECONDS - self._clock.monotonic()
                if rest_seconds > 0:
                    await self._clock.sleep(rest_seconds)
                if not await self._write():
                    return
        finally:
            self._is_writing = False

    async def _write(self) -> bool:
        """Whether the store took it; what it did not take stays in mind."""
        self._settled_at = now = self._clock.monotonic()
        counted, self._uncounted = self._uncounted, Counter[Outcome]()
        said = {one: self._unsaid.pop(one) for one in list(self._unsaid) if self._is_due(one, now)}
        entries = [self._entry(outcome, times) for outcome, times in said.items()]

        def work(tables: Tables) -> None:
            for outcome, amount in counted.items():
                tables.webhooks.count(outcome, self._clock.now(), amount=amount)
            for entry in entries:
                self._audit.append(tables, entry)

        try:
            await (self._store.write(work) if entries else self._store.quick(work))
        except StoreUnavailableError:
            self._uncounted.update(counted)
            self._unsaid.update(said)
            return False
        self._said_at.update(dict.fromkeys(said, now))
        return True

    def _is_due(self, outcome: Outcome, now: float) -> bool:
        return now - self._said_at.get(outcome, float("-inf")) >= RECORD_EVERY_SECONDS

    def _entry(self, outcome: Outcome, times: int) -> Entry:
        often = f" ({times} times since the last record)" if times > 1 else ""
        known = self._details.get(outcome)
        detail = f" ({known})" if known else ""
        return Entry(
            kind=Kind.WEBHOOK,
            transport="http",
            status=Status.REFUSED,
            rule=outcome.value,
            reason=f"{WHY[outcome]}{detail}{often}",
        )
