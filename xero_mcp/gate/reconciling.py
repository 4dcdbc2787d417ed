"""Look in Xero for writes of which nobody knows whether they happened, and settle them.

Nothing is sent again: Xero is only read, on behalf of the people who answer for the books.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from xero_mcp.audit.entry import Entry, Kind, ObjectRef, OrganisationRef, ResultRef, Status
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.record import Record
from xero_mcp.audit.sealed import SealedError
from xero_mcp.clock import Clock
from xero_mcp.errors import StoreUnavailableError, XeroMcpError
from xero_mcp.gate.looking import look_for
from xero_mcp.gate.records import as_refs
from xero_mcp.gate.traces import EARLY, Around, Ruling, ruling_on, sought_of, together
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.audit import AuditFilters
from xero_mcp.store.tables.writes import WriteRow, WriteState
from xero_mcp.tool.declare import Tool
from xero_mcp.tool.trace import Sought
from xero_mcp.xero.client import XeroClient
from xero_mcp.xero.models.connection import OrganisationRef as XeroOrganisation
from xero_mcp.xero.scoped import Grant, ScopedXero
from xero_mcp.xero.scopes import scopes_for

MAX_OUTCOMES = 2000
MAX_WRITES = 20
"""Looked for in one round while a server runs; a person's command looks for all."""
ROUND_SECONDS = 300.0
MAX_ROUNDS_OF_ONE = 6
"""After half an hour without an answer only a person looks again."""
FOUND = "looked in Xero: "

Tools = Callable[[], Mapping[str, Tool[Any, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One unknown write, what was found of it, and the record of that."""

    row: WriteRow
    intent: Record | None
    ruling: Ruling
    settled: Record | None = None
    """None where it is still unknown, and where somebody else settled it meanwhile."""


class Reconciler:
    """Reads Xero on behalf of a person; the agent's scopes do not matter here."""

    def __init__(
        self, store: Store, audit: AuditLog, xero: XeroClient, *, clock: Clock, tools: Tools
    ) -> None:
        self._store = store
        self._audit = audit
        self._xero = xero
        self._clock = clock
        self._tools = tools

    async def look(self, row: WriteRow) -> Looked:
        """Look for one write in Xero; settle it where that shows what became of it.

        What was found is written down in either case, what is still unknown once.

        Raises:
            StoreUnavailableError: what was found cannot be written down.
        """
        intent, taken = await self._store.read(lambda tables: _known(tables, row))
        arguments = await self._store.read(lambda tables: self._arguments(tables, intent))
        tool = self._tools().get(row.tool)
        trace = tool.declared.trace if tool else None
        sought = sought_of(trace, arguments)
        if intent is None or not sought:
            evidence = "its record does not tell by what it would be known in Xero"
            return Looked(row=row, intent=intent, ruling=Ruling(done=None, evidence=evidence))
        xero = self._xero.scoped(_grant(row, intent, sought))
        try:
            seen = await look_for(sought, xero, first_sent_at=row.first_sent_at)
        except XeroMcpError as error:
            ruling = Ruling(done=None, evidence=f"Xero could not be asked: {error.message}")
            return Looked(row=row, intent=intent, ruling=ruling)
        around = Around(
            first_sent_at=row.first_sent_at, now=self._clock.now(), taken=frozenset(taken)
        )
        ruling = together(
            [ruling_on(one, found, around) for one, found in zip(sought, seen, strict=True)]
        )
        entry = _entry(row, intent, ruling, xero)
        settled = await self._store.write(lambda tables: self._settle(tables, row, intent, entry))
        return Looked(row=row, intent=intent, ruling=ruling, settled=settled)

    async def keep_looking(self) -> None:
        """Look for what is unknown when a server starts, and while it runs; never ends by itself.

        Bounded: MAX_WRITES a round, MAX_ROUNDS_OF_ONE for each write.
        """
        looked: dict[str, int] = {}
        while True:
            with suppress(XeroMcpError, StoreUnavailableError):  # the next round tries again
                await self._round(looked)
            await self._clock.sleep(ROUND_SECONDS)

    async def _round(self, looked: dict[str, int]) -> None:
        rows = await self._store.read(lambda tables: tables.writes.list_unknown())
        due = [row for row in rows if looked.get(row.intent_id, 0) < MAX_ROUNDS_OF_ONE]
        for row in due[:MAX_WRITES]:
            looked[row.intent_id] = looked.get(row.intent_id, 0) + 1
            await self.look(row)

    def _arguments(self, tables: Tables, intent: Record | None) -> object:
        """The full ones where they are kept and open, else as the record shows them."""
        if intent is None:
            return None
        with suppress(SealedError):
            content = self._audit.full_of(tables, intent.id)
            if content is not None:
                return content.arguments
        return intent.body.get("arguments")

    def _settle(self, tables: Tables, row: WriteRow, intent: Record, entry: Entry) -> Record | None:
        held = tables.writes.get(row.intent_id)
        if held is None or held.state is not WriteState.UNKNOWN:
            return None
        if entry.status is Status.UNKNOWN:
            if not _said_before(tables, row, entry):
                self._audit.append(tables, entry)
            return None
        answer = _answer(intent, entry) if entry.status is Status.DONE else None
        if answer is not None:
            answer = self._audit.sealed_text(row.intent_id, answer)
        tables.writes.settle(row.intent_id, WriteState.SETTLED, answer)
        return self._audit.append(tables, entry)


def _said_before(tables: Tables, row: WriteRow, entry: Entry) -> bool:
    found = [Record.of(one) for one in tables.audit.records_of(row.intent_id)]
    return any(one.row.kind == Kind.SETTLED and one.text("reason") == entry.reason for one in found)


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


def _grant(row: WriteRow, intent: Record, sought: Sequence[Sought]) -> Grant:
    name = intent.text("organisation", "name") or ""
    reaches = frozenset(("GET", one.reads) for one in sought)
    return Grant(
        organisation=XeroOrganisation(id=row.organisation_id, name=name),
        reaches=reaches,
        scopes=scopes_for(reaches),
    )


def _entry(row: WriteRow, intent: Record, ruling: Ruling, xero: ScopedXero) -> Entry:
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
            id=ruling.ids[0] if ruling.ids and ruling.done else None,
            number=ruling.number or intent.text("object", "number"),
        ),
        contact_id=intent.text("contact_id"),
        reason=f"{FOUND}{ruling.evidence}",
        status=_STATUS[ruling.done],
        xero_requests=as_refs(xero.requests),
        idempotency_key=row.idempotency_key,
        result=ResultRef(ids=ruling.ids) if ruling.ids and ruling.done else None,
    )


_STATUS = {True: Status.DONE, False: Status.NOT_DONE, None: Status.UNKNOWN}


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
