"""The audit log as it lies in the database: one row a record, never changed, never removed.

`body` is the record itself (canonical JSON); the other columns repeat parts of it so that
the log can be searched, and `audit_sought` repeats some of them again. Whoever verifies compares
them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from xero_mcp.store.executor import Executor, Row, Value, text, text_or_none, whole
from xero_mcp.store.tables.audit_search import AuditFilters, found
from xero_mcp.store.tables.audit_sought import Mislisted, copy_after, mislisted

__all__ = ["GENESIS_HASH", "AuditFilters", "AuditRow", "AuditTable"]

GENESIS_HASH = "0" * 64
"""What the first record has in place of the hash of the one before it."""


class AuditRow(NamedTuple):
    """One record; `at` is text in the form of `clock.to_iso`."""

    seq: int
    at: str
    kind: str
    id: str
    intent_id: str | None
    approval_id: str | None
    agent: str | None
    organisation_id: str | None
    tool: str | None
    decision: str | None
    status: str | None
    body: str
    hash: str
    contact_id: str | None = None
    amount_e4: int | None = None
    """The amount in ten-thousandths, to be compared."""
    look: str | None = None
    """Why somebody should look at it, words with commas between."""
    facts: str | None = None
    """The hash of what stays of it once its content is forgotten; None in the oldest logs."""
    forgotten: str | None = None
    """The record that says so, where the content was forgotten: `body` holds the facts alone."""


class SealedRow(NamedTuple):
    """The full arguments of a record, encrypted; both texts are base64."""

    id: str
    seed: str
    box: str


_SELECT = """
SELECT seq, at, kind, id, intent_id, approval_id, agent, organisation_id, tool, decision, status,
       body, hash, contact_id, amount_e4, look, facts, forgotten
FROM audit
"""
_INSERT = """
INSERT INTO audit (seq, at, kind, id, intent_id, approval_id, agent, organisation_id, tool,
                   decision, status, body, hash, contact_id, amount_e4, look, facts)
VALUES (:seq, :at, :kind, :id, :intent_id, :approval_id, :agent, :organisation_id, :tool,
        :decision, :status, :body, :hash, :contact_id, :amount_e4, :look, :facts)
