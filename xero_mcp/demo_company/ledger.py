"""Double entry: journals that always balance, and what accounts amount to because of them.

A journal is never changed. What is edited or voided is reversed on the same day, so that a report
of any date shows the books as they are now, as Xero's do.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from xero_mcp.demo_company.rounding import ZERO
from xero_mcp.demo_company.table import Undo


class UnbalancedError(Exception):
    """Debits and credits differ: a fault of ours, never of the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """A tracking category and the option that a line carries."""

    category_id: str
    option_id: str
    name: str
    option: str


Place = tuple[str, tuple[Tracked, ...], str]
"""Where an entry stands: its account, its tracking and its tax type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a journal, in base currency: `net` is positive for a debit.

    `tax` is the tax that belongs to the line (it stands on the tax account in an entry of its
    own). `foreign` is the amount in the currency of a bank account that is not in base currency.
    `of` names the document that the entry carries, for those of which `carried` must be known.
    """

    account_id: str
    net: Decimal
    tax: Decimal = ZERO
    tax_type: str = ""
    description: str = ""
    tracking: tuple[Tracked, ...] = ()
    foreign: Decimal | None = None
    of: str = ""

    @property
    def place(self) -> Place:
        return self.account_id, self.tracking, self.tax_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    id: str
    number: int
    day: date
    created: datetime
    source_id: str
    source_type: str
    reference: str
    entries: tuple[Entry, ...]
    cash_basis: bool = True
    """False for manual journals that are left out of cash reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a journal is made for."""

    id: str
    type: str
    day: date
    reference: str = ""
    cash_basis: bool = True


class Ledger:
    """The journals of one organisation, in the order of their numbers."""

    def __init__(
        self, *, undo: Undo, now: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self.journals: list[Journal] = []
        self._undo = undo
        self._now = now
        self._new_id = new_id
        self._live: dict[str, tuple[int, ...]] = {}
        self._daily: dict[str, dict[date, Decimal]] = {}
        self._foreign: dict[str, Decimal] = {}
        self._carried: dict[str, dict[Place, Decimal]] = {}

    def post(self, source: Source, entries: Sequence[Entry]) -> None:
        """Add a journal; entries of zero are kept out, and nothing is posted where none is left."""
        kept = tuple(entry for entry in entries if entry.net or entry.foreign)
        if sum((entry.net for entry in kept), ZERO):
            raise UnbalancedError(source.type, source.id)
        if not kept:
            return
        journal = Journal(
            id=self._new_id(),
            number=len(self.journals) + 1,
            day=source.day,
            created=self._now(),
            source_id=source.id,
            source_type=source.type,
            reference=source.reference,
            entries=kept,
            cash_basis=source.cash_basis,
        )
        self._append(journal)
        self._set_live(source.id, (*self._live.get(source.id, ()), journal.number - 1))

    def reverse(self, source_id: str) -> None:
        """Take back every journal of this source that still counts, on its own day."""
        for place in self._live.get(source_id, ()):
            journal = self.journals[place]
            entries = tuple(
                replace(
                    entry,
                    net=-entry.net,
                    tax=-entry.tax,
                    foreign=None if entry.foreign is None else -entry.foreign,
                )
                for entry in journal.entries
            )
            self._append(
                replace(
                    journal,
                    id=self._new_id(),
                    number=len(self.journals) + 1,
                    created=self._now(),
                    entries=entries,
                )
            )
        self._set_live(source_id, ())

    def live(self, source_id: str) -> list[Journal]:
        """The journals of this source that are not reversed."""
        return [self.journals[place] for place in self._live.get(source_id, ())]

    def all_live(self) -> Iterator[Journal]:
        """Every journal that still counts: the others cancel out."""
        for places in self._live.values():
            for place in places:
                yield self.journals[place]

    def accounts(self) -> list[str]:
        """The accounts that were ever posted to."""
        return list(self._daily)

    def balance(self, account_id: str, *, until: date, since: date = date.min) -> Decimal:
        """Debits less credits of the days from `since` to `until`, both included."""
        days = self._daily.get(account_id)
        if not days:
            return ZERO
        return sum((net for day, net in days.items() if since <= day <= until), ZERO)

    def foreign_balance(self, account_id: str) -> Decimal:
        """What a bank account holds in its own currency."""
        return self._foreign.get(account_id, ZERO)

    def carried(self, document_id: str) -> Mapping[Place, Decimal]:
        """What the entries `of` this document amount to now, place by place."""
        return self._carried.get(document_id, {})

    def _append(self, journal: Journal) -> None:
        self.journals.append(journal)
        self._count(journal, 1)
        self._undo.record(self._take_back)

    def _take_back(self) -> None:
        self._count(self.journals.pop(), -1)

    def _count(self, journal: Journal, sign: int) -> None:
        day = journal.day
        for entry in journal.entries:
            days = self._daily.setdefault(entry.account_id, {})
            days[day] = days.get(day, ZERO) + sign * entry.net
            if entry.foreign is not None:
                held = self._foreign.get(entry.account_id, ZERO)
                self._foreign[entry.account_id] = held + sign * entry.foreign
            if entry.of:
                places = self._carried.setdefault(entry.of, {})
                places[entry.place] = places.get(entry.place, ZERO) + sign * entry.net

    def _set_live(self, source_id: str, places: tuple[int, ...]) -> None:
        before = self._live.get(source_id, ())
        self._undo.record(lambda: self._live.__setitem__(source_id, before))
        self._live[source_id] = places
