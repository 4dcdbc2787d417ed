"""A state file: every write that came, in SQLite, to be done again when the demo company starts.

The books follow from the seed, the moment they were begun, and the writes since, each at its own
moment. So a file of writes is the whole state, whatever the rooms inside look like.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS beginning (seed INTEGER NOT NULL, size TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS writes (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, organisation TEXT NOT NULL, client TEXT NOT NULL,
    method TEXT NOT NULL, path TEXT NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS grants (id INTEGER PRIMARY KEY CHECK (id = 1), kept TEXT NOT NULL);
"""
BUSY_SECONDS: Final = 5
# What handlers read of a request's headers; the rest (tokens above all) is not written down.
_KEPT_HEADERS: Final = frozenset({"accept", "content-type", "content-length"})


class StateFileError(Exception):
    """The state file cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What the books began with."""

    seed: int
    size: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One write as it came; `path` includes the query."""

    at: datetime
    organisation_id: str
    client_id: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class SavedState:
    """The state file, or with an empty path nothing at all."""

    def __init__(self, path: str) -> None:
        self._database: sqlite3.Connection | None = None
        if path:
            try:
                self._database = sqlite3.connect(
                    path, timeout=BUSY_SECONDS, check_same_thread=False
                )
                self._database.execute("PRAGMA journal_mode = WAL")
                self._database.executescript(_SCHEMA)
            except sqlite3.Error as problem:
                raise StateFileError(
                    f"{path} cannot be used as a state file ({problem}): name another file"
                ) from problem

    @property
    def is_kept(self) -> bool:
        return self._database is not None

    def begin(self, beginning: Beginning) -> Beginning:
        """Return what the file began with; a new file begins as told.

        Raises:
            StateFileError: the file began with another seed or size.
        """
        if self._database is None:
            return beginning
        row = self._database.execute("SELECT seed, size, at FROM beginning").fetchone()
        if row is None:
            self._write_beginning(beginning)
            return beginning
        known = Beginning(seed=row[0], size=row[1], at=datetime.fromisoformat(row[2]))
        if (known.seed, known.size) != (beginning.seed, beginning.size):
            raise StateFileError(
                f"the state file began with --seed {known.seed} --size {known.size}: "
                "use these, or another file"
            )
        return known

    def writes(self) -> Iterator[Write]:
        """Return every write since the beginning, oldest first."""
        if self._database is None:
            return
        rows = self._database.execute(
            "SELECT at, organisation, client, method, path, headers, body "
            "FROM writes ORDER BY number"
        )
        for at, organisation, client, method, path, headers, body in rows:
            kept: dict[str, str] = json.loads(headers)
            yield Write(
                at=datetime.fromisoformat(at),
                organisation_id=organisation,
                client_id=client,
                method=method,
                path=path,
                headers=kept,
                body=body,
            )

    def add(self, write: Write) -> None:
        """Write one down, durably before its answer is sent."""
        if self._database is None:
            return
        kept = {name: text for name, text in write.headers.items() if name in _KEPT_HEADERS}
        row: tuple[Any, ...] = (
            write.at.isoformat(),
            write.organisation_id,
            write.client_id,
            write.method,
            write.path,
            json.dumps(kept),
            write.body,
        )
        with self._database:
            self._database.execute(
                "INSERT INTO writes (at, organisation, client, method, path, headers, body) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )

    def keep_grants(self, text: str) -> None:
        """Write down who is signed in, in place of what was there."""
        if self._database is not None:
            with self._database:
                self._database.execute("INSERT OR REPLACE INTO grants VALUES (1, ?)", (text,))

    def kept_grants(self) -> str:
        """Return what `keep_grants` wrote, or an empty text."""
        if self._database is None:
            return ""
        row = self._database.execute("SELECT kept FROM grants").fetchone()
        return row[0] if row else ""

    def start_again(self, beginning: Beginning) -> None:
        """Forget all writes and sign-ins: the books begin anew, perhaps with another seed."""
        if self._database is not None:
            with self._database:
                self._database.execute("DELETE FROM writes")
                self._database.execute("DELETE FROM grants")
                self._database.execute("DELETE FROM beginning")
            self._write_beginning(beginning)

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def _write_beginning(self, beginning: Beginning) -> None:
        if self._database is not None:
            with self._database:
                self._database.execute(
                    "INSERT INTO beginning VALUES (?, ?, ?)",
                    (beginning.seed, beginning.size, beginning.at.isoformat()),
                )
