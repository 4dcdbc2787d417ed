"""A note in Xero itself of which agent did it: `attribution: history-note` in a policy.

It is sent after the outcome is durable, so its failure is never the write's: it has a record of
its own. It costs one request for each document, out of the agent's own share.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import anyio

from xero_mcp.audit.entry import Entry, Kind, ObjectRef, ResultRef, Status
from xero_mcp.errors import StoreUnavailableError, XeroMcpError
from xero_mcp.gate.deciding import agent_scopes
from xero_mcp.gate.passage import Passage, known
from xero_mcp.gate.records import as_refs, entry_of
from xero_mcp.gate.rooms import Rooms
from xero_mcp.policy.model import Attribution
from xero_mcp.tool.answer import WriteAnswer
from xero_mcp.tool.view import KnownOrganisation
from xero_mcp.xero.budget import CallBudget
from xero_mcp.xero.models.connection import OrganisationRef
from xero_mcp.xero.models.history import HistoryRecords, NotesWrite, NoteWrite
from xero_mcp.xero.scoped import Grant, ScopedXero

MAX_NOTES = 50
"""As many as one call can write documents."""
NOTE_SECONDS = 20.0
"""After this the agent hears its answer; what has no note by then gets none."""
WITH_HISTORY: Mapping[str, str] = MappingProxyType(
    {
        "BankTransactions": "BankTransactionID",
        "BankTransfers": "BankTransferID",
        "BatchPayments": "BatchPaymentID",
        "Contacts": "ContactID",
        "CreditNotes": "CreditNoteID",
        "Invoices": "InvoiceID",
        "Items": "ItemID",
        "ManualJournals": "ManualJournalID",
        "Overpayments": "OverpaymentID",
        "Payments": "PaymentID",
        "Prepayments": "PrepaymentID",
        "PurchaseOrders": "PurchaseOrderID",
        "Quotes": "QuoteID",
        "RepeatingInvoices": "RepeatingInvoiceID",
    }
)
"""Nouns of Xero that take notes, and how their ids are called."""


class Noted(NamedTuple):
    """Where notes go: a path template, the name of the id, and the documents."""

    path: str
    id_name: str
    ids: tuple[str, ...]


async def attribute(rooms: Rooms, passage: Passage, *, intent_id: str, answer: object) -> None:
    """Leave the notes that the policy asks for; whatever comes of that, the write is done."""
    if passage.known_policy().attribution is not Attribution.HISTORY_NOTE:
        return
    if not isinstance(answer, WriteAnswer) or not passage.known_card().writes:
        return
    where = _where(passage, answer)
    if where is None:
        return
    xero = rooms.xero.scoped(_grant(rooms, passage, where.path, intent_id))
    done: list[str] = []
    trouble = "there was no time left"
    with anyio.move_on_after(NOTE_SECONDS):
        try:
            await _send(xero, where, _text(passage, intent_id), done=done)
            trouble = ""
        except XeroMcpError as error:
            trouble = f"{error.code.value}: {error.message}"
    entry = _entry(passage, intent_id, xero, done=done, trouble=trouble)
    try:
        await rooms.audit.record(entry)
    except StoreUnavailableError:
        return  # the write is recorded; the note stands in Xero for itself


def _grant(rooms: Rooms, passage: Passage, path: str, intent_id: str) -> Grant:
    """The note and nothing else, out of the agent's own share of calls."""
    one: KnownOrganisation = known(passage.organisation, "organisation")
    limits = passage.known_policy().limits
    return Grant(
        organisation=OrganisationRef(id=one.id, name=one.name),
        reaches=frozenset({("PUT", path)}),
        scopes=agent_scopes(rooms, passage.known_policy()),
        idempotency_key=f"xero-mcp-note-{intent_id}",
        budget=CallBudget(
            agent=passage.agent.name,
            per_minute=limits.xero_calls_per_minute,
            per_day=limits.xero_calls_per_day,
        ),
    )


async def _send(xero: ScopedXero, where: Noted, text: str, *, done: list[str]) -> None:
    body = NotesWrite(history_records=(NoteWrite(details=text),))
    for one in where.ids[:MAX_NOTES]:
        await xero.put(where.path, HistoryRecords, body, ids={where.id_name: one})
        done.append(one)


def _where(passage: Passage, answer: WriteAnswer) -> Noted | None:
    """None for what takes no note, and for a call that is itself a note."""
    trace = known(passage.tool, "tool").declared.trace
    sought = trace(passage.values)
    card = passage.known_card()
    if not sought or any(str(reach).endswith("/History") for reach in card.reaches):
        return None
    noun = sought[0].reads.split("/")[1]
    id_name = WITH_HISTORY.get(noun)
    if id_name is None:
        return None
    named = sought[0].ids.get(id_name)
    ids = (named,) if named and sought[0].key != id_name else tuple(answer.object_ids())
    return Noted(f"/{noun}/{{{id_name}}}/History", id_name, ids)


def _text(passage: Passage, intent_id: str) -> str:
    who = f"agent {passage.agent.name}"
    if passage.agent.on_behalf_of:
        who = f"{who} on behalf of {passage.agent.on_behalf_of}"
    approved = f", approved by {passage.approver}" if passage.approver else ""
    return f"Done by {who} through xero-mcp{approved}; audit id {intent_id}."


def _entry(
    passage: Passage, intent_id: str, xero: ScopedXero, *, done: list[str], trouble: str
) -> Entry:
    return Entry(
        kind=Kind.NOTE,
        intent_id=intent_id,
        agent=passage.agent.name,
        organisation=entry_of(passage, kind=Kind.NOTE).organisation,
        tool=passage.known_card().name,
        object=ObjectRef(type="history note"),
        status=Status.FAILED if trouble else Status.OK,
        reason=trouble or None,
        xero_requests=as_refs(xero.requests),
        result=ResultRef(ids=tuple(done)),
    )
