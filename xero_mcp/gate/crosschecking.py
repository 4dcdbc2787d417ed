"""Hold the log against Xero's own history of one organisation, and write down what came of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from xero_mcp.audit.crosscheck import (
    UNACCOUNTED,
    WINDOW,
    Fault,
    Mismatch,
    compare,
    own_names,
    told,
)
from xero_mcp.audit.crosscheck_written import LATE, Known, Written, writes_in
from xero_mcp.audit.entry import Entry, Kind, OrganisationRef, ResultRef, Status, XeroRequestRef
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.record import Record
from xero_mcp.clock import to_iso
from xero_mcp.errors import XeroMcpError
from xero_mcp.gate.attributing import WITH_HISTORY
from xero_mcp.gate.history_reading import (
    Document,
    HistoryReading,
    Tell,
    TooManyRequestsError,
    history_grants,
)
from xero_mcp.gate.records import as_refs
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.audit import AuditFilters, AuditRow
from xero_mcp.xero.client import XeroClient
from xero_mcp.xero.models.connection import OrganisationRef as XeroOrganisation
from xero_mcp.xero.scoped import ScopedXero

BATCH: Final = 1_000
MAX_BATCHES: Final = 1_000
"""A million records of one organisation."""
MAX_WAIT_SECONDS: Final = 300.0
"""For a place among the organisation's calls; agents go on meanwhile."""
MAX_IDS: Final = 50
MAX_REQUESTS_KEPT: Final = 100
"""In the record; how many there were it says in words."""
MARKS: Final = (UNACCOUNTED,)
OF_XERO_ITSELF: Final = "System Generated"
"""Stands in histories where nobody did it."""
_IN_WORDS: Final[Mapping[Fault, str]] = MappingProxyType(
    {
        Fault.NO_RECORD: "without a record",
        Fault.NOT_SETTLED: "that may be a write whose outcome is unknown",
        Fault.NOT_SHOWN: "recorded that Xero does not show",
        Fault.OTHER_TOTAL: "of another total than recorded",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person wants to have compared."""

    since: datetime
    max_requests: int
    person: str
    names: frozenset[str] = frozenset()
    """By which Xero knows this connection; empty: as the records tell."""
    names_elsewhere: frozenset[str] = frozenset()
    """As those of another organisation told; for one in which nothing is recorded."""
    window: timedelta = WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What came of it."""

    organisation: XeroOrganisation
    names: frozenset[str]
    actors: frozenset[str]
    """Everybody who stands in the histories."""
    documents: int
    changes: int
    """By our connection."""
    requests: int
    skipped: Sequence[str]
    mismatches: Sequence[Mismatch]

    @property
    def faults(self) -> Mapping[Fault, int]:
        return told(self.mismatches)

    @property
    def is_nameless(self) -> bool:
        """Whether there are changes, and nothing tells which are our connection's."""
        return not self.names and bool(self.actors)


class Hearers(NamedTuple):
    """Both hear how many requests were made, and of how many."""

    tell: Tell
    """After each."""
    announce: Tell
    """Once it is known how many it takes, before the histories are read."""


class Crosschecker:
    """Reads the log and Xero; writes one record for each organisation."""

    def __init__(self, store: Store, audit: AuditLog, xero: XeroClient) -> None:
        self._store = store
        self._audit = audit
        self._xero = xero

    async def check(
        self, organisation: XeroOrganisation, asked: Asked, hearers: Hearers
    ) -> Checked:
        """Compare one organisation.

        Args:
            organisation: which.
            asked: from when on, and how far to go.
            hearers: who is told how far it has come.

        Raises:
            TooManyRequestsError: it takes more requests than were allowed.
            XeroMcpError: Xero cannot be asked.
            StoreUnavailableError: the log cannot be read, or the check not be written down.
        """
        grants = history_grants(organisation)
        scoped = {
            grant: self._xero.scoped(grant, max_wait_seconds=MAX_WAIT_SECONDS)
            for grant in dict.fromkeys(grants.values())
        }
        reading = HistoryReading(
            xero={noun: scoped[grant] for noun, grant in grants.items()},
            since=asked.since - asked.window,
            max_requests=asked.max_requests,
        )
        try:
            checked = await self._compared(organisation, asked, reading, hearers)
        except (XeroMcpError, TooManyRequestsError) as error:
            entry = _entry(organisation, asked, _trail(scoped.values()), _broken_off(error))
            await self._audit.record(replace(entry, status=Status.FAILED))
            raise
        entry = _entry(organisation, asked, _trail(scoped.values()), _in_words(checked, asked))
        await self._audit.record(_with_findings(entry, checked))
        return checked

    async def _compared(
        self,
        organisation: XeroOrganisation,
        asked: Asked,
        reading: HistoryReading,
        hearers: Hearers,
    ) -> Checked:
        await reading.look_for_documents(hearers.tell)
        # Only now: a call that ended while the lists were read has its record by now.
        written = await self._writes(organisation.id, asked)
        due = frozenset(one.id for one in written if one.known is Known.DONE)
        reading.add(_named(written, asked.since))
        await hearers.announce(reading.made, reading.made + reading.needed)
        shown = await reading.read(hearers.tell)
        # Once more: what was written while the histories were read may stand in them.
        written = await self._writes(organisation.id, asked)
        names = asked.names or own_names(shown.changes, written) or asked.names_elsewhere
        found = compare(shown, written, names=names, since=asked.since, window=asked.window)
        return Checked(
            organisation=organisation,
            names=names,
            actors=frozenset(one.actor for one in shown.changes) - {OF_XERO_ITSELF},
            documents=len(reading.documents),
            changes=sum(one.actor in names and one.at >= asked.since for one in shown.changes),
            requests=reading.made,
            skipped=tuple(reading.skipped),
            mismatches=[one for one in found if _is_due(one, due)],
        )

    async def _writes(self, organisation_id: str, asked: Asked) -> list[Written]:
        since = asked.since - asked.window - LATE
        filters = AuditFilters(organisation_id=organisation_id, since=since)
        rows: list[AuditRow] = []
        before: int | None = None
        for _ in range(MAX_BATCHES):
            batch = await self._store.read(lambda tables, seq=before: _page(tables, filters, seq))
            rows.extend(batch)
            if len(batch) < BATCH:
                break
            before = batch[-1].seq
        return writes_in(Record.of(row) for row in rows)


def _page(tables: Tables, filters: AuditFilters, before_seq: int | None) -> list[AuditRow]:
    return tables.audit.page(filters, before_seq=before_seq, limit=BATCH)


def _named(written: Sequence[Written], since: datetime) -> list[Document]:
    """What records say was written: looked at even where no list shows that it changed."""
    return [
        Document(noun=one.noun, id=object_id)
        for one in written
        if one.known is Known.DONE and one.began >= since and one.noun in WITH_HISTORY
        for object_id in sorted(one.ids)
    ]


def _is_due(one: Mismatch, due: Collection[str]) -> bool:
    """What was written only after its history was read is for the next time."""
    is_missing = one.fault is Fault.NOT_SHOWN and one.written is not None
    return not is_missing or (one.written is not None and one.written.id in due)


def _broken_off(error: XeroMcpError | TooManyRequestsError) -> str:
    if isinstance(error, XeroMcpError):
        return f"it ended early: {error.code.value}: {error.message}"
    return "it was not done: it takes more requests than were allowed"


def _in_words(checked: Checked, asked: Asked) -> str:
    counts = ", ".join(f"{checked.faults[each]} {_IN_WORDS[each]}" for each in checked.faults)
    by = ", ".join(sorted(checked.names)) or "nobody that is known"
    changes = f"{checked.changes} changes by {by}: {counts or 'all as recorded'}"
    return f"{changes}, since {to_iso(asked.since)} ({checked.requests} requests)"


def _trail(scoped: Iterable[ScopedXero]) -> tuple[XeroRequestRef, ...]:
    return as_refs(one for xero in scoped for one in xero.requests)[:MAX_REQUESTS_KEPT]


def _entry(
    organisation: XeroOrganisation,
    asked: Asked,
    requests: tuple[XeroRequestRef, ...],
    reason: str,
) -> Entry:
    return Entry(
        kind=Kind.CROSSCHECK,
        person=asked.person,
        organisation=OrganisationRef(id=organisation.id, name=organisation.name),
        reason=reason,
        status=Status.OK,
        xero_requests=requests,
    )


def _with_findings(entry: Entry, checked: Checked) -> Entry:
    if not checked.mismatches and not checked.is_nameless:
        return entry
    ids = tuple(dict.fromkeys(one.object_id for one in checked.mismatches))
    result = ResultRef(ids=ids[:MAX_IDS], rows=len(checked.mismatches))
    return replace(entry, status=Status.FAILED, result=result, marks=MARKS)
