"""What came of a transaction whose COMMIT was sent and never answered."""

import time

import psycopg

from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.postgres_connection import Address, BoundedConnection, Patience

WRITING = 0x78_65_72_6F_6D_63_70_01
"""The advisory lock that every change takes, so that all replicas' changes come one by one."""
MAX_LOOKS = 40
LOOK_SECONDS = 0.25

TAKE_THE_LOCK = b"SELECT pg_advisory_xact_lock(%d)" % WRITING
_BEGIN = b"BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; " + TAKE_THE_LOCK
_LOOK = "SELECT number FROM store_commits WHERE lane = %(lane)s"


class Doubt:
    """One transaction, by the number that it leaves behind where it is committed."""

    def __init__(self, address: Address, patience: Patience, *, lane: str, number: int) -> None:
        self._address = address
        self._patience = patience
        self._lane = lane
        self._number = number

    def was_committed(self) -> bool:
        """Ask the server, as soon as it can be asked.

        Raises:
            StoreUnavailableError: it cannot be asked in time; so nobody knows.
        """
        give_up_at = time.monotonic() + self._patience.answer_seconds
        for _ in range(MAX_LOOKS):
            try:
                with self._address.connect(self._patience) as connection:
                    return self._look(connection)
            except (psycopg.Error, StoreUnavailableError):
                if time.monotonic() >= give_up_at:
                    break
            time.sleep(LOOK_SECONDS)
        raise StoreUnavailableError(
            f"The {self._address} went away in the middle of a commit and cannot be asked how it "
            "ended. The last change may have been kept."
        )

    def _look(self, connection: BoundedConnection) -> bool:
        # Whoever has the lock knows that the transaction is over, one way or the other.
        connection.execute(_BEGIN, prepare=False)
        found = connection.execute(_LOOK, {"lane": self._lane}).fetchall()
        return found == [(self._number,)]
