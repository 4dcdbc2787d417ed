"""People who may approve, as they lie in the database. No passphrase does, only its proof."""

from dataclasses import asdict, dataclass
from datetime import datetime

from xero_mcp.store.executor import (
    Executor,
    Row,
    columns,
    moment,
    moment_or_none,
    text,
    text_or_none,
    whole,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One person."""

    email: str
    added_at: datetime
    added_by: str
    salt: str | None = None
    proof: str | None = None
    """What scrypt makes of the passphrase; None: there is none."""
    failures: int = 0
    """Wrong passphrases in a row."""
    locked_until: datetime | None = None


_SELECT = "SELECT email, added_at, added_by, salt, proof, failures, locked_until FROM people"
_ONE = f"{_SELECT} WHERE email = :email"
_ALL = f"{_SELECT} ORDER BY email LIMIT :limit"
_PUT = """
INSERT INTO people (email, added_at, added_by, salt, proof, failures, locked_until)
VALUES (:email, :added_at, :added_by, :salt, :proof, :failures, :locked_until)
ON CONFLICT (email) DO UPDATE SET salt = excluded.salt, proof = excluded.proof,
failures = excluded.failures, locked_until = excluded.locked_until
"""
_REMOVE = "DELETE FROM people WHERE email = :email"
MAX_PEOPLE = 1_000


class PeopleTable:
    """Everybody, over one open transaction."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def get(self, email: str) -> PersonRow | None:
        for row in self._executor.rows(_ONE, {"email": email}):
            return _read(row)
        return None

    def list(self) -> "list[PersonRow]":
        return [_read(row) for row in self._executor.rows(_ALL, {"limit": MAX_PEOPLE})]

    def put(self, row: PersonRow) -> None:
        """Enter the person, or what has changed of them."""
        self._executor.change(_PUT, columns(**asdict(row)))

    def remove(self, email: str) -> bool:
        return self._executor.change(_REMOVE, {"email": email}) > 0


def _read(row: Row) -> PersonRow:
    return PersonRow(
        email=text(row[0]),
        added_at=moment(row[1]),
        added_by=text(row[2]),
        salt=text_or_none(row[3]),
        proof=text_or_none(row[4]),
        failures=whole(row[5]),
        locked_until=moment_or_none(row[6]),
    )
