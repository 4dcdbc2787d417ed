"""People who are signed in to the approval page. No token lies here, only its hash."""

from datetime import datetime
from typing import NamedTuple

from xero_mcp.clock import to_iso
from xero_mcp.store.executor import Executor, moment, text

_ADD = """
INSERT INTO person_sessions (token_hash, email, passphrase_mark, opened_at, ends_at)
VALUES (:token_hash, :email, :passphrase_mark, :opened_at, :ends_at)
"""
_GET = """
SELECT token_hash, email, passphrase_mark, opened_at, ends_at
FROM person_sessions WHERE token_hash = :token_hash
"""
_END = "DELETE FROM person_sessions WHERE token_hash = :token_hash"
_SWEEP = "DELETE FROM person_sessions WHERE ends_at <= :now"


class PersonSessionRow(NamedTuple):
    """One person in one browser."""

    token_hash: str
    email: str
    passphrase_mark: str
    """Of the passphrase that was given: with another one the session is over."""
    opened_at: datetime
    ends_at: datetime


class PersonSessionsTable:
    """Who is signed in, over one open transaction."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def add(self, row: PersonSessionRow) -> None:
        self._executor.change(
            _ADD,
            {
                "token_hash": row.token_hash,
                "email": row.email,
                "passphrase_mark": row.passphrase_mark,
                "opened_at": to_iso(row.opened_at),
                "ends_at": to_iso(row.ends_at),
            },
        )

    def get(self, token_hash: str) -> PersonSessionRow | None:
        for row in self._executor.rows(_GET, {"token_hash": token_hash}):
            return PersonSessionRow(
                token_hash=text(row[0]),
                email=text(row[1]),
                passphrase_mark=text(row[2]),
                opened_at=moment(row[3]),
                ends_at=moment(row[4]),
            )
        return None

    def end(self, token_hash: str) -> bool:
        return self._executor.change(_END, {"token_hash": token_hash}) > 0

    def sweep(self, now: datetime) -> int:
        """Forget those whose time has run out."""
        return self._executor.change(_SWEEP, {"now": to_iso(now)})
