from typing import Annotated

from xero_mcp.xero.models.base import Listed, XeroModel, XeroWrite
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import XeroMoment


class HistoryRecord(XeroModel):
    """Something that happened to a record, or a note that somebody put there."""

    changes: XeroText | None = None
    date_utc: XeroMoment | None = None
    user: XeroText | None = None
    details: XeroText | None = None


class HistoryRecords(XeroModel):
    history_records: Annotated[tuple[HistoryRecord, ...], Listed] = ()


class NoteWrite(XeroWrite):
    details: str


class NotesWrite(XeroWrite):
    history_records: tuple[NoteWrite, ...]
