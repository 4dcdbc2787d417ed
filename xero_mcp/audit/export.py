"""The log as a file: exact, one record a line, to be verified elsewhere; or for a spreadsheet.

A line of the exact form is `{"hash":"…","record":{…}}`, where the record stands in the very
form that is hashed: SHA-256 over the bytes between `"record":` and the last brace is the hash.
Where the log was purged, a first line `{"purged":{…}}` says up to where.
Where the content was forgotten it is `{"hash":"…","facts":{…}}`: what is left of the record.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from xero_mcp.audit.canonical import Json
from xero_mcp.audit.purged import Stub
from xero_mcp.audit.record import Record
from xero_mcp.store.tables.audit import AuditRow

MAX_LINE_BYTES = 1024 * 1024
"""Ours are a few thousand bytes; a longer line is not ours."""
_LINE = re.compile(r'\{"hash":"([0-9a-f]{64})","(record|facts)":(\{.*\})\}', re.DOTALL)
_STUB = re.compile(r'\{"purged":(\{.*\})\}', re.DOTALL)
_SOMEBODY = "?"
"""In an export only a later record says who forgot."""

CSV_COLUMNS: dict[str, tuple[str, ...]] = {
    "seq": ("seq",),
    "at": ("at",),
    "kind": ("kind",),
    "id": ("id",),
    "intent_id": ("intent_id",),
    "agent": ("agent",),
    "on_behalf_of": ("on_behalf_of",),
    "organisation": ("organisation", "name"),
    "tool": ("tool",),
    "access": ("access",),
    "object": ("object", "type"),
    "number": ("object", "number"),
    "amount": ("money", "amount"),
    "currency": ("money", "currency"),
    "base_amount": ("money", "base_amount"),
    "contact_id": ("contact_id",),
    "decision": ("decision",),
    "rule": ("rule",),
    "reason": ("reason",),
    "policy_file": ("policy_file",),
    "approval": ("approval", "id"),
    "approver": ("approval", "approver"),
    "status": ("status",),
    "error_code": ("error_code",),
    "idempotency_key": ("idempotency_key",),
    "ms": ("ms",),
    "says": ("says",),
}
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
_FORMULA = re.compile(r"[\s\"']*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


def jsonl(row: AuditRow) -> str:
    """One record, exactly, without its end of line."""
    name = "record" if row.forgotten is None else "facts"
    return f'{{"hash":"{row.hash}","{name}":{row.body}}}'


def read_jsonl(file: BinaryIO, *, after_seq: int = 0) -> Iterator[AuditRow]:
    """The rows of an export, to be verified: known by their text and hash alone.

    A line that is none becomes a row that no verifier takes for sound.
    """
    seq = after_seq
    while line := file.readline(MAX_LINE_BYTES):
        seq += 1
        found = _LINE.fullmatch(line.rstrip(b"\n").decode("utf-8", "replace"))
        if not found:
            yield _EMPTY._replace(seq=seq)
            continue
        forgotten = None if found[2] == "record" else _SOMEBODY
        yield _EMPTY._replace(seq=seq, body=found[3], hash=found[1], forgotten=forgotten)


def stub_line(stub: Stub) -> str:
    """What an export begins with where the log was purged, without its end of line."""
    return f'{{"purged":{stub.line()}}}'


def read_stub(file: BinaryIO) -> Stub | None:
    """The stub that an export begins with; the file is then at its first record.

    Raises:
        StubFormError: it begins with one that cannot be read.
    """
    found = _STUB.fullmatch(file.readline(MAX_LINE_BYTES).rstrip(b"\n").decode("utf-8", "replace"))
    if found is None:
        file.seek(0)
        return None
    return Stub.read(found[1])


def csv_head() -> str:
    return _csv([*CSV_COLUMNS, "hash"])


def csv_line(record: Record) -> str:
    """One record for a spreadsheet: nothing in it is taken for a formula."""
    body = {**record.body, "says": record.says}
    cells = [_cell(body, path) for path in CSV_COLUMNS.values()]
    return _csv([*cells, record.row.hash])


def inert(text: str) -> str:
    """Text that a spreadsheet shows and does not run; a plain number stays one."""
    if _FORMULA.match(text) and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _cell(body: dict[str, Json], path: tuple[str, ...]) -> str:
    found: Json = body
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return "" if found is None else inert(str(found))


def _csv(cells: Iterable[str]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="").writerow(cells)
    return made.getvalue()


_EMPTY = AuditRow(
    seq=0, at="", kind="", id="", intent_id=None, approval_id=None, agent=None,
    organisation_id=None, tool=None, decision=None, status=None, body="", hash="",
)  # fmt: skip
