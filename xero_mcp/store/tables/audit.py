"""The audit log as it lies in the database: one row a record, never changed, never removed.

`body` is the record itself (canonical JSON); the other columns repeat parts of it so that
the log can be searched. Whoever verifies compares them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from xero_mcp.clock import to_iso
from xero_mcp.store.executor import Executor, Row, Value, text, text_or_none, whole

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


class AuditFilters(NamedTuple):
    """What to look for; whatever is left out does not matter."""

    agent: str | None = None
    organisation_id: str | None = None
    tool: str | None = None
    kind: str | None = None
    decision: str | None = None
    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None


_SELECT = """
SELECT seq, at, kind, id, intent_id, approval_id, agent, organisation_id, tool, decision, status,
       body, hash
FROM audit
"""
_INSERT = """
INSERT INTO audit (seq, at, kind, id, intent_id, approval_id, agent, organisation_id, tool,
                   decision, status, body, hash)
VALUES (:seq, :at, :kind, :id, :intent_id, :approval_id, :agent, :organisation_id, :tool,
        :decision, :status, :body, :hash)
"""
_TAIL = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"
_BY_ID = "WHERE id = :id"
_BY_INTENT = "WHERE intent_id = :id ORDER BY seq LIMIT :limit"
_BY_APPROVAL = "WHERE approval_id = :id ORDER BY seq LIMIT :limit"
_AFTER = "WHERE seq > :after_seq ORDER BY seq LIMIT :limit"
_NEWEST_FIRST = "ORDER BY seq DESC LIMIT :limit"
_CLAUSES = {
    "agent": "agent = :agent",
    "organisation_id": "organisation_id = :organisation_id",
    "tool": "tool = :tool",
    "kind": "kind = :kind",
    "decision": "decision = :decision",
    "status": "status = :status",
    "since": "at >= :since",
    "until": "at < :until",
    "before_seq": "seq < :before_seq",
}
_PUT_SALT = "INSERT INTO audit_salts (id, salt) VALUES (:id, :salt)"
_GET_SALT = "SELECT salt FROM audit_salts WHERE id = :id"
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

    def append(self, row: AuditRow) -> None:
        """Add the next record; the database itself refuses any other number."""
        self._executor.change(
            _INSERT,
            {
                "seq": row.seq,
                "at": row.at,
                "kind": row.kind,
                "id": row.id,
                "intent_id": row.intent_id,
                "approval_id": row.approval_id,
                "agent": row.agent,
                "organisation_id": row.organisation_id,
                "tool": row.tool,
                "decision": row.decision,
                "status": row.status,
                "body": row.body,
                "hash": row.hash,
            },
        )

    def get(self, record_id: str) -> AuditRow | None:
        """One record by its own id."""
        found = self._select(_BY_ID, {"id": record_id})
        return found[0] if found else None

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
        wanted: dict[str, Value] = {
            "agent": filters.agent,
            "organisation_id": filters.organisation_id,
            "tool": filters.tool,
            "kind": filters.kind,
            "decision": filters.decision,
            "status": filters.status,
            "since": None if filters.since is None else to_iso(filters.since),
            "until": None if filters.until is None else to_iso(filters.until),
            "before_seq": before_seq,
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        where = " AND ".join(_CLAUSES[name] for name in given)
        tail = f"WHERE {where} {_NEWEST_FIRST}" if where else _NEWEST_FIRST
        return self._select(tail, {**given, "limit": limit})

    def scan(self, after_seq: int, *, limit: int) -> list[AuditRow]:
        """Records in order, from the one after `after_seq`."""
        return self._select(_AFTER, {"after_seq": after_seq, "limit": limit})

    def put_salt(self, record_id: str, salt: str) -> None:
        """Keep what opens a record's commitment, outside the chain so that it can be forgotten."""
        self._executor.change(_PUT_SALT, {"id": record_id, "salt": salt})

    def salt_of(self, record_id: str) -> str | None:
        for (salt,) in self._executor.rows(_GET_SALT, {"id": record_id}):
            return text(salt)
        return None

    def _select(self, tail: str, parameters: Mapping[str, Value]) -> list[AuditRow]:
        return [_read(row) for row in self._executor.rows(_SELECT + tail, parameters)]


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
    )
