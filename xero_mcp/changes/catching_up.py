"""Asking Xero by and by what changed: for what no webhook tells of, and for what was missed."""

from collections.abc import Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from xero_mcp.changes.fetching import MAX_PAGES, Fetcher
from xero_mcp.changes.noticing import Read
from xero_mcp.changes.pacing import spread
from xero_mcp.changes.reading import OVERLAP, OWN_LIMIT_SECONDS, Work, wait_seconds
from xero_mcp.changes.resources import BY_NAME, RESOURCES, Resource
from xero_mcp.changes.shown import Shown
from xero_mcp.clock import DAY
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.change_work import PositionRow
from xero_mcp.xero.scopes import broad_of, covers

CLOCKS_APART: Final = timedelta(minutes=5)
"""Xero's clock may be behind ours by so much, and nothing is missed."""
SELDOM: Final = 4
"""So many times longer one waits for what webhooks tell of, or what hardly ever changes."""
NEVER: Final = 3_650 * DAY
"""Polled where something asks for it, not by the clock."""
LEASE: Final = timedelta(seconds=300)
YOUNG: Final = timedelta(seconds=60)
"""A poll this long ago is not made again for a process that starts."""
PAUSE: Final = timedelta(hours=1)
"""Where it is not connected, or a scope is missing: until a person has mended it."""
FIRST_BACKOFF_SECONDS: Final = 30
LONGEST_BACKOFF_SECONDS: Final = 900
MAX_DOUBLINGS: Final = 5
AT_ONCE: Final = 50
"""Things in one transaction: calls and deliveries beside it must not wait long."""
_SHUT: Final = frozenset({ErrorCode.NOT_CONNECTED, ErrorCode.SCOPE_MISSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUpRules:
    """As the operator set it."""

    every_seconds: int
    """0: never by the clock."""
    is_told: bool
    """Whether webhooks come in."""
    scopes: frozenset[str] = frozenset()
    """XERO_SCOPES, a ceiling; empty: no ceiling."""

    def every(self, resource: Resource) -> timedelta:
        if self.every_seconds == 0:
            return NEVER
        is_seldom = (resource.is_told and self.is_told) or resource.is_reference
        return timedelta(seconds=self.every_seconds * (SELDOM if is_seldom else 1))

    def resources(self) -> list[Resource]:
        """Those for which the operator lets us ask."""
        return [one for one in RESOURCES if not self.scopes or _allows(self.scopes, one)]

    def any_scopes(self) -> list[frozenset[str]]:
        """Each would do to ask which organisations there are."""
        return list(dict.fromkeys(one.scopes for one in self.resources()))


class CatchUp:
    """Polls, one kind of thing of one organisation after the other."""

    def __init__(self, work: Work, fetcher: Fetcher, rules: CatchUpRules) -> None:
        self._work = work
        self._fetcher = fetcher
        self._rules = rules

    async def begin(self, organisation_ids: Collection[str], *, is_start: bool) -> None:
        """Keep up with these organisations: from now on where that is new.

        Where we start, or where one was away and is back, Xero is asked at once.
        """
        now = self._work.clock.now()
        held = await self._work.store.read(lambda tables: tables.change_work.positions())
        known = {(one.organisation_id, one.resource) for one in held}
        new = [
            (organisation_id, resource)
            for organisation_id in sorted(organisation_ids)
            for resource in self._rules.resources()
            if (organisation_id, resource.name) not in known
        ]
        soon = [
            one
            for one in held
            if one.organisation_id in organisation_ids
            and (self._is_back(one) or (is_start and self._is_due_at_start(one, now)))
        ]
        if is_start and self._rules.every_seconds == 0 and held:
            await self._work.store.quick(lambda tables: _stop(tables, organisation_ids, now))
        if new or soon:
            await self._work.store.quick(lambda tables: self._open(tables, now, new, soon))

    def _open(
        self,
        tables: Tables,
        now: datetime,
        new: Sequence[tuple[str, Resource]],
        soon: Sequence[PositionRow],
    ) -> None:
        for organisation_id, resource in new:
            next_at = now + self._rules.every(resource)
            # So that the overlap reaches back to now, and brings in nothing of before.
            tables.change_work.open_position(
                organisation_id, resource.name, since=now + OVERLAP, next_at=next_at
            )
        for one in soon:
            tables.change_work.poll_soon(one.organisation_id, one.resource, now)

    @staticmethod
    def _is_back(one: PositionRow) -> bool:
        return one.problem == ErrorCode.NOT_CONNECTED

    def _is_due_at_start(self, one: PositionRow, now: datetime) -> bool:
        is_young = one.polled_at is not None and now - one.polled_at < YOUNG
        return self._rules.every_seconds > 0 and not is_young

    async def poll(self) -> bool:
        """Ask for what is most overdue; False where nothing is due.

        Raises:
            StoreUnavailableError: it is asked again once its lease is over.
        """
        now = self._work.clock.now()

        def take(tables: Tables) -> PositionRow | None:
            return tables.change_work.take_position(self._work.holder, now=now, ends_at=now + LEASE)

        due_at = await self._work.store.read(lambda tables: tables.change_work.next_poll_at())
        if due_at is None or due_at > now:
            return False
        taken = await self._work.store.quick(take)
        if taken is None:
            return False
        resource = BY_NAME.get(taken.resource)
        moved = taken._replace(next_at=now + NEVER)
        if resource is not None:
            moved = await self._polled(taken, resource, now)
        await self._work.store.quick(lambda tables: self._move_on(tables, taken, moved))
        return True

    async def _polled(self, taken: PositionRow, resource: Resource, now: datetime) -> PositionRow:
        since = taken.since - OVERLAP
        newest, pages = taken.since, 0
        try:
            async with aclosing(
                self._fetcher.since(taken.organisation_id, resource, since)
            ) as found:
                async for things in found:
                    pages += 1
                    for start in range(0, len(things), AT_ONCE):
                        part = things[start : start + AT_ONCE]
                        await self._notice(taken.organisation_id, resource, part, now)
                    newest = max([newest, *(one.updated_at for one in things if one.updated_at)])
        except XeroMcpError as error:
            return _after_failure(taken, error, now)
        is_cut = pages >= MAX_PAGES
        every = max(self._rules.every(resource), await self._spread(taken.organisation_id, now))
        return taken._replace(
            since=newest if is_cut else max(newest, now - CLOCKS_APART),
            next_at=now if is_cut else now + every,
            polled_at=now,
            failures=0,
            problem=None,
        )

    async def _spread(self, organisation_id: str, now: datetime) -> timedelta:
        budget, kinds = self._fetcher.budget, len(self._rules.resources())
        return await self._work.store.read(
            lambda tables: spread(tables, budget, organisation_id, now, kinds=kinds)
        )

    async def _notice(
        self, organisation_id: str, resource: Resource, things: Sequence[Shown], now: datetime
    ) -> None:
        read = Read(
            organisation_id=organisation_id,
            resource=resource,
            things=things,
            now=now,
            ours=await self._work.own_writes.about(organisation_id, things),
        )

        def put(tables: Tables) -> int:
            self._work.noticer.notice(tables, read)
            return tables.changes.newest_seq()

        self._work.feed.ring(await self._work.store.write(put))

    def _move_on(self, tables: Tables, taken: PositionRow, moved: PositionRow) -> None:
        tables.change_work.polled(self._work.holder, taken, moved)
        if moved.problem == ErrorCode.NOT_CONNECTED:
            tables.change_work.pause(
                taken.organisation_id, until=moved.next_at, problem=moved.problem
            )


def _stop(tables: Tables, organisation_ids: Collection[str], now: datetime) -> None:
    """What earlier settings would have had asked for by the clock is not asked for."""
    for organisation_id in organisation_ids:
        tables.change_work.pause(organisation_id, until=now + NEVER)


def _after_failure(taken: PositionRow, error: XeroMcpError, now: datetime) -> PositionRow:
    if error.code is ErrorCode.LIMIT_REACHED:  # our own share: nothing is wrong
        seconds = wait_seconds(error) or OWN_LIMIT_SECONDS
        return taken._replace(next_at=now + timedelta(seconds=seconds))
    wait = PAUSE
    if error.code not in _SHUT:
        doubled = FIRST_BACKOFF_SECONDS * 2 ** min(taken.failures, MAX_DOUBLINGS)
        seconds = error.retry_after_seconds or min(doubled, LONGEST_BACKOFF_SECONDS)
        wait = timedelta(seconds=seconds)
    return taken._replace(next_at=now + wait, failures=taken.failures + 1, problem=error.code.value)


def _allows(scopes: frozenset[str], resource: Resource) -> bool:
    needed = resource.scopes
    return all(covers(scopes, one) for one in needed) or all(
        covers(scopes, one) for one in broad_of(needed)
    )
