"""What SQLite says when it fails, in sentences that say what to do."""

import sqlite3
from pathlib import Path

from xero_mcp.errors import StoreUnavailableError

BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
OWN_FAULT = frozenset({sqlite3.SQLITE_CONSTRAINT, *BUSY})
"""Errors after which the connection is as good as before."""

_SENTENCES = {
    sqlite3.SQLITE_BUSY: (
        "is kept locked by another program. Close what holds it open for writing, then try again"
    ),
    sqlite3.SQLITE_FULL: "cannot grow: the disk or its quota is full. Free some space",
    sqlite3.SQLITE_READONLY: "is read-only. Let the server's user write the file and its folder",
    sqlite3.SQLITE_PERM: "may not be opened. Let the server's user write the file and its folder",
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened. Check that the file and its folder are there and that the server's "
        "user may write them"
    ),
    sqlite3.SQLITE_IOERR: "could not be read or written. Check the disk that holds it",
    sqlite3.SQLITE_CORRUPT: "is damaged. Keep a copy of it, then restore a backup",
    sqlite3.SQLITE_NOTADB: "is not a database. Check the setting XERO_MCP_DATABASE_URL",
    sqlite3.SQLITE_CONSTRAINT: "refused a change that would break its rules",
}


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's code without its finer shades; 0 for an error that Python itself raised."""
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF if isinstance(code, int) else 0


def unavailable(path: Path, error: sqlite3.Error) -> StoreUnavailableError:
    """The same, in a sentence that says what to do."""
    code = primary_code(error)
    known = _SENTENCES.get(code)
    if known is None:
        return StoreUnavailableError(f"The database {path} failed ({error}). Nothing was changed.")
    said = f" ({error})" if code == sqlite3.SQLITE_CONSTRAINT else ""
    return StoreUnavailableError(f"The database {path} {known}{said}. Nothing was changed.")


def told(path: Path, error: BaseException) -> BaseException:
    """What whoever waits hears of it."""
    if not isinstance(error, sqlite3.Error):
        return error
    failure = unavailable(path, error)
    failure.__cause__ = error
    return failure


def is_harmless(error: BaseException) -> bool:
    """Whether the connection is as good as before."""
    return not isinstance(error, sqlite3.Error) or primary_code(error) in OWN_FAULT
