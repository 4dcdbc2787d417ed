"""Follows the feed or the log for each rule, and tells what it waits for: late rather than never.

A rule's position moves behind what was told only after it was taken. A crash between the two
tells it once more; the id of each event is then the same.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from xero_mcp.changes.news import News
from xero_mcp.changes.telling import NotTakenError, Teller
from xero_mcp.changes.watch_rule import Rule
from xero_mcp.changes.watch_sources import Found, Source
from xero_mcp.clock import Clock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Store, Tables
from xero_mcp.text import one_line

BATCH: Final = 50
"""As many changes are told of at once."""
WAIT_SECONDS: Final = 30.0
FIRST_PAUSE_SECONDS: Final = 1.0
MAX_PAUSE_SECONDS: Final = 900.0
"""Between two tries to tell the same, however long it has failed."""
MAX_TRIES_ONCE: Final = 3
"""With `--once`: then it is for the next run."""
NOTE_AGAIN: Final = timedelta(minutes=10)
NAMES_AGAIN: Final = timedelta(minutes=1)
MAX_CURRENCIES_NOTED: Final = 20

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Names = Mapping[str, str]
"""Organisations: id to name."""


class GivenUpError(Exception):
    """With `--once`: something was not told, and stays for the next run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a rule begins that has no position yet."""

    since: datetime | None = None
    from_start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One rule at work."""

    rule: Rule
    source: Source
    teller: Teller
    keeps_position: bool = True

    @property
    def place(self) -> str:
        """What its position is kept under; a rule that changes what it follows begins anew."""
        return f"{self.source.name}:{self.rule.name}"


