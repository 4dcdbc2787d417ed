"""How a call ended, as it goes into the store: the record, and the state of its write."""

from dataclasses import dataclass

from xero_mcp.audit.entry import Entry, Kind
from xero_mcp.audit.log import AuditLog
from xero_mcp.store.base import Tables
from xero_mcp.store.tables.writes import WriteState

_OPEN = frozenset({WriteState.OPEN, WriteState.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """All that is needed to write an outcome down, now or later."""

    entry: Entry
    write_id: str | None = None
    """The write that it settles; None for a read."""
    state: WriteState = WriteState.UNKNOWN
    answer: str | None = None
    """What a repeat of the write hears, as JSON."""


def settle_late(audit: AuditLog, tables: Tables, settlement: Settlement) -> bool:
    """Write down an outcome that could not be written when it was heard.

    False where it stands there already: whoever drains may be cut off before he says so.
    """
    intent_id = settlement.entry.intent_id or ""
    known = tables.audit.records_of(intent_id)
    if any(row.kind == Kind.OUTCOME for row in known):
        return False
    audit.append(tables, settlement.entry)
    tables.running.close(intent_id)
    write = tables.writes.get(settlement.write_id) if settlement.write_id else None
    if write is not None and write.state in _OPEN:  # a person may have settled it meanwhile
        tables.writes.settle(write.intent_id, settlement.state, settlement.answer)
    return True
