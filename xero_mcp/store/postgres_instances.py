"""Which server processes of one PostgreSQL are alive, told by locks that their sessions hold.

A session ends with its process, whatever ended that; then the server drops its locks, and a
call under way is one of which nobody will hear the end. The server itself may be restarted
under living processes: for a while after it everybody counts as alive, until they are back.
"""

import re
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress

import psycopg

from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.postgres_connection import Address, BoundedConnection, Patience

BEAT_SECONDS = 1.0
"""How often a process looks whether its session still stands."""
RETURN_SECONDS = 15
"""After a restart of the server, everybody has so long to come back."""
JOIN_SECONDS = 2.0
"""The thread may be asking a server that is frozen; the process may end without it."""

_NAME = re.compile(r"s-([0-9a-f]{16})")
_HOLD = "SELECT pg_try_advisory_lock(%(key)s)"
_LET_GO = "SELECT pg_advisory_unlock(%(key)s)"
_STANDS = b"SELECT 1"
_IS_HELD = """
SELECT clock_timestamp() < pg_postmaster_start_time() + make_interval(secs => %(seconds)s)
OR EXISTS (
    SELECT 1 FROM pg_locks
    JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND datname = current_database()
    AND ((classid::bigint << 32) | objid::bigint) = %(key)s
)
"""


class PostgresPresence:
    """This process's own sign of life; a thread takes it up again where its session broke."""

    def __init__(self, address: Address, patience: Patience, instance: str) -> None:
        self.instance = instance
        self._address = address
        self._patience = patience
        self._connection: BoundedConnection | None = None
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="presence", daemon=True)

    def begin(self) -> None:
        """Take the lock; raises psycopg.Error or StoreUnavailableError where that fails."""
        self._hold()
        self._thread.start()

    def leave(self) -> None:
        """Let go; calls that are still under way count as orphans from now on."""
        if not self._leaving.is_set():
            self._leaving.set()
            self._thread.join(JOIN_SECONDS)
            if not self._thread.is_alive():
                self._let_go()
            self._drop()

    def _let_go(self) -> None:
        """At once; a session that is closed keeps its locks for a moment longer."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.execute(_LET_GO, {"key": _key(self.instance)})

    def _keep(self) -> None:
        while not self._leaving.wait(BEAT_SECONDS):
            with suppress(psycopg.Error, StoreUnavailableError):
                self._look()

    def _look(self) -> None:
        """A server that is frozen keeps the session: only what is really closed is replaced."""
        if self._connection is None or self._connection.closed:
            self._hold()
            return
        try:
            self._connection.execute(_STANDS)
        except psycopg.Error:
            self._drop()
            raise

    def _hold(self) -> None:
        self._drop()
        connection = self._address.connect(self._patience)
        try:
            connection.execute(_HOLD, {"key": _key(self.instance)})
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresInstances:
    """The server processes that share one database."""

    def __init__(
        self,
        url: str,
        *,
        patience: Patience | None = None,
        return_seconds: int = RETURN_SECONDS,
        randomness: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._address = Address(url)
        self._patience = patience or Patience()
        self._return_seconds = return_seconds
        self._randomness = randomness
        self._guard = threading.Lock()
        self._connection: BoundedConnection | None = None

    def enter(self) -> PostgresPresence:
        """Make this process known, before its first call.

        Raises:
            StoreUnavailableError: the database cannot be reached.
        """
        instance = f"s-{self._randomness(8).hex()}"
        presence = PostgresPresence(self._address, self._patience, instance)
        try:
            presence.begin()
        except psycopg.Error as error:
            raise self._address.unavailable(error) from error
        return presence

    def is_live(self, instance: str) -> bool:
        """Whether the process still runs; one that never was counts as gone.

        Called within transactions, and so over a connection of its own.
        """
        if not _NAME.fullmatch(instance):
            return False
        with self._guard:
            try:
                return self._asked(instance)
            except psycopg.Error:
                self._drop()
            try:
                return self._asked(instance)
            except (psycopg.Error, StoreUnavailableError):
                self._drop()
                return True  # to take a live call for dead would be worse

    def sweep(self) -> int:
        """The dead leave nothing behind here."""
        return 0

    def close(self) -> None:
        with self._guard:
            self._drop()

    def _asked(self, instance: str) -> bool:
        if self._connection is None:
            self._connection = self._address.connect(self._patience)
        wanted = {"key": _key(instance), "seconds": self._return_seconds}
        [(is_live,)] = self._connection.execute(_IS_HELD, wanted).fetchall()
        return bool(is_live)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _key(instance: str) -> int:
    """The number of its lock: 64 bits with a sign, as the server has them."""
    unsigned = int(instance.removeprefix("s-"), 16)
    return unsigned - 2**64 if unsigned >= 2**63 else unsigned
