"""One SQLite connection, in the hands of one thread.

The event loop never waits for the database: a locked file costs the caller time, and
nobody else.
"""

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Tables
from xero_mcp.store.executor import Row, Value
from xero_mcp.store.lane_thread import MAX_TOGETHER, LaneThread, Piece

T = TypeVar("T")

LOCK_WAIT_SECONDS = 5.0
"""How long a transaction waits for another process before the store counts as unavailable."""
MIN_FREE_BYTES = 1024 * 1024
"""With less than this left on the disk an outcome might no longer be written: better not begin."""
LOOK_SECONDS = 0.01
"""How long one look for the lock takes.

SQLite's own wait grows to a tenth of a second between looks, which starves a process
among busy neighbours; so it gets this long, and we look again.
"""

_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_OWN_FAULT = frozenset({sqlite3.SQLITE_CONSTRAINT, *_BUSY})
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


class Care(NamedTuple):
    """What has to be given for a store to count as available."""

    lock_wait_seconds: float = LOCK_WAIT_SECONDS
    min_free_bytes: int = MIN_FREE_BYTES


class DatabaseFile:
    """The very file that was opened, not only its name."""

    def __init__(self, path: Path, care: Care) -> None:
        self.path = path
        self.max_looks = max(1, round(care.lock_wait_seconds / LOOK_SECONDS))
        self._care = care
        self._identity = self._look()

    def connect(self, *, writes: bool) -> sqlite3.Connection:
        """Open the file that is there; never make an empty one in its place."""
        return sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw",
            uri=True,
            timeout=LOOK_SECONDS if writes else self._care.lock_wait_seconds,
            isolation_level=None,
            check_same_thread=False,
        )

    def must_be_the_same(self) -> None:
        """Make sure that what is written now will be found again under this name.

        Raises:
            StoreUnavailableError: the file was removed, moved or replaced since.
        """
        if self._look() != self._identity:
            raise StoreUnavailableError(
                f"The database {self.path} was removed or replaced while in use. "
                "Put the file back, or restart the server."
            )

    def must_have_room(self) -> None:
        """Make sure that what is written from here on finds room.

        Raises:
            StoreUnavailableError: the disk is nearly full.
        """
        least = self._care.min_free_bytes
        if shutil.disk_usage(self.path.parent).free < least:
            raise StoreUnavailableError(
                f"Less than {least} bytes are free where the database {self.path} lies. "
                "Free some space."
            )

    def _look(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self.path)  # noqa: PTH116 - on every transaction: a Path costs more
        except OSError:
            return None
        return found.st_dev, found.st_ino


