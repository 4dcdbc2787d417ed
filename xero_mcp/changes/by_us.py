"""Which changes our own calls made, as far as the log tells: by the ids in it, and by the clock."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final

from xero_mcp.audit.crosscheck_change import ChangeKind
from xero_mcp.audit.crosscheck_written import LATE, Known, Written, writes_in
from xero_mcp.audit.entry import Kind
from xero_mcp.audit.record import Record
from xero_mcp.changes.shown import Shown
from xero_mcp.clock import Clock, from_iso
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.audit import AuditFilters, AuditRow

TOLERANCE: Final = timedelta(seconds=2)
"""So far Xero's clock and ours may be apart."""
RUNNING: Final = timedelta(seconds=60)
"""No call takes longer until Xero has answered: what began before then has ended, or is lost."""
BATCH: Final = 1_000
MAX_BATCHES: Final = 20
"""Of records of writes: beyond that nobody looks who made a change."""
AGAIN_SECONDS: Final = 0.4
MAX_LOOKS: Final = 4
"""A call of ours that is still under way may be what changed it: its record comes in a moment."""
_NOTE: Final = "/note"
_SETTLED: Final = frozenset({"amount_paid", "remaining"})
"""Fields of what payments settle."""
_TRANSFERS: Final = frozenset({"spend-transfer", "receive-transfer"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A call of ours that made a change."""

    audit_id: str
    is_within: bool
    """Whether Xero's moment lies between its first and last record; else it is only near."""
    made: bool
    """Whether it made the thing."""


@dataclass(frozen=True, slots=True)
class Ours:
    """What of some things our own calls changed."""

    writes: Mapping[str, Sequence[Written]] = field(
        default_factory=lambda: MappingProxyType(dict[str, Sequence[Written]]())
    )
    """By the ids that their records name."""
    transfers: Sequence[Written] = ()
    taken_back: Sequence[Written] = ()
    """Payments of which the record names no document: those that were deleted."""

    def of(self, one: Shown) -> list[Own]:
        """The calls that may have made it what it is, the likeliest first."""
        at = one.updated_at
        if at is None:
            return []
        named = {each.id: each for name in (one.id, *one.related) for each in self._named(name)}
        found = [each for each in named.values() if _touches(each, one) and _is_near(each, at)]
        if one.fields.get("type") in _TRANSFERS:
            found += [each for each in self.transfers if _is_near(each, at) and _equals(each, one)]
        if _SETTLED & one.fields.keys():
            found += [each for each in self.taken_back if each.began <= at <= each.ended]
        own = [_own(each, one, at) for each in found]
        return sorted(own, key=lambda each: not each.is_within)

    def _named(self, name: str) -> Sequence[Written]:
        return self.writes.get(name, ())


class OwnWrites:
    """Looks into the log."""

    def __init__(self, store: Store, clock: Clock, write_tools: Iterable[str]) -> None:
        self._store = store
        self._clock = clock
        self._tools = tuple(write_tools)

    async def about(self, organisation_id: str, things: Sequence[Shown]) -> Ours:
        """The calls of ours that may have changed these; waits a little for one under way.

        Raises:
            StoreUnavailableError: the log cannot be read.
        """
        moments = [one.updated_at for one in things if one.updated_at is not None]
        if not moments:
            return Ours()
        since = min(moments) - LATE - TOLERANCE
        ours = Ours()
        for _ in range(MAX_LOOKS):
            rows = await self._store.read(lambda tables: self._rows(tables, organisation_id, since))
            records = [Record.of(row) for row in rows]
            ours = _sorted(writes_in(records))
            open_since = self._under_way(records)
            if not any(self._may_be(one, ours, open_since) for one in things):
                break
            await self._clock.sleep(AGAIN_SECONDS)
        return ours

    def _rows(self, tables: Tables, organisation_id: str, since: datetime) -> list[AuditRow]:
        filters = AuditFilters(organisation_id=organisation_id, since=since, tools=self._tools)
        found: list[AuditRow] = []
        for _ in range(MAX_BATCHES):
            before = found[-1].seq if found else None
            rows = tables.audit.page(filters, before_seq=before, limit=BATCH)
            found.extend(rows)
            if len(rows) < BATCH:
                return found
        return []

    def _under_way(self, records: Sequence[Record]) -> list[datetime]:
        """When each call began that has not ended."""
        ended = {one.row.intent_id for one in records if one.row.kind != Kind.INTENT}
        begun = [one for one in records if one.row.kind == Kind.INTENT]
        moments = [from_iso(one.row.at) for one in begun if one.id not in ended]
        return [at for at in moments if at > self._clock.now() - RUNNING]

    @staticmethod
    def _may_be(one: Shown, ours: Ours, open_since: Sequence[datetime]) -> bool:
        at = one.updated_at
        if at is None or not any(began - TOLERANCE <= at for began in open_since):
            return False
        return not ours.of(one)


def _sorted(writes: Iterable[Written]) -> Ours:
    by_id: dict[str, list[Written]] = {}
    transfers: list[Written] = []
    taken_back: list[Written] = []
    for one in writes:
        if one.id.endswith(_NOTE):
            continue
        for name in one.ids | one.beside:
            by_id.setdefault(name, []).append(one)
        if one.noun == "BankTransfers":
            transfers.append(one)
        if one.noun == "Payments" and one.ids and not one.beside:
            taken_back.append(one)
    return Ours(by_id, transfers, taken_back)


def _touches(write: Written, one: Shown) -> bool:
    """Whether the record says that it wrote this thing, or settled it."""
    return not write.ids.isdisjoint({one.id, *one.related}) or write.settles


def _is_near(write: Written, at: datetime) -> bool:
    return write.began - TOLERANCE <= at <= write.ended + TOLERANCE


def _equals(write: Written, one: Shown) -> bool:
    with suppress(InvalidOperation):
        return write.amount == abs(Decimal(one.fields.get("total", "")))
    return False


def _own(write: Written, one: Shown, at: datetime) -> Own:
    is_made = one.id in write.ids and ChangeKind.CREATED in write.covers
    return Own(
        audit_id=write.id,
        is_within=write.began <= at <= write.ended and write.known is Known.DONE,
        made=is_made,
    )
