"""Look in Xero for writes of which nobody knows whether they happened, and settle them.

Nothing is sent again: a person asks, and Xero is only read.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from xero_mcp.audit.entry import Entry, Kind, ObjectRef, OrganisationRef, ResultRef, Status
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.record import Record
from xero_mcp.clock import Clock
from xero_mcp.errors import XeroMcpError
from xero_mcp.gate.records import as_refs
from xero_mcp.gate.traces import EARLY, Ruling, Wanted, ruling_on, wanted_of
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.audit import AuditFilters
from xero_mcp.store.tables.writes import WriteRow, WriteState
from xero_mcp.xero.client import XeroClient
from xero_mcp.xero.models.connection import OrganisationRef as XeroOrganisation
from xero_mcp.xero.models.trace import Trace, Traces
from xero_mcp.xero.scoped import Grant, ScopedXero

MAX_PAGES = 10
PAGE_SIZE = 100
MAX_OUTCOMES = 2000
READ_SCOPES = {
    "/Invoices": "accounting.invoices.read",
    "/Contacts": "accounting.contacts.read",
    "/Payments": "accounting.payments.read",
    "/BankTransfers": "accounting.banktransactions.read",
}
_PAGED = frozenset({"/Invoices", "/Contacts", "/Payments"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One unknown write, what was found of it, and the record of that where it is settled."""

    row: WriteRow
    intent: Record | None
    ruling: Ruling
    settled: Record | None = None


class Reconciler:
    """Reads Xero on behalf of a person; the agent's scopes do not matter here."""

    def __init__(self, store: Store, audit: AuditLog, xero: XeroClient, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._xero = xero
        self._clock = clock

    async def look(self, row: WriteRow) -> Looked:
        """Look for one write in Xero; settle it where that shows what became of it.

        Raises:
            StoreUnavailableError: what was found cannot be written down.
        """
        intent, taken = await self._store.read(lambda tables: _known(tables, row))
        wanted = None if intent is None else wanted_of(intent, row.first_sent_at)
        if intent is None or wanted is None:
            evidence = "what this tool does leaves no trace to be told from others"
            return Looked(row=row, intent=intent, ruling=Ruling(done=None, evidence=evidence))
        xero = self._xero.scoped(_grant(row, intent, wanted))
        try:
            seen, is_whole = await _changed_since(xero, wanted)
        except XeroMcpError as error:
            ruling = Ruling(done=None, evidence=f"Xero could not be asked: {error.message}")
            return Looked(row=row, intent=intent, ruling=ruling)
        now = self._clock.now()
        ruling = ruling_on(wanted, seen, taken=taken, is_whole=is_whole, now=now)
        if ruling.done is None:
            return Looked(row=row, intent=intent, ruling=ruling)
        entry = _entry(row, intent, ruling, xero)
        settled = await self._store.write(lambda tables: self._settle(tables, row, intent, entry))
        return Looked(row=row, intent=intent, ruling=ruling, settled=settled)

    def _settle(self, tables: Tables, row: WriteRow, intent: Record, entry: Entry) -> Record | None:
        """None where somebody else has settled it meanwhile."""
        held = tables.writes.get(row.intent_id)
        if held is None or held.state is not WriteState.UNKNOWN:
            return None
        answer = _answer(intent, entry) if entry.status is Status.DONE else None
        tables.writes.settle(row.intent_id, WriteState.SETTLED, answer)
        return self._audit.append(tables, entry)


def _known(tables: Tables, row: WriteRow) -> tuple[Record | None, set[str]]:
    """The intent, and the ids that outcomes since then answer for."""
    found = tables.audit.get(row.intent_id)
    filters = AuditFilters(organisation_id=row.organisation_id, since=row.first_sent_at - EARLY)
    taken: set[str] = set()
    for each in tables.audit.page(filters, limit=MAX_OUTCOMES):
        result = Record.of(each).body.get("result")
        ids = result.get("ids") if isinstance(result, dict) else None
        taken.update(str(one) for one in (ids if isinstance(ids, list) else ()))
    return (None if found is None else Record.of(found)), taken


def _grant(row: WriteRow, intent: Record, wanted: Wanted) -> Grant:
    name = intent.text("organisation", "name") or ""
    return Grant(
        organisation=XeroOrganisation(id=row.organisation_id, name=name),
        reaches=frozenset({("GET", wanted.path)}),
        scopes=frozenset({READ_SCOPES[wanted.path]}),
    )


async def _changed_since(xero: ScopedXero, wanted: Wanted) -> tuple[Sequence[Trace], bool]:
    """What Xero changed since the write was sent, and whether that is all of it."""
    since: datetime | None = wanted.first_sent_at - EARLY
    if wanted.object_id:
        return await _one(xero, wanted), True
    seen: list[Trace] = []
    for page in range(1, MAX_PAGES + 1):
        paged = {"page": page, "pageSize": PAGE_SIZE} if wanted.path in _PAGED else {}
        found = (await xero.get(wanted.path, Traces, params=paged, modified_since=since)).all
        seen.extend(found)
        if len(found) < PAGE_SIZE or not paged:
            return seen, True
    return seen, False


async def _one(xero: ScopedXero, wanted: Wanted) -> Sequence[Trace]:
    return (await xero.get(wanted.path, Traces, params={"IDs": wanted.object_id})).all


def _entry(row: WriteRow, intent: Record, ruling: Ruling, xero: ScopedXero) -> Entry:
    found = ruling.found if ruling.done else None
    return Entry(
        kind=Kind.SETTLED,
        intent_id=row.intent_id,
        agent=row.agent,
        organisation=OrganisationRef(
            id=row.organisation_id, name=intent.text("organisation", "name") or ""
        ),
        tool=row.tool,
        access=intent.text("access"),
        action=intent.text("action") or "",
        object=ObjectRef(
            type=intent.text("object", "type") or "document",
            id=found.id if found else None,
            number=(found.number if found else "") or intent.text("object", "number"),
        ),
        contact_id=intent.text("contact_id"),
        reason=f"looked in Xero: {ruling.evidence}",
        status=Status.DONE if ruling.done else Status.NOT_DONE,
        xero_requests=as_refs(xero.requests),
        idempotency_key=row.idempotency_key,
        result=ResultRef(ids=(found.id,)) if found else None,
    )


def _answer(intent: Record, entry: Entry) -> str:
    """What a repeat of the write hears from now on."""
    number = entry.object.number if entry.object else None
    shown = {
        "ok": True,
        "id": entry.object.id if entry.object else None,
        "number": number,
        "changed": "It was done, as a look into Xero showed.",
        "organisation": intent.text("organisation", "name") or "",
        "audit_id": intent.id,
    }
    return json.dumps({name: value for name, value in shown.items() if value is not None})
