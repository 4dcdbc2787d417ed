"""What a watch can follow: the feed of changes, or the audit log for what cross-checks found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from xero_mcp.audit.crosscheck import UNACCOUNTED
from xero_mcp.audit.entry import Kind
from xero_mcp.audit.record import Record
from xero_mcp.changes.news import News, news_of_change, news_of_record
from xero_mcp.changes.watch_rule import Rule
from xero_mcp.clock import Clock, to_iso
from xero_mcp.store.base import Store
from xero_mcp.store.tables.audit import AuditRow
from xero_mcp.tool.feed import Change, Feed

LOG_LOOK_SECONDS: Final = 1.0
LOG_BATCH: Final = 1_000
"""Records that are read at once: few of them are cross-checks."""
MAX_HALVINGS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something that a rule may wait for."""

    position: int
    organisation_id: str
    change: Change | None = None
    record: Record | None = None

    def news(self, rule: Rule, organisation: str) -> News | None:
        """What to tell; None where the rule does not wait for it."""
        if self.record is not None:
            return news_of_record(self.record, organisation) if rule.reads_the_log else None
        if self.change is None:
            return None
        if not rule.conditions:
            return news_of_change(self.change, organisation)
        for condition in rule.conditions:
            match = condition.match(self.change)
            if match is not None:
                return news_of_change(self.change, organisation, unsure=match.unsure)
        return None


class Page(NamedTuple):
    """What came next."""

    found: Sequence[Found]
    position: int
    """Behind all that was looked at."""
    is_all: bool
    """Whether nothing more was there."""


class Source(Protocol):
    """Something that grows, and is read by position."""

    @property
    def name(self) -> str: ...

    async def newest(self) -> int: ...

    async def oldest(self) -> int:
        """The position behind which stands all that is kept."""
        ...

    async def at(self, since: datetime) -> int:
        """The position behind which stands all from then on."""
        ...

    async def after(self, position: int, *, limit: int) -> Page: ...

    async def wait(self, position: int, seconds: float) -> None:
        """Return when there is more, or when the time is over."""
        ...


class FeedSource:
    """Changes in Xero."""

    name = "feed"

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    async def newest(self) -> int:
        return await self._feed.newest()

    async def oldest(self) -> int:
        return await self._feed.oldest()

    async def at(self, since: datetime) -> int:
        return await self._feed.cursor_at(since)

    async def after(self, position: int, *, limit: int) -> Page:
        found = [
            Found(position=one.cursor, organisation_id=one.organisation_id, change=one)
            for one in await self._feed.after(position, limit=limit)
        ]
        stands = found[-1].position if found else position
        return Page(found, stands, is_all=len(found) < limit)

    async def wait(self, position: int, seconds: float) -> None:
        await self._feed.grown(position, timeout_seconds=seconds)


class LogSource:
    """What cross-checks found: records that the log has of them."""

    name = "log"

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def newest(self) -> int:
        seq, _ = await self._store.read(lambda tables: tables.audit.tail())
        return seq

    async def oldest(self) -> int:
        first = await self._rows(0, limit=1)
        return first[0].seq - 1 if first else 0

    async def at(self, since: datetime) -> int:
        """By halving: records are in the order of their moments."""
        low, high, moment = await self.oldest(), await self.newest(), to_iso(since)
        for _ in range(MAX_HALVINGS):
            if low >= high:
                break
            middle = (low + high) // 2
            [row] = await self._rows(middle, limit=1)
            low, high = (low, middle) if row.at >= moment else (row.seq, high)
        return low

    async def after(self, position: int, *, limit: int) -> Page:
        rows = await self._rows(position, limit=LOG_BATCH)
        found = [_found(row) for row in rows if _is_finding(row)][:limit]
        if len(found) == limit:
            return Page(found, found[-1].position, is_all=False)
        stands = rows[-1].seq if rows else position
        return Page(found, stands, is_all=len(rows) < LOG_BATCH)

    async def wait(self, position: int, seconds: float) -> None:
        until = self._clock.monotonic() + seconds
        while self._clock.monotonic() < until and await self.newest() <= position:
            await self._clock.sleep(LOG_LOOK_SECONDS)

    async def _rows(self, position: int, *, limit: int) -> list[AuditRow]:
        return await self._store.read(lambda tables: tables.audit.scan(position, limit=limit))


def _is_finding(row: AuditRow) -> bool:
    return row.kind == Kind.CROSSCHECK and UNACCOUNTED in (row.look or "")


def _found(row: AuditRow) -> Found:
    organisation_id = row.organisation_id or ""
    return Found(position=row.seq, organisation_id=organisation_id, record=Record.of(row))
