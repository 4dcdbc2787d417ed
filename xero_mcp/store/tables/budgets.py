"""What an agent has used up besides its writes: its calls to Xero, and the rows it was shown."""

from datetime import datetime

from xero_mcp.clock import to_iso
from xero_mcp.store.executor import Executor, whole

_ADD_CALL = """
INSERT INTO agent_calls (id, agent, organisation_id, at_ms)
VALUES (:id, :agent, :organisation_id, :at)
"""
_REMOVE_CALL = "DELETE FROM agent_calls WHERE id = :id"
_FORGET_CALLS = "DELETE FROM agent_calls WHERE at_ms <= :before"
_CALLS = """
SELECT COUNT(*) FROM agent_calls
WHERE agent = :agent AND organisation_id = :organisation_id AND at_ms > :after
"""
_ADD_ROWS = """
INSERT INTO agent_rows (intent_id, agent, organisation_id, at, shown)
VALUES (:intent_id, :agent, :organisation_id, :at, :shown)
"""
_FORGET_ROWS = "DELETE FROM agent_rows WHERE at < :before"
_ROWS = """
SELECT CAST(COALESCE(SUM(shown), 0) AS BIGINT) FROM agent_rows
WHERE agent = :agent AND organisation_id = :organisation_id AND at >= :since
"""


class BudgetsTable:
    """Counters of agents, over one open transaction."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def add_call(self, call_id: str, *, agent: str, organisation_id: str, at_ms: int) -> None:
        wanted = {"id": call_id, "agent": agent, "organisation_id": organisation_id, "at": at_ms}
        self._executor.change(_ADD_CALL, wanted)

    def remove_call(self, call_id: str) -> None:
        """Take back a call that never left this machine."""
        self._executor.change(_REMOVE_CALL, {"id": call_id})

    def forget_calls(self, *, before_ms: int) -> None:
        self._executor.change(_FORGET_CALLS, {"before": before_ms})

    def calls_since(self, agent: str, organisation_id: str, *, after_ms: int) -> int:
        wanted = {"agent": agent, "organisation_id": organisation_id, "after": after_ms}
        return whole(self._executor.rows(_CALLS, wanted)[0][0])

    def add_rows(
        self, intent_id: str, *, agent: str, organisation_id: str, at: datetime, shown: int
    ) -> None:
        self._executor.change(
            _ADD_ROWS,
            {
                "intent_id": intent_id,
                "agent": agent,
                "organisation_id": organisation_id,
                "at": to_iso(at),
                "shown": shown,
            },
        )

    def forget_rows(self, *, before: datetime) -> None:
        self._executor.change(_FORGET_ROWS, {"before": to_iso(before)})

    def rows_since(self, agent: str, organisation_id: str, *, since: datetime) -> int:
        wanted = {"agent": agent, "organisation_id": organisation_id, "since": to_iso(since)}
        return whole(self._executor.rows(_ROWS, wanted)[0][0])