"""
_TAIL = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"
_LAST = "ORDER BY seq DESC LIMIT 1"
_HASHES = "SELECT hash FROM audit WHERE seq > :after_seq ORDER BY seq LIMIT :limit"
_BY_ID = "WHERE id = :id"
_BY_INTENT = "WHERE intent_id = :id ORDER BY seq LIMIT :limit"
_BY_APPROVAL = "WHERE approval_id = :id ORDER BY seq LIMIT :limit"
_AFTER = "WHERE seq > :after_seq ORDER BY seq LIMIT :limit"
_OF_NUMBERS = "WHERE seq IN ({numbers}) ORDER BY seq DESC"
_REVIEWED = """
INSERT INTO audit_reviews (call_id, review_id) VALUES (:call_id, :review_id)
ON CONFLICT (call_id) DO UPDATE SET review_id = excluded.review_id
"""
_PUT_SALT = "INSERT INTO audit_salts (id, salt) VALUES (:id, :salt)"
_GET_SALT = "SELECT salt FROM audit_salts WHERE id = :id"
_PUT_SEALED = "INSERT INTO audit_sealed (id, seed, box) VALUES (:id, :seed, :box)"
_GET_SEALED = "SELECT id, seed, box FROM audit_sealed WHERE id = :id"
_FORGET = """
UPDATE audit SET body = :facts, contact_id = NULL, forgotten = :because WHERE seq = :seq
"""
_FORGET_BESIDE = (
    "DELETE FROM audit_salts WHERE id = :id",
    "DELETE FROM audit_sealed WHERE id = :id",
)
MAX_RECORDS_OF_ONE = 1000
"""More records than one call or one approval can ever have."""


class AuditTable:
    """The rows of the log, in the order in which they were written."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def tail(self) -> tuple[int, str]:
        """The last record's number and hash; 0 and GENESIS_HASH where there is none."""
        for seq, digest in self._executor.rows(_TAIL, {}):
            return whole(seq), text(digest)
        return 0, GENESIS_HASH

    def last(self) -> AuditRow | None:
        """The last record."""
        rows = self._select(_LAST, {})
        return rows[0] if rows else None

    def append(self, row: AuditRow) -> None:
        """Add the next record; the database itself refuses any other number."""
        self._executor.change(
            _INSERT,
            row._asdict(),
        )
        copy_after(self._executor, row.seq)

    def get(self, record_id: str) -> AuditRow | None:
        """One record by its own id."""
        rows = self._select(_BY_ID, {"id": record_id})
        return rows[0] if rows else None

    def records_of(self, record_id: str) -> list[AuditRow]:
        """A record by its own id and all that name it as their intent, or all of an approval."""
        wanted: dict[str, Value] = {"id": record_id, "limit": MAX_RECORDS_OF_ONE}
        own = self._select(_BY_ID, wanted)
        if own:
            return own + self._select(_BY_INTENT, wanted)
        return self._select(_BY_APPROVAL, wanted)

    def page(
        self, filters: AuditFilters, *, before_seq: int | None = None, limit: int = 50
    ) -> list[AuditRow]:
        """The newest records that match, newest first; `before_seq` goes on from a page."""
        numbers = found(self._executor, filters, before_seq=before_seq, limit=limit)
        listed = ", ".join(map(str, numbers)) or "NULL"
        return self._select(_OF_NUMBERS.format(numbers=listed), {})

    def mislisted(self) -> Mislisted | None:
        """The first record that `page` would not find by what the record says, if there is one."""
        return mislisted(self._executor)

    def reviewed(self, call_id: str, review_id: str) -> None:
        """Take a call off the list of what needs a look."""
        self._executor.change(_REVIEWED, {"call_id": call_id, "review_id": review_id})

    def scan(self, after_seq: int, *, limit: int) -> list[AuditRow]:
        """Records in order, from the one after `after_seq`."""
        wanted: dict[str, Value] = {"after_seq": after_seq, "limit": limit}
        return [_trusted(row) for row in self._executor.rows(_SELECT + _AFTER, wanted)]

    def hashes(self, after_seq: int, *, limit: int) -> list[str]:
        """The hashes alone, in order, from the record after `after_seq`."""
        wanted: dict[str, Value] = {"after_seq": after_seq, "limit": limit}
        return [text(digest) for (digest,) in self._executor.rows(_HASHES, wanted)]

    def put_salt(self, record_id: str, salt: str) -> None:
        """Keep what opens a record's commitment, outside the chain so that it can be forgotten."""
        self._executor.change(_PUT_SALT, {"id": record_id, "salt": salt})

    def salt_of(self, record_id: str) -> str | None:
        for (salt,) in self._executor.rows(_GET_SALT, {"id": record_id}):
            return text(salt)
        return None

    def put_sealed(self, row: SealedRow) -> None:
        """Keep a record's full arguments, outside the chain so that they can be forgotten."""
        self._executor.change(_PUT_SEALED, row._asdict())

    def sealed_of(self, record_id: str) -> SealedRow | None:
        for record, seed, box in self._executor.rows(_GET_SEALED, {"id": record_id}):
            return SealedRow(id=text(record), seed=text(seed), box=text(box))
        return None

    def forget(self, row: AuditRow, *, facts: str, because: str) -> None:
        """Leave of a record its facts alone; the later record `because` must be there."""
        self._executor.change(_FORGET, {"seq": row.seq, "facts": facts, "because": because})
        self.forget_beside(row.id)

    def forget_beside(self, record_id: str) -> None:
        """Leave nothing of what is kept beside a record: its full arguments, its salt."""
        for statement in _FORGET_BESIDE:
            self._executor.change(statement, {"id": record_id})

    def _select(self, tail: str, parameters: Mapping[str, Value]) -> list[AuditRow]:
        return [_read(row) for row in self._executor.rows(_SELECT + tail, parameters)]


def _trusted(row: Row) -> AuditRow:
    """As `_read`, for whoever goes through all of them: what has another type stays so."""
    whole(row[0])
    text(row[11])
    text(row[12])
    return AuditRow._make(row)


def _read(row: Row) -> AuditRow:
    return AuditRow(
        seq=whole(row[0]),
        at=text(row[1]),
        kind=text(row[2]),
        id=text(row[3]),
        intent_id=text_or_none(row[4]),
        approval_id=text_or_none(row[5]),
        agent=text_or_none(row[6]),
        organisation_id=text_or_none(row[7]),
        tool=text_or_none(row[8]),
        decision=text_or_none(row[9]),
        status=text_or_none(row[10]),
        body=text(row[11]),
        hash=text(row[12]),
        contact_id=text_or_none(row[13]),
        amount_e4=None if row[14] is None else whole(row[14]),
        look=text_or_none(row[15]),
        facts=text_or_none(row[16]),
        forgotten=text_or_none(row[17]),
    )