class SqliteExecutor:
    """SQL over one open transaction, and not a moment longer."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection: sqlite3.Connection | None = connection

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> Sequence[Row]:
        return self._open().execute(sql, parameters).fetchall()

    def change(self, sql: str, parameters: Mapping[str, Value]) -> int:
        return self._open().execute(sql, parameters).rowcount

    def end(self) -> None:
        self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise RuntimeError("Tables were used after their transaction had ended.")
        return self._connection


class Lane:
    """A connection of its own for one kind of work; it comes back by itself after an error.

    Writes that wait at the same time share one transaction, and so one wait for the disk:
    each is undone alone where it fails, and none is told to be done before all are durable.
    """

    def __init__(
        self, file: DatabaseFile, *, synchronous: str, writes: bool, turn: threading.Lock
    ) -> None:
        self._file = file
        self._synchronous = synchronous
        self._writes = writes
        self._turn = turn
        self._thread = LaneThread(self._do, together=MAX_TOGETHER if writes else 1)
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    async def run(self, work: Callable[[Tables], T]) -> T:
        """Run the work in a transaction; once begun, cancellation does not cut it."""
        return await self._thread.run(Piece(work))

    async def fold(self) -> bool:
        """Bring the write-ahead log into the file and empty it; False where others still read."""
        return await self._thread.run(_Alone(self._fold))

    async def close(self) -> None:
        await self._thread.run(_Alone(self._close))

    def _do(self, pieces: Sequence[Piece]) -> None:
        *together, last = pieces  # what is to be done alone comes last, if it is there
        if not isinstance(last, _Alone):
            together, last = list(pieces), None
        if together:
            self._do_together(together)
        if last is not None:
            last.do()

    def _do_together(self, pieces: Sequence[Piece]) -> None:
        with self._turn:
            try:
                self._transaction(pieces)
            except sqlite3.Error as error:
                if primary_code(error) not in _OWN_FAULT:
                    self._disconnect()
                for piece in pieces:
                    piece.fail(_caused(unavailable(self._file.path, error), error))
            except BaseException as error:  # noqa: BLE001 - it is told to whoever waits
                for piece in pieces:
                    piece.fail(error)

    def _fold(self) -> bool:
        with self._turn:
            try:
                connection = self._connected()
                for _ in range(self._file.max_looks):
                    [(busy, _, _)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    if not busy:
                        return True
            except sqlite3.Error as error:
                raise unavailable(self._file.path, error) from error
            return False

    def _transaction(self, pieces: Sequence[Piece]) -> None:
        connection = self._connected()
        if self._writes:
            begin_immediate(connection, max_looks=self._file.max_looks)
        else:
            connection.execute("BEGIN")
        try:
            self._file.must_be_the_same()
            if len(pieces) == 1:
                pieces[0].finish(self._worked(connection, pieces[0]))
            else:
                for piece in pieces:
                    self._part(connection, piece)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
            raise

    def _part(self, connection: sqlite3.Connection, piece: Piece) -> None:
        """One piece of a shared transaction: undone alone where it fails by itself.

        Raises:
            sqlite3.Error: the database failed, so that nothing of the whole can stand.
        """
        connection.execute("SAVEPOINT piece")
        try:
            piece.finish(self._worked(connection, piece))
        except sqlite3.Error as error:
            if primary_code(error) not in _OWN_FAULT:
                raise
            piece.fail(_caused(unavailable(self._file.path, error), error))
        except BaseException as error:  # noqa: BLE001 - it is told to whoever waits
            piece.fail(error)
        if piece.failed:
            connection.execute("ROLLBACK TO piece")
        connection.execute("RELEASE piece")

    def _worked(self, connection: sqlite3.Connection, piece: Piece) -> object:
        executor = SqliteExecutor(connection)
        try:
            tables = Tables(executor, must_have_room=self._file.must_have_room)
            return piece.work(tables) if piece.work is not None else None
        finally:
            executor.end()

    def _connected(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreUnavailableError("The database is closed: the server is stopping.")
        if self._connection is None:
            connection = self._file.connect(writes=self._writes)
            try:
                set_up(connection, synchronous=self._synchronous)
            except sqlite3.Error:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    def _close(self) -> None:
        with self._turn:
            self._closed = True
            self._disconnect()


class _Alone(Piece):
    """Something about the connection itself: no transaction is open meanwhile."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__(None)
        self._act = act

    def do(self) -> None:
        try:
            self.finish(self._act())
        except BaseException as error:  # noqa: BLE001 - it is told to whoever waits
            self.fail(error)


def _caused(error: StoreUnavailableError, cause: sqlite3.Error) -> StoreUnavailableError:
    error.__cause__ = cause
    return error


def set_up(connection: sqlite3.Connection, *, synchronous: str) -> None:
    """What every connection of ours asks for before its first transaction."""
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA recursive_triggers = ON")
    connection.execute("PRAGMA fullfsync = ON")  # macOS: without it a sync may stay in the drive
    connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten too
    connection.execute(f"PRAGMA synchronous = {synchronous}")


def begin_immediate(connection: sqlite3.Connection, *, max_looks: int) -> None:
    """Begin with the write lock in hand, so that what is read cannot change before the commit.

    Raises:
        sqlite3.OperationalError: another process kept the lock for that many looks.
    """
    for _ in range(max_looks - 1):
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if primary_code(error) not in _BUSY:
                raise
        else:
            return
    connection.execute("BEGIN IMMEDIATE")


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
