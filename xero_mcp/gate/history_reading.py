"""Reading what changed in an organisation, and who did it: lists, then the history of each.

Xero is only read, on behalf of the people who answer for the books, and never more often than
they said.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from xero_mcp.audit.crosscheck import Shown
from xero_mcp.audit.crosscheck_change import Change
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.gate.attributing import WITH_HISTORY
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.models.history import HistoryRecords
from xero_mcp.xero.models.trace import Traced, Traces
from xero_mcp.xero.scoped import Grant, ScopedXero
from xero_mcp.xero.scopes import scopes_for

PAGE_SIZE: Final = 100
MAX_REQUESTS: Final = 5_000
"""As many as Xero takes in a day."""
_PAGED: Final = frozenset(WITH_HISTORY) - {
    "BankTransfers",
    "BatchPayments",
    "Items",
    "RepeatingInvoices",
}
_UNSINCE: Final = frozenset({"BankTransfers", "RepeatingInvoices"})
"""Xero does not tell, or not reliably, which of these changed; there are few."""
_MORE: Final[Mapping[str, Mapping[str, str | bool]]] = MappingProxyType(
    {
        "Contacts": {"includeArchived": True, "summaryOnly": True},
        "Invoices": {"summaryOnly": True},
    }
)
_ENDS_OF_TRANSFER: Final = ("FromBankTransactionID", "ToBankTransactionID")
_NUMBERS: Final = (
    "InvoiceNumber",
    "CreditNoteNumber",
    "PurchaseOrderNumber",
    "QuoteNumber",
    "Name",
    "Code",
)
_NOT_THERE: Final = frozenset({ErrorCode.SCOPE_MISSING, ErrorCode.XERO_NOT_FOUND})

Tell = Callable[[int, int], Awaitable[None]]
"""Hears how many requests were made, and of how many."""


class TooManyRequestsError(Exception):
    """It would take more requests than a person allowed; none beyond that was made."""

    def __init__(self, needed: int, *, is_whole: bool) -> None:
        super().__init__(f"{needed} requests")
        self.needed = needed
        self.is_whole = is_whole
        """Whether that is all; else there are more pages of lists than were read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Something that changed, or that a record names."""

    noun: str
    id: str
    number: str = ""


@dataclass(slots=True, kw_only=True)
class HistoryReading:
    """One organisation's, from one moment on."""

    xero: Mapping[str, ScopedXero]
    """For each noun."""
    since: datetime
    max_requests: int
    made: int = 0
    documents: dict[str, Document] = field(default_factory=dict[str, Document])
    listed: set[str] = field(default_factory=set[str])
    skipped: list[str] = field(default_factory=list[str])
    """Lists that the connection may not see."""

    async def look_for_documents(self, tell: Tell) -> None:
        """Find out which documents changed.

        Raises:
            TooManyRequestsError: the lists alone are longer than was allowed.
            XeroMcpError: Xero cannot be asked.
        """
        for noun in WITH_HISTORY:
            try:
                await self._list(noun, tell)
            except XeroMcpError as error:
                if error.code not in _NOT_THERE:
                    raise
                self.skipped.append(noun)

    def add(self, documents: Collection[Document]) -> None:
        """Also look at these: records name them, and no list did."""
        for one in documents:
            if one.noun not in self.skipped:
                self.documents.setdefault(one.id, one)

    @property
    def needed(self) -> int:
        """How many requests it takes from here on."""
        return len(self.documents)

    async def read(self, tell: Tell) -> Shown:
        """The history of each document.

        Raises:
            TooManyRequestsError: there are more of them than was allowed.
            XeroMcpError: Xero cannot be asked.
        """
        whole = self.made + self.needed
        if whole > self.max_requests:
            raise TooManyRequestsError(whole, is_whole=True)
        changes: list[Change] = []
        for one in self.documents.values():
            changes.extend(await self._history(one))
            await tell(self.made, whole)
        return Shown(
            changes=changes,
            known_ids=frozenset(self.listed),
            nouns=frozenset(WITH_HISTORY) - set(self.skipped),
        )

    async def _list(self, noun: str, tell: Tell) -> None:
        is_paged = noun in _PAGED
        params: dict[str, str | bool | int] = dict(_MORE.get(noun, {}))
        for page in range(1, MAX_REQUESTS + 1):
            if is_paged:
                params |= {"page": page, "pageSize": PAGE_SIZE}
            self._count()
            listed = await self.xero[noun].get(
                f"/{noun}",
                Traces,
                params=params,
                modified_since=None if noun in _UNSINCE else self.since,
            )
            found = listed.of(noun)
            self._keep(noun, found)
            await tell(self.made, self.made + self.needed)
            if not is_paged or len(found) < PAGE_SIZE:
                return

    def _keep(self, noun: str, found: Collection[Traced]) -> None:
        for one in found:
            if noun == "BankTransfers" and not self._may_have_changed(one):
                continue
            object_id = one.text(WITH_HISTORY[noun]).lower()
            self.listed.add(object_id)
            number = next((text for name in _NUMBERS if (text := one.text(name))), "")
            self.documents[object_id] = Document(noun=noun, id=object_id, number=number)

    def _may_have_changed(self, transfer: Traced) -> bool:
        """Xero does not tell when a transfer was changed; its two transactions are told."""
        ends = {transfer.text(name).lower() for name in _ENDS_OF_TRANSFER}
        made = transfer.made_at
        return made is None or made >= self.since or not ends.isdisjoint(self.listed)

    async def _history(self, one: Document) -> list[Change]:
        id_name = WITH_HISTORY[one.noun]
        self._count()
        try:
            found = await self.xero[one.noun].get(
                f"/{one.noun}/{{{id_name}}}/History", HistoryRecords, ids={id_name: one.id}
            )
        except XeroMcpError as error:
            if error.code is not ErrorCode.XERO_NOT_FOUND:
                raise
            return []
        return [
            Change(
                noun=one.noun,
                object_id=one.id,
                number=one.number,
                at=record.date_utc,
                words=record.changes or "",
                user=record.user or "",
                details=record.details or "",
            )
            for record in found.history_records
            if record.date_utc is not None and record.date_utc >= self.since
        ]

    def _count(self) -> None:
        if self.made >= self.max_requests:
            raise TooManyRequestsError(self.made + self.needed, is_whole=False)
        self.made += 1


def history_grants(organisation: OrganisationRef) -> Mapping[str, Grant]:
    """For each noun: to read its list and its histories, out of the people's share of calls.

    Each by the one scope that it takes: what the connection lacks hides no more than that.
    """
    grants: dict[str, Grant] = {}
    for scope, nouns in _by_scope().items():
        paths = [path for noun in nouns for path in _paths(noun)]
        reaches = frozenset(("GET", path) for path in paths)
        grant = Grant(organisation=organisation, reaches=reaches, scopes=scope)
        grants |= dict.fromkeys(nouns, grant)
    return grants


def _by_scope() -> Mapping[frozenset[str], list[str]]:
    found: dict[frozenset[str], list[str]] = {}
    for noun in WITH_HISTORY:
        scope = scopes_for(("GET", path) for path in _paths(noun))
        found.setdefault(frozenset(scope), []).append(noun)
    return found


def _paths(noun: str) -> tuple[str, str]:
    return f"/{noun}", f"/{noun}/{{{WITH_HISTORY[noun]}}}/History"
