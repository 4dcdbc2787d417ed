"""The feed is kept up: by every process that serves, beside what it serves."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import anyio
from anyio.abc import TaskGroup

from xero_mcp.changes.catching_up import CatchUp
from xero_mcp.changes.feed import SIGN
from xero_mcp.changes.gaps import look
from xero_mcp.changes.reading import Reader, Work
from xero_mcp.changes.resources import RESOURCES
from xero_mcp.clock import DAY
from xero_mcp.errors import ErrorCode, StoreUnavailableError, XeroMcpError
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.change_work import PendingRow
from xero_mcp.tool.feed import KEPT_FOR
from xero_mcp.xero.client import XeroClient

AT_ONCE: Final = 3
"""Readings under way in one process: one that waits for its organisation's turn stops no other."""
SHORTEST_REST_SECONDS: Final = 0.05
PEEK_SECONDS: Final = 1.0
"""How soon is seen what another process was told of and left to us."""
DEATH_SECONDS: Final = 2.0
"""How soon it is seen that a process died with work in its hands."""
ROUND_SECONDS: Final = 60.0
SIGN_FOR: Final = timedelta(minutes=3)
SWEEP_EVERY: Final = timedelta(hours=1)
FEED_FOR: Final = KEPT_FOR
DELIVERIES_FOR: Final = 35 * DAY
LOOK_SECONDS: Final = 55.0
BATCH: Final = 200
_REFERENCE: Final = frozenset(one.name for one in RESOURCES if one.is_reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """What the keeper does, and for whom."""

    work: Work
    reader: Reader
    catch_up: CatchUp
    xero: XeroClient
    scopes: Sequence[frozenset[str]]
    """With which the list of organisations may be asked for: one of them will do."""


class Keeper:
    """Reads what was told, asks for what was not, sweeps, and tells the cache of what is stale."""

    def __init__(self, duties: Duties) -> None:
        self._duties = duties
        self._work = duties.work
        self._bell = anyio.Event()
        self._swept_at: datetime | None = None

    def wake(self) -> None:
        """There may be something to read: look now, not in a second."""
        self._bell.set()
        self._bell = anyio.Event()

    async def keep(self) -> None:
        """Do all of it; never ends by itself."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._keep_reading)
            group.start_soon(self._keep_polling)
            group.start_soon(self._keep_round)
            group.start_soon(self._keep_from_the_dead)
            group.start_soon(self._follow)

    async def _keep_reading(self) -> None:
        slots = anyio.Semaphore(AT_ONCE)
        async with anyio.create_task_group() as group:
            while True:
                await slots.acquire()
                rows = await self._taken()
                if rows:
                    self._start(group, slots, rows)
                else:
                    slots.release()
                    await self._rest(lambda tables: tables.change_work.next_due_at())

    def _start(self, group: TaskGroup, slots: anyio.Semaphore, rows: Sequence[PendingRow]) -> None:
        async def read() -> None:
            try:
                with suppress(StoreUnavailableError):  # its lease ends, and it is read again
                    await self._duties.reader.read(rows)
            finally:
                slots.release()
                self.wake()

        group.start_soon(read)

    async def _taken(self) -> list[PendingRow]:
        with suppress(StoreUnavailableError):
            return await self._duties.reader.take()
        return []

    async def _keep_polling(self) -> None:
        while True:
            polled = False
            with suppress(StoreUnavailableError):
                polled = await self._duties.catch_up.poll()
            if not polled:
                await self._rest(lambda tables: tables.change_work.next_poll_at())

    async def _rest(self, next_at: Callable[[Tables], datetime | None]) -> None:
        """Until the bell, or until something is due; a look every so often is for the others'."""
        bell = self._bell
        seconds = PEEK_SECONDS
        with suppress(StoreUnavailableError):
            seconds = self._until(await self._work.store.read(next_at))
        async with anyio.create_task_group() as both:

            async def listen() -> None:
                await bell.wait()
                both.cancel_scope.cancel()

            both.start_soon(listen)
            await self._work.clock.sleep(seconds)
            both.cancel_scope.cancel()

    def _until(self, due_at: datetime | None) -> float:
        if due_at is None:
            return PEEK_SECONDS
        left_seconds = (due_at - self._work.clock.now()).total_seconds()
        return min(PEEK_SECONDS, max(SHORTEST_REST_SECONDS, left_seconds))

    async def _keep_round(self) -> None:
        is_start = True
        while True:
            with suppress(StoreUnavailableError):
                await self._work.store.quick(self._give_a_sign)
            with suppress(StoreUnavailableError, XeroMcpError):  # the next round tries again
                organisations = await self._organisations()
                await self._duties.catch_up.begin(organisations, is_start=is_start)
                is_start = False
            with suppress(StoreUnavailableError):
                await self._close_holes()
                await self._sweep()
            self.wake()
            await self._work.clock.sleep(ROUND_SECONDS)

    def _give_a_sign(self, tables: Tables) -> None:
        """Processes that keep no feed tell agents of this one, as long as somebody keeps it."""
        tables.kept.put(SIGN, self._work.holder, self._work.clock.now() + SIGN_FOR)

    async def _keep_from_the_dead(self) -> None:
        """What a process had that is no more is read by others, long before its lease is over."""
        while True:
            with suppress(StoreUnavailableError):
                holders = await self._work.store.read(lambda tables: tables.change_work.holders())
                for one in holders:
                    if one != self._work.holder and not self._work.is_live(one):
                        await self._release(one)
            await self._work.clock.sleep(DEATH_SECONDS)

    async def _release(self, holder: str) -> None:
        now = self._work.clock.now()
        await self._work.store.quick(lambda tables: tables.change_work.release(holder, now))
        self.wake()

    async def _organisations(self) -> list[str]:
        """Those that are connected now; the scopes that an app lacks are of no use to ask with.

        Raises:
            XeroMcpError: nothing is connected, or Xero cannot be asked.
        """
        refused: XeroMcpError | None = None
        for scopes in self._duties.scopes:
            try:
                return [one.id for one in await self._duties.xero.organisations(scopes)]
            except XeroMcpError as error:
                if error.code is not ErrorCode.SCOPE_MISSING:
                    raise
                refused = error
        if refused is not None:
            raise refused
        return []

    async def _close_holes(self) -> None:
        ranges = await self._work.store.read(lambda tables: len(tables.webhooks.ranges()))
        if ranges > 1:
            now = self._work.clock.now()
            await self._work.store.write(lambda tables: look(tables, now))

    async def _sweep(self) -> None:
        """Leave out what is old, once in a while."""
        now = self._work.clock.now()
        if self._swept_at is not None and now - self._swept_at < SWEEP_EVERY:
            return
        self._swept_at = now

        def sweep(tables: Tables) -> None:
            tables.changes.forget_before(now - FEED_FOR)
            tables.webhooks.forget(now - DELIVERIES_FOR)

        await self._work.store.quick(sweep)

    async def _follow(self) -> None:
        """Accounts and the like that changed, whoever noticed it, are not in memory any longer."""
        cursor: int | None = None
        while True:
            try:
                if cursor is None:
                    cursor = await self._work.feed.newest()
                await self._work.feed.grown(cursor, timeout_seconds=LOOK_SECONDS)
                cursor = await self._forget_after(cursor)
            except StoreUnavailableError:
                await self._work.clock.sleep(PEEK_SECONDS)

    async def _forget_after(self, cursor: int) -> int:
        found = await self._work.store.read(
            lambda tables: tables.changes.after(cursor, limit=BATCH)
        )
        for organisation_id in {one.organisation_id for one in found if one.resource in _REFERENCE}:
            self._duties.xero.forget_reference(organisation_id)
        return found[-1].seq if found else cursor
