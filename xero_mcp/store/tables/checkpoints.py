"""Signed checkpoints of the audit log, each for a longer log than the one before it."""

from typing import NamedTuple

from xero_mcp.store.executor import Executor, Row, text, whole


class CheckpointRow(NamedTuple):
    """One checkpoint; `body` is the signed statement itself, as canonical JSON."""

    size: int
    """How many records it speaks of."""
    at: str
    body: str
    peaks: str
    """Where the tree over the records stood, so that the next checkpoint goes on from here."""


_SELECT = "SELECT size, at, body, peaks FROM audit_checkpoints"
_INSERT = """
INSERT INTO audit_checkpoints (size, at, body, peaks) VALUES (:size, :at, :body, :peaks)
"""
_LAST = f"{_SELECT} ORDER BY size DESC LIMIT 1"
_AFTER = f"{_SELECT} WHERE size > :size ORDER BY size LIMIT :limit"
_COVERING = f"{_SELECT} WHERE size >= :seq ORDER BY size LIMIT 1"


class CheckpointsTable:
    """Append-only, like the log that they speak of."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def append(self, row: CheckpointRow) -> None:
        self._executor.change(_INSERT, row._asdict())

    def last(self) -> CheckpointRow | None:
        for row in self._executor.rows(_LAST, {}):
            return _read(row)
        return None

    def after(self, size: int, *, limit: int) -> list[CheckpointRow]:
        """Checkpoints of longer logs than this, in order."""
        return [_read(row) for row in self._executor.rows(_AFTER, {"size": size, "limit": limit})]

    def covering(self, seq: int) -> CheckpointRow | None:
        """The first that speaks of this record too."""
        for row in self._executor.rows(_COVERING, {"seq": seq}):
            return _read(row)
        return None


def _read(row: Row) -> CheckpointRow:
    return CheckpointRow(size=whole(row[0]), at=text(row[1]), body=text(row[2]), peaks=text(row[3]))