class OrganisationNames:
    """The names of organisations as the store has them, read again where an id is not known."""

    def __init__(self, read: Callable[[], Awaitable[Names]], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._known: Names = {}
        self._read_at: datetime | None = None

    async def of(self, organisation_id: str) -> str:
        """Its name; empty where nobody knows it."""
        now = self._clock.now()
        old = self._read_at is None or now - self._read_at > NAMES_AGAIN
        if organisation_id not in self._known and old:
            self._known, self._read_at = await self._read(), now
        return self._known.get(organisation_id, "")


class Watcher:
    """Runs rules, each for itself: one that nobody answers holds up no other."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        names: OrganisationNames,
        note: Callable[[str], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._names = names
        self._note = note
        self._currencies: set[tuple[str, str]] = set()

    async def run(self, watch: Watch, start: Start, *, once: bool = False) -> None:
        """Follow until cancelled; with `once`, up to what is there now.

        Raises:
            GivenUpError: with `once`, where something could not be told.
            StoreUnavailableError: with `once`, where the store cannot be read.
        """
        trouble = _Trouble(watch.rule.name, self._clock, self._note, once=once)
        place: _Place | None = None
        while True:  # for as long as somebody watches; each round waits, or moves on
            try:
                place = place or await self._begin(watch, start)
                is_all = await self._step(watch, place, trouble)
                trouble.over()
                if is_all and once:
                    return
                if is_all:
                    await watch.source.wait(place.told, WAIT_SECONDS)
            except StoreUnavailableError as error:
                if once:
                    raise
                await trouble.pause(f"the database cannot be used ({error})")

    async def _begin(self, watch: Watch, start: Start) -> "_Place":
        """Where it goes on; a rule without a position gets one before anything else."""
        position = await self._kept(watch) if watch.keeps_position else None
        oldest = await watch.source.oldest()
        if position is None:
            position = await self._first(watch.source, start)
        elif position < oldest:
            self._note(
                f"{watch.rule.name}: changes that it had not told of yet were cleared away because "
                "of their age."
            )
        newest = await watch.source.newest()
        if position > newest:
            self._note(
                f"{watch.rule.name}: its place lies behind all that is there, as in a database "
                "that was restored. It goes on from now."
            )
        place = _Place(told=min(max(position, oldest), newest))
        await self._keep(watch, place)
        return place

    async def _first(self, source: Source, start: Start) -> int:
        if start.from_start:
            return await source.oldest()
        return await source.at(start.since) if start.since else await source.newest()

    async def _step(self, watch: Watch, place: "_Place", trouble: "_Trouble") -> bool:
        """Tell of the next changes; return whether that was all."""
        await self._keep(watch, place)
        page = await watch.source.after(place.told, limit=BATCH)
        all_news = [await self._news(watch.rule, each) for each in page.found]
        news = [one for one in all_news if one is not None]
        if news:
            await self._tell(watch, news, trouble)
        place.told = page.position
        await self._keep(watch, place, is_durable=bool(news))
        return page.is_all

    async def _tell(self, watch: Watch, news: Sequence[News], trouble: "_Trouble") -> None:
        while True:  # until it is taken; `trouble` bounds the pauses, and the tries of `--once`
            try:
                return await watch.teller.tell(watch.rule, news)
            except NotTakenError as error:
                await trouble.pause(f"{len(news)} not told: {error}")

    async def _news(self, rule: Rule, found: Found) -> News | None:
        name = await self._names.of(found.organisation_id)
        if rule.organisation is not None and not _is_meant(rule, found.organisation_id, name):
            return None
        if found.change is not None:
            self._note_currencies(rule, found)
        return found.news(rule, name or found.organisation_id)

    def _note_currencies(self, rule: Rule, found: Found) -> None:
        """Say once that amounts in a currency are compared with nothing."""
        for condition in rule.conditions:
            currency = condition.other_currency(found.change) if found.change else None
            seen = (rule.name, currency or "")
            if currency and seen not in self._currencies:
                if len(self._currencies) < MAX_CURRENCIES_NOTED:
                    self._note(
                        f"{rule.name}: there are documents in {one_line(currency, limit=10)}; "
                        f"`{condition.text}` compares none of them."
                    )
                self._currencies.add(seen)

    async def _kept(self, watch: Watch) -> int | None:
        return await self._store.read(lambda tables: tables.changes.watched(watch.place))

    async def _keep(self, watch: Watch, place: "_Place", *, is_durable: bool = True) -> None:
        """Note how far it has told; what told nobody anything may be forgotten by a power cut."""
        if not watch.keeps_position or place.kept == place.told:
            return
        now = self._clock.now()

        def write(tables: Tables) -> None:
            tables.changes.watch(watch.place, place.told, now)

        await (self._store.write(write) if is_durable else self._store.quick(write))
        place.kept = place.told


@dataclass(slots=True)
class _Place:
    """How far a rule has told; a database that is away makes nothing told twice."""

    told: int
    kept: int | None = None


class _Trouble:
    """Pauses that grow, and what is said of them: at once, then seldom, then that it is over."""

    def __init__(self, name: str, clock: Clock, note: Callable[[str], None], *, once: bool) -> None:
        self._name = name
        self._clock = clock
        self._note = note
        self._once = once
        self._tries = 0
        self._since: datetime | None = None
        self._noted: datetime | None = None

    async def pause(self, why: str) -> None:
        """Wait before the next try.

        Raises:
            GivenUpError: it was tried often enough for one run.
        """
        now = self._clock.now()
        self._since = self._since or now
        self._tries += 1
        if self._once and self._tries >= MAX_TRIES_ONCE:
            raise GivenUpError(f"{self._name}: {why}. It stays for the next run.")
        if self._noted is None or now - self._noted >= NOTE_AGAIN:
            self._noted = now
            since = f" since {self._since:%H:%M} UTC" if now > self._since else ""
            self._note(f"{self._name}: {why}{since}. It is tried again; other rules go on.")
        doubled = FIRST_PAUSE_SECONDS * 2.0 ** min(self._tries - 1, 10)
        await self._clock.sleep(min(doubled, MAX_PAUSE_SECONDS))

    def over(self) -> None:
        if self._since is not None:
            self._note(f"{self._name}: it works again, after {self._tries} tries that failed.")
        self._tries, self._since, self._noted = 0, None, None


def _is_meant(rule: Rule, organisation_id: str, name: str) -> bool:
    """Whether the rule is for it. Where nobody knows its name, it may be: better told than not."""
    low = (rule.organisation or "").casefold()
    if low in {organisation_id.casefold(), name.casefold()}:
        return True
    return not name and _ID.fullmatch(low) is None
