"""What Xero told of is read again: once for a burst, many with one request, and put into the feed.

The reading and the settling of what was told are one transaction: whoever dies on the way leaves
it to be read again, and nothing is in the feed twice.
"""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from xero_mcp.changes.by_us import OwnWrites
from xero_mcp.changes.feed import StoreFeed
from xero_mcp.changes.fetching import MAX_IDS, Fetcher
from xero_mcp.changes.noticing import Noticer, Read
from xero_mcp.changes.pacing import spread
from xero_mcp.changes.resources import BY_NAME, Resource
from xero_mcp.changes.shown import Shown
from xero_mcp.clock import DAY, MINUTE, Clock
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.change_work import PendingRow
from xero_mcp.tool.feed import ChangeKind

TOLERANCE: Final = timedelta(seconds=2)
"""Xero writes down an event a little after it changed the thing."""
OVERLAP: Final = timedelta(seconds=60)
"""So much earlier is asked from where there are no ids to ask with."""
AGAIN_SECONDS: Final = (2.0, 30.0)
"""When to look again for what Xero does not show yet; then that is what the feed says."""
CALM: Final = timedelta(seconds=1)
"""Between two readings of one kind, in all processes, unless so much waits that it fills one."""
LEASE: Final = timedelta(seconds=120)
LATER_SECONDS: Final = 60
"""Where Xero cannot be asked and does not say how long."""
OWN_LIMIT_SECONDS: Final = 3
"""Where our own budget of a minute is used up: places in it come free one by one."""
PAUSE_SECONDS: Final = 300
"""Where it is not connected."""
GIVEN_UP_AFTER: Final = DAY
"""What could not be read for so long goes into the feed as unreadable."""

