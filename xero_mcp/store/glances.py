"""A glance: to read a row or two that are at hand, where a hop to a thread would cost more.

It is done on the event loop, over a connection of its own, and waits for nothing: whatever
stands in its way is left to who may wait.
"""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from xero_mcp.store.base import Tables
from xero_mcp.store.sqlite_lane import NO_CHANGE, NO_WAIT, DatabaseFile, SqliteExecutor, opened


class Seen(NamedTuple):
    """What the work gave."""

    result: object


class Glances:
    """Reads over one consistent snapshot, one at a time."""

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._is_closed = False

    def at_once(self, work: Callable[[Tables], object]) -> Seen | None:
        """None where it would have to wait, or the database fails: then another way tells why."""
        if self._is_closed or not self._turn.acquire(blocking=False):
            return None
        try:
            return Seen(self._read(self._connected(), work))
        except sqlite3.Error:
            self._disconnect()
            return None
        finally:
            self._turn.release()

    def close(self) -> None:
        """Give the file back; from now on nothing is seen."""
        with self._turn:
            self._is_closed = True
            self._disconnect()

    def _read(self, connection: sqlite3.Connection, work: Callable[[Tables], object]) -> object:
        executor = SqliteExecutor(connection)
        connection.execute("BEGIN")
        try:
            self._file.must_be_the_same()
            return work(Tables(executor, must_have_room=self._file.must_have_room))
        finally:
            executor.end()
            connection.execute("ROLLBACK")

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = opened(
                self._file, NO_CHANGE, NO_WAIT, waits=False, synchronous="NORMAL"
            )
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
