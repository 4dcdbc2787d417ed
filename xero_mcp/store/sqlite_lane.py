"""One SQLite connection, in the hands of one thread.

The event loop never waits for the database: a locked file costs the caller time, and
nobody else.
"""

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Tables
from xero_mcp.store.brief_work import Begun, BriefWork, Turn
from xero_mcp.store.executor import Row, Value
from xero_mcp.store.lane_thread import MAX_TOGETHER, LaneThread, Piece
from xero_mcp.store.sqlite_errors import BUSY, is_harmless, primary_code, told, unavailable

T = TypeVar("T")

LOCK_WAIT_SECONDS = 5.0
"""How long a transaction waits for another process before the store counts as unavailable."""
MIN_FREE_BYTES = 1024 * 1024
"""With less than this left on the disk an outcome might no longer be written: better not begin."""
LOOK_SECONDS = 0.01
"""How long one look for the lock takes.

SQLite's own wait grows to a tenth of a second between looks, which starves a process
among busy neighbours; and it would stop the event loop.
"""
_PAUSES_SECONDS = (0.001, 0.002, 0.007)
"""The same in parts: most locks are held for less than a millisecond."""


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

    def connect(self, *, waits: bool) -> sqlite3.Connection:
        """Open the file that is there; never make an empty one in its place.

        One that `waits` does so for as long as a lock may be waited for.
        """
        return sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw",
            uri=True,
            timeout=self._care.lock_wait_seconds if waits else LOOK_SECONDS,
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
        self.has_changed = False
        """Whether there is something to be undone."""

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> Sequence[Row]:
        return self._open().execute(sql, parameters).fetchall()

    def change(self, sql: str, parameters: Mapping[str, Value]) -> int:
        changed = self._open().execute(sql, parameters).rowcount
        self.has_changed = True
        return changed

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

    def __init__(self, file: DatabaseFile, *, synchronous: str, writes: bool, turn: Turn) -> None:
        self._file = file
        self._synchronous = synchronous
        self._writes = writes
        self._turn = turn
        self._thread = LaneThread(self._do, together=MAX_TOGETHER if writes else 1)
        self._brief = BriefWork(self, self._thread)
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    async def run(self, work: Callable[[Tables], T]) -> T:
        """Run the work in a transaction; once begun, cancellation does not cut it."""
        return await self._thread.run(Piece(work))

    async def run_briefly(self, work: Callable[[Tables], T]) -> T:
        """The same for a few statements, which may be done on the event loop."""
        return await self._brief.run(work)

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

    def begin_at_once(self, pieces: Sequence[Piece]) -> Begun:
        """See `BriefLane`: on the event loop, where everything is at hand."""
        if not self._turn.take_at_once():
            return Begun.NOT
        begun = Begun.NOT
        try:
            if self._connection is not None and _begun(self._connection):
                begun = self._done_at_once(self._connection, pieces)
        except BaseException as error:
            begun = Begun.OVER
            self._failed(pieces, error)
            if not isinstance(error, Exception):
                raise
        finally:
            if begun is not Begun.OPEN:
                self._turn.give_back()
        return begun

    def _done_at_once(self, connection: sqlite3.Connection, pieces: Sequence[Piece]) -> Begun:
        """Without a savepoint for each, which costs as much as a record: seldom is one needed."""
        self._file.must_be_the_same()
        has_changed = False
        for piece in pieces:
            executor = SqliteExecutor(connection)
            try:
                piece.finish(self._worked(executor, piece))
            except Exception as error:
                if not is_harmless(error):
                    raise
                if executor.has_changed:  # all are done once more, where each is undone alone
                    connection.execute("ROLLBACK")
                    return Begun.NOT
                piece.fail(told(self._file.path, error))
            has_changed = has_changed or executor.has_changed
        if has_changed:
            return Begun.OPEN
        connection.execute("COMMIT")
        return Begun.OVER

    def commit(self, pieces: Sequence[Piece]) -> None:
        """See `BriefLane`."""
        try:
            self._connected().execute("COMMIT")
        except BaseException as error:  # noqa: BLE001 - it is told to whoever waits
            self._failed(pieces, error)
        finally:
            self._turn.give_back()

    def _do_together(self, pieces: Sequence[Piece]) -> None:
        with self._turn:
            try:
                connection = self._connected()
                if self._writes:
                    begin_immediate(connection, max_looks=self._file.max_looks)
                else:
                    connection.execute("BEGIN")
                self._work(connection, pieces)
                connection.execute("COMMIT")
            except BaseException as error:  # noqa: BLE001 - it is told to whoever waits
                self._failed(pieces, error)

    def _failed(self, pieces: Sequence[Piece], error: BaseException) -> None:
        """Undo all of it, and let each piece know why."""
        if self._connection is not None and self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
        if not is_harmless(error):
            self._disconnect()
        for piece in pieces:
            piece.fail(told(self._file.path, error))

    def _fold(self) -> bool:
        with self._turn:
            try:
                connection = self._connected()
                for _ in range(self._file.max_looks):
                    [(busy, _, _)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    if not busy:
                        return True
                    time.sleep(LOOK_SECONDS)
            except sqlite3.Error as error:
                raise unavailable(self._file.path, error) from error
            return False

    def _work(self, connection: sqlite3.Connection, pieces: Sequence[Piece]) -> None:
        """Do all of them in the transaction that is open."""
        self._file.must_be_the_same()
        if len(pieces) == 1:
            pieces[0].finish(self._worked(SqliteExecutor(connection), pieces[0]))
            return
        for piece in pieces:
            self._part(connection, piece)

    def _part(self, connection: sqlite3.Connection, piece: Piece) -> None:
        """One piece of a shared transaction: undone alone where it fails by itself.

        Raises:
            sqlite3.Error: the database failed, so that nothing of the whole can stand.
        """
        connection.execute("SAVEPOINT piece")
        try:
            piece.finish(self._worked(SqliteExecutor(connection), piece))
        except BaseException as error:
            if not is_harmless(error):
                raise
            piece.fail(told(self._file.path, error))
        if piece.failed:
            connection.execute("ROLLBACK TO piece")
        connection.execute("RELEASE piece")

    def _worked(self, executor: SqliteExecutor, piece: Piece) -> object:
        try:
            tables = Tables(executor, must_have_room=self._file.must_have_room)
            return piece.work(tables) if piece.work is not None else None
        finally:
            executor.end()

    def _connected(self) -> sqlite3.Connection:
        if self._closed:
            raise StoreUnavailableError("The database is closed: the server is stopping.")
        if self._connection is None:
            own = NO_WAIT if self._writes else NO_CHANGE
            self._connection = opened(
                self._file, own, waits=not self._writes, synchronous=self._synchronous
            )
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


NO_WAIT = "PRAGMA busy_timeout = 0"
"""Waiting is done by us, where it is done at all."""
NO_CHANGE = "PRAGMA query_only = ON"


def opened(file: DatabaseFile, *own: str, waits: bool, synchronous: str) -> sqlite3.Connection:
    """A connection with all that every one of ours asks for, and with its own statements."""
    connection = file.connect(waits=waits)
    try:
        set_up(connection, synchronous=synchronous)
        for statement in own:
            connection.execute(statement)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


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
        for pause_seconds in _PAUSES_SECONDS:
            if _begun(connection):
                return
            time.sleep(pause_seconds)
    connection.execute("BEGIN IMMEDIATE")


def _begun(connection: sqlite3.Connection) -> bool:
    """Begin with the write lock, unless another process has it."""
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if primary_code(error) not in BUSY:
            raise
        return False
    return True