_LIMITS: Final = frozenset({ErrorCode.LIMIT_REACHED, ErrorCode.XERO_RATE_LIMITED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What reading stands on."""

    store: Store
    clock: Clock
    feed: StoreFeed
    noticer: Noticer
    own_writes: OwnWrites
    holder: str
    """This process, as no other process of the store is called."""
    is_live: Callable[[str], bool]
    """Whether another process of the store still runs."""


class Reader:
    """Reads what Xero told of; several processes share the work."""

    def __init__(self, work: Work, fetcher: Fetcher) -> None:
        self._work = work
        self._fetcher = fetcher

    async def take(self) -> list[PendingRow]:
        """What is due, of one kind and one organisation, for us alone for a while."""
        now = self._work.clock.now()

        def take(tables: Tables) -> list[PendingRow]:
            work = tables.change_work
            rows = work.take(self._work.holder, now=now, ends_at=now + LEASE, limit=MAX_IDS)
            if 0 < len(rows) < MAX_IDS:
                first = rows[0]
                organisation_id, budget = first.organisation_id, self._fetcher.budget
                calm = max(CALM, spread(tables, budget, organisation_id, now, kinds=1))
                work.calm(organisation_id, first.resource, until=now + calm)
            return rows

        due_at = await self._work.store.read(lambda tables: tables.change_work.next_due_at())
        if due_at is None or due_at > now:
            return []
        return await self._work.store.quick(take)

    async def read(self, rows: Sequence[PendingRow]) -> None:
        """Read what was taken, and put what it brings into the feed.

        Raises:
            StoreUnavailableError: it is to be read again, once its lease is over.
        """
        resource = BY_NAME.get(rows[0].resource)
        if resource is None:
            await self._work.store.write(lambda tables: self._done(tables, rows))
            return
        try:
            things = await self._fetch(resource, await self._uncovered(rows))
        except XeroMcpError as error:
            await self._put_off(resource, rows, error)
            return
        organisation_id = rows[0].organisation_id
        read = Read(
            organisation_id=organisation_id,
            resource=resource,
            things=things,
            now=self._work.clock.now(),
            told={one.resource_id: one for one in rows},
            ours=await self._work.own_writes.about(organisation_id, things),
        )
        newest = await self._work.store.write(lambda tables: self._settle(tables, rows, read))
        self._work.feed.ring(newest)

    async def _uncovered(self, rows: Sequence[PendingRow]) -> list[PendingRow]:
        """Those of which nothing is known that is as new as what was told."""

        def look(tables: Tables) -> list[PendingRow]:
            return [one for one in rows if not _is_known(tables, one, timedelta(0))]

        return await self._work.store.read(look)

    async def _fetch(self, resource: Resource, rows: Sequence[PendingRow]) -> list[Shown]:
        if not rows:
            return []
        ids = {one.resource_id for one in rows}
        organisation_id = rows[0].organisation_id
        if resource.has_ids:
            return await self._fetcher.by_ids(organisation_id, resource, sorted(ids))
        since = min(one.first_event_at for one in rows) - OVERLAP
        found: dict[str, Shown] = {}
        async with aclosing(self._fetcher.since(organisation_id, resource, since)) as pages:
            async for page in pages:
                found.update({one.id: one for one in page if one.id in ids})
                if ids <= found.keys():
                    break
        return list(found.values())

    def _settle(self, tables: Tables, rows: Sequence[PendingRow], read: Read) -> int:
        """Into the feed with what is new, and away with what was told."""
        self._work.noticer.notice(tables, read)
        seen = {one.id for one in read.things}
        done: list[PendingRow] = []
        for one in rows:
            if _is_known(tables, one, TOLERANCE):
                done.append(one)
            elif one.attempts < len(AGAIN_SECONDS):
                again = timedelta(seconds=AGAIN_SECONDS[one.attempts])
                tables.change_work.put_back(self._work.holder, [one], due_at=read.now + again)
            else:
                kind = ChangeKind.TOLD if one.resource_id in seen else ChangeKind.UNREADABLE
                self._work.noticer.say(tables, read, one, kind)
                done.append(one)
        self._done(tables, done)
        return tables.changes.newest_seq()

    async def _put_off(
        self, resource: Resource, rows: Sequence[PendingRow], error: XeroMcpError
    ) -> None:
        """Xero could not be asked: later again, unless it never will show them."""
        now = self._work.clock.now()
        given_up = [one for one in rows if _is_hopeless(one, error, now)]
        later = [one for one in rows if one not in given_up]
        seconds = wait_seconds(error) or LATER_SECONDS
        read = Read(organisation_id=rows[0].organisation_id, resource=resource, things=(), now=now)

        def put_off(tables: Tables) -> int:
            due_at = now + timedelta(seconds=seconds)
            tables.change_work.postpone(self._work.holder, later, due_at=due_at)
            for one in given_up:
                self._work.noticer.say(tables, read, one, ChangeKind.UNREADABLE)
            self._done(tables, given_up)
            return tables.changes.newest_seq()

        self._work.feed.ring(await self._work.store.write(put_off))

    def _done(self, tables: Tables, rows: Sequence[PendingRow]) -> None:
        tables.change_work.done(self._work.holder, rows)


def wait_seconds(error: XeroMcpError) -> int | None:
    """How long to leave Xero alone; None where nobody says."""
    if error.code is ErrorCode.NOT_CONNECTED:
        return PAUSE_SECONDS
    if error.code is ErrorCode.LIMIT_REACHED:
        of_a_minute = (error.retry_after_seconds or 0) <= MINUTE.total_seconds()
        return OWN_LIMIT_SECONDS if of_a_minute else LATER_SECONDS
    return error.retry_after_seconds


def _is_hopeless(one: PendingRow, error: XeroMcpError, now: datetime) -> bool:
    """Whether to give it up; not for a limit, which comes free: a replay is of old events."""
    if error.code is ErrorCode.SCOPE_MISSING:
        return True
    return error.code not in _LIMITS and now - one.wanted_at > GIVEN_UP_AFTER


def _is_known(tables: Tables, one: PendingRow, tolerance: timedelta) -> bool:
    known = tables.changes.known(one.organisation_id, one.resource, one.resource_id)
    return known is not None and known.updated_at >= one.event_at - tolerance
