"""Up to which record the audit log was purged, and the deletion of what a purge covers."""

from typing import NamedTuple

from xero_mcp.store.executor import Executor, Value, text, whole


class PurgeRow(NamedTuple):
    """One purge; `body` is the signed statement itself, as canonical JSON."""

    last_seq: int
    body: str


_INSERT = "INSERT INTO audit_purges (last_seq, body) VALUES (:last_seq, :body)"
_LAST = "SELECT last_seq, body FROM audit_purges ORDER BY last_seq DESC LIMIT 1"
_OF_PART = "SELECT id FROM audit WHERE seq <= :last_seq AND seq > :after_seq"
_BESIDE = tuple(
    f"DELETE FROM {table} WHERE {column} IN ({_OF_PART})"  # noqa: S608 - names of our own
    for table, column in (
        ("audit_salts", "id"),
        ("audit_sealed", "id"),
        ("audit_reviews", "call_id"),
    )
)
_APPROVALS = """
SELECT DISTINCT approval_id FROM audit
WHERE seq <= :last_seq AND seq > :after_seq AND approval_id IS NOT NULL
"""
_GONE = (
    f"DELETE FROM approval_decisions WHERE approval_id IN ({_APPROVALS})",  # noqa: S608
    f"DELETE FROM approvals WHERE id IN ({_APPROVALS})",  # noqa: S608
    f"DELETE FROM writes WHERE intent_id IN ({_OF_PART})",  # noqa: S608
    "DELETE FROM audit WHERE seq <= :last_seq AND seq > :after_seq",
    "DELETE FROM audit_sought WHERE seq <= :last_seq",
)
_FIRST = "SELECT COALESCE(MIN(seq), 0) FROM audit"


class PurgesTable:
    """Append-only, like the log that they speak of."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def append(self, row: PurgeRow) -> None:
        self._executor.change(_INSERT, row._asdict())

    def last(self) -> PurgeRow | None:
        for last_seq, body in self._executor.rows(_LAST, {}):
            return PurgeRow(last_seq=whole(last_seq), body=text(body))
        return None

    def delete_some(self, *, limit: int) -> bool:
        """Delete the oldest records that a purge covers, and what lies beside them.

        False where nothing of it is left.
        """
        last = self.last()
        [(first,)] = self._executor.rows(_FIRST, {})
        if last is None or not 0 < whole(first) <= last.last_seq:
            return False
        upto = min(last.last_seq, whole(first) + limit - 1)
        part: dict[str, Value] = {"last_seq": upto, "after_seq": whole(first) - 1}
        for statement in (*_BESIDE, *_GONE):
            self._executor.change(statement, part)
        return True
