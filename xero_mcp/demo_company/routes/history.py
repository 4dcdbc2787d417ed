"""The history of a document: what happened to it, and the notes that people put there."""

from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.documents import (
    document_of,
    key_of,
    needed_document,
    with_history,
)
from xero_mcp.demo_company.kernel import (
    NOTE,
    TABLES,
    Answer,
    Call,
    Json,
    Route,
    ValidationRefusedError,
)
from xero_mcp.demo_company.wire.dates import date_string
from xero_mcp.demo_company.writing import no_elements

MAX_NOTE: Final = 2500
WRONG_ENDPOINT: Final = "The document with the supplied id was not found for this endpoint."


def _routes_of(plural: str) -> tuple[Route, Route]:
    path = f"/{plural}/{{{TABLES[plural]}}}/History"

    def read(call: Call) -> Answer:
        document = needed_document(call, plural)
        entries = call.company.history.get(key_of(document, plural), [])
        shown = [
            {**entry, "DateUTCString": date_string(entry["DateUTC"])} for entry in reversed(entries)
        ]
        return Answer(body={"HistoryRecords": shown})

    def write(call: Call) -> Answer:
        records = call.elements("HistoryRecords")
        if not records:
            raise no_elements()
        document = document_of(call, plural)
        if document is None:
            raise _refused(records[0], WRONG_ENDPOINT)
        written = [_note(call, key_of(document, plural), record) for record in records]
        return Answer(body={"HistoryRecords": written})

    return Route("GET", path, read), Route("PUT", path, write)


ROUTES: Final = tuple(route for plural in with_history() for route in _routes_of(plural))


def _note(call: Call, document_id: str, record: Json) -> Json:
    details = sent.stripped(record, "Details")
    if not details:
        raise _refused(record, "Details must be specified.")
    if len(details) > MAX_NOTE:
        raise _refused(record, f"Details must be {MAX_NOTE} characters or less.")
    entry = call.company.note(document_id, NOTE, details, call.user)
    # Only here does Xero write the moment without an offset.
    return {**entry, "DateUTC": entry["DateUTC"].replace(tzinfo=None)}


def _refused(record: Json, message: str) -> ValidationRefusedError:
    return ValidationRefusedError([{**record, "ValidationErrors": [{"Message": message}]}])
