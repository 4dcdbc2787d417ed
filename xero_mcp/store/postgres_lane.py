"""Transactions on PostgreSQL, each in a worker thread, over a few connections kept open.

The event loop never waits for the database. A connection that broke is replaced when it is
next needed: nobody has to restart anything after the server was away.
"""

import itertools
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar, cast

import psycopg
from anyio import CapacityLimiter, to_thread

from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Tables
from xero_mcp.store.executor import Row, Value
from xero_mcp.store.postgres_connection import Address, BoundedConnection, Patience
from xero_mcp.store.postgres_doubt import TAKE_THE_LOCK, Doubt
from xero_mcp.store.postgres_text import for_database, from_database, translated

T = TypeVar("T")

MAX_TRIES = 3
"""So often is work begun: a broken connection is found out only when it is used."""

_AGAIN = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
"""The server undid it for another's sake, and says that trying again is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What sort of transactions a lane runs."""

    begin: bytes
    writes: bool
    connections: int


def writing(*, durable: bool) -> Kind:
    """One at a time: the lock would not let a second connection do anything anyway.

    What is read after the lock was granted includes all that its last holder committed: each
    statement looks anew. A snapshot of the whole transaction would be older than the lock.
    """
    forgetful = b"" if durable else b"SET LOCAL synchronous_commit = off; "
    begin = b"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; " + forgetful + TAKE_THE_LOCK
    return Kind(begin=begin, writes=True, connections=1)


READING = Kind(
    begin=b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", writes=False, connections=4
)

_LEAVE_A_NUMBER = b"""; INSERT INTO store_commits (lane, number, at) VALUES ('%b', %d, now())
ON CONFLICT (lane) DO UPDATE SET number = excluded.number, at = excluded.at"""


class PostgresExecutor:
    """SQL over one open transaction, and not a moment longer."""

    def __init__(self, connection: BoundedConnection) -> None:
        self._connection: BoundedConnection | None = connection

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> Sequence[Row]:
        found = self._run(sql, parameters).fetchall()
        return [from_database(cast("Row", row)) for row in found]

    def change(self, sql: str, parameters: Mapping[str, Value]) -> int:
        return self._run(sql, parameters).rowcount

    def end(self) -> None:
        self._connection = None

    def _run(self, sql: str, parameters: Mapping[str, Value]) -> psycopg.Cursor[tuple[object, ...]]:
        if self._connection is None:
            raise RuntimeError("Tables were used after their transaction had ended.")
        return self._connection.execute(translated(sql), for_database(parameters))


class Lane:
    """Connections for one kind of work."""

    def __init__(self, address: Address, kind: Kind, patience: Patience) -> None:
        self._address = address
        self._kind = kind
        self._patience = patience
        self._limiter = CapacityLimiter(kind.connections)
        self._idle: list[BoundedConnection] = []
        self._guard = threading.Lock()
        self._name = secrets.token_hex(8)
        self._numbers = itertools.count(1)
        self._failed_at = float("-inf")
        self._closed = False

    async def run(self, work: Callable[[Tables], T]) -> T:
        """Run the work in one transaction; once begun, cancellation does not cut it."""
        came_at = time.monotonic()
        return await to_thread.run_sync(self._run, work, came_at, limiter=self._limiter)

    async def close(self) -> None:
        await to_thread.run_sync(self._close, limiter=self._limiter)

    def _run(self, work: Callable[[Tables], T], came_at: float) -> T:
        if self._closed:
            raise StoreUnavailableError("The database is closed: the server is stopping.")
        if came_at < self._failed_at:
            raise StoreUnavailableError(
                f"The {self._address} did not answer while this waited. Nothing was changed."
            )
        try:
            return self._tried(work)
        except psycopg.Error as error:
            if _is_away(error):
                self._failed_at = time.monotonic()
            raise self._address.unavailable(error) from error

    def _tried(self, work: Callable[[Tables], T]) -> T:
        for _ in range(MAX_TRIES - 1):
            connection = self._borrowed()
            try:
                return self._transaction(connection, work)
            except _AGAIN:
                continue
            except _StaleError:
                self._drop_idle()  # its neighbours are as old
        return self._transaction(self._borrowed(), work)

    def _transaction(self, connection: BoundedConnection, work: Callable[[Tables], T]) -> T:
        executor = PostgresExecutor(connection)
        try:
            doubt = self._begin(connection)
            result = work(Tables(executor))
            self._commit(connection, doubt)
        except BaseException:
            self._undo(connection)
            raise
        finally:
            executor.end()
            self._give_back(connection)
        return result

    def _begin(self, connection: BoundedConnection) -> Doubt | None:
        doubt, begin = None, self._kind.begin
        if self._kind.writes:
            number = next(self._numbers)
            doubt = Doubt(self._address, self._patience, lane=self._name, number=number)
            begin += _LEAVE_A_NUMBER % (self._name.encode(), number)
        connection.answer_seconds = self._patience.begin_seconds
        try:
            connection.execute(begin, prepare=False)
        except psycopg.OperationalError as error:
            if connection.closed and not connection.gave_up:
                raise _StaleError(str(error)) from error
            raise
        finally:
            connection.answer_seconds = self._patience.answer_seconds
        return doubt

    def _commit(self, connection: BoundedConnection, doubt: Doubt | None) -> None:
        try:
            said = connection.execute(b"COMMIT", prepare=False).statusmessage
        except psycopg.OperationalError:
            # It may have been done, and the answer lost. Nobody may be told "no" who was done.
            if doubt is None or not doubt.was_committed():
                raise
            return
        if said != "COMMIT":
            raise StoreUnavailableError(
                f"The {self._address} undid a transaction in which a statement had failed. "
                "Nothing was changed."
            )

    def _undo(self, connection: BoundedConnection) -> None:
        with suppress(psycopg.Error):
            connection.execute(b"ROLLBACK", prepare=False)

    def _borrowed(self) -> BoundedConnection:
        with self._guard:
            if self._idle:
                return self._idle.pop()
        return self._address.connect(self._patience)

    def _give_back(self, connection: BoundedConnection) -> None:
        with self._guard:
            has_room = len(self._idle) < self._kind.connections
            if has_room and not connection.closed and not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _drop_idle(self) -> None:
        with self._guard:
            dropped, self._idle = self._idle, []
        for connection in dropped:
            connection.close()

    def _close(self) -> None:
        self._closed = True
        self._drop_idle()


def _is_away(error: psycopg.Error) -> bool:
    """Whether the server is not there at all, so that whoever waits need not try for himself."""
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))


class _StaleError(psycopg.OperationalError):
    """The connection broke while it lay idle: nothing was begun."""
