"""The feed over the store: read by cursor, and waited for by any number at the price of one."""

from datetime import datetime

import anyio

from xero_mcp.changes.sealed import Box
from xero_mcp.clock import Clock
from xero_mcp.store.base import Store
from xero_mcp.store.tables.changes import ChangeRow
from xero_mcp.tool.access import Area
from xero_mcp.tool.feed import Change, ChangeKind

LOOK_SECONDS = 0.5
"""How often the store is asked whether another process added something, while somebody waits."""
SIGN = "feed-is-kept"
"""What a process that keeps the feed up leaves in the store, anew every minute."""
MAX_ROWS = 1_000
"""No answer of `after` holds more."""


class StoreFeed:
    """See `tool.feed.Feed`. It runs nothing by itself: whoever waits first looks for all."""

    def __init__(
        self, store: Store, clock: Clock, box: Box, *, is_kept: bool, is_alone: bool = False
    ) -> None:
        """With `is_alone` it does not count that another process fills it."""
        self._store = store
        self._clock = clock
        self._box = box
        self._is_kept = is_kept
        self._is_alone = is_alone
        self._seen = 0
        """The newest cursor that a look or a ring brought."""
        self._bells: dict[object, anyio.Event] = {}
        """One for each who waits, in the order in which they came."""
        self._is_led = False
        """Whether one of them looks for all."""

    @property
    def is_kept(self) -> bool:
        return self._is_kept

    async def is_filled(self) -> bool:
        if self._is_kept or self._is_alone:
            return self._is_kept
        now = self._clock.now()
        return await self._store.read(lambda tables: tables.kept.get(SIGN, now) is not None)

    async def newest(self) -> int:
        return await self._store.read(lambda tables: tables.changes.newest_seq())

    async def oldest(self) -> int:
        def first(oldest: int | None, newest: int) -> int:
            return newest if oldest is None else oldest - 1

        return await self._store.read(
            lambda tables: first(tables.changes.oldest_seq(), tables.changes.newest_seq())
        )

    async def cursor_at(self, since: datetime) -> int:
        return await self._store.read(lambda tables: tables.changes.seq_before(since))

    async def after(self, cursor: int, *, limit: int) -> list[Change]:
        most = min(limit, MAX_ROWS)
        rows = await self._store.read(lambda tables: tables.changes.after(cursor, limit=most))
        return [self._opened(row) for row in rows]

    async def grown(self, cursor: int, *, timeout_seconds: float) -> bool:
        """See `Feed.grown`.

        Raises:
            StoreUnavailableError: the store cannot be asked.
        """
        until = self._clock.monotonic() + timeout_seconds
        self.ring(await self.newest())
        while self._seen <= cursor and self._clock.monotonic() < until:
            if self._is_led:
                await self._rest(until - self._clock.monotonic())
            else:
                await self._lead(cursor, until)
        return self._seen > cursor

    def ring(self, newest: int) -> None:
        """Something was added in this process, or seen of another one: wake all who wait."""
        if newest > self._seen:
            self._seen = newest
            for bell in self._bells.values():
                bell.set()

    async def _lead(self, cursor: int, until: float) -> None:
        """Look for all until one's own wait is over; then let one of the others look."""
        self._is_led = True
        try:
            while self._seen <= cursor:
                left_seconds = until - self._clock.monotonic()
                if left_seconds <= 0:
                    return
                if not await self._rest(min(left_seconds, LOOK_SECONDS)):
                    self.ring(await self.newest())
        finally:
            self._is_led = False
            for bell in self._bells.values():
                bell.set()
                break

    async def _rest(self, seconds: float) -> bool:
        """Wait for the bell; whether it rang in time, by the clock that was handed in."""
        bell, place = anyio.Event(), object()
        self._bells[place] = bell
        try:
            async with anyio.create_task_group() as both:

                async def listen() -> None:
                    await bell.wait()
                    both.cancel_scope.cancel()

                both.start_soon(listen)
                await self._clock.sleep(seconds)
                both.cancel_scope.cancel()
        finally:
            del self._bells[place]
        return bell.is_set()

    def _opened(self, row: ChangeRow) -> Change:
        told = self._box.open_change(row)
        return Change(
            cursor=row.seq,
            organisation_id=row.organisation_id,
            area=Area(row.area),
            resource=row.resource,
            id=row.resource_id,
            contact_id=row.contact_id,
            kind=ChangeKind(row.kind),
            changed_at=row.changed_at,
            noticed_at=row.noticed_at,
            audit_id=row.audit_id,
            events=row.events,
            before=told.before,
            after=told.after,
            now=told.now,
        )
