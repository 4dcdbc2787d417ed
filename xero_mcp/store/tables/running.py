"""Calls under way: written with the intent, removed with the outcome.

A row whose server process is gone is a call of which nobody knows how it ended.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from xero_mcp.clock import to_iso
from xero_mcp.store.executor import Executor, moment, text, text_or_none

MAX_ORPHANS = 1000
"""As many as one transaction settles; whoever recovers asks again until none is left."""

_OPEN = """
INSERT INTO running (intent_id, instance, started_at, write_id)
VALUES (:intent_id, :instance, :started_at, :write_id)
"""
_CLOSE = "DELETE FROM running WHERE intent_id = :intent_id"
_INSTANCE_OF = "SELECT instance FROM running WHERE intent_id = :intent_id"
_INSTANCES = "SELECT DISTINCT instance FROM running"
_OF_INSTANCE = """
SELECT intent_id, instance, started_at, write_id FROM running WHERE instance = :instance
ORDER BY started_at, intent_id LIMIT :limit
"""


class RunningRow(NamedTuple):
    """One call under way, and the server process that runs it."""

    intent_id: str
    instance: str
    started_at: datetime
    write_id: str | None = None
    """The write (known by the intent of its first try) that this call sends; None for a read."""


class RunningTable:
    """Which calls are under way, and in which server process."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def open(
        self, intent_id: str, instance: str, at: datetime, *, write_id: str | None = None
    ) -> None:
        self._executor.change(
            _OPEN,
            {
                "intent_id": intent_id,
                "instance": instance,
                "started_at": to_iso(at),
                "write_id": write_id,
            },
        )

    def close(self, intent_id: str) -> bool:
        """Whether it was under way."""
        return self._executor.change(_CLOSE, {"intent_id": intent_id}) > 0

    def instance_of(self, intent_id: str) -> str | None:
        """The process that runs this call; None where it is not under way."""
        for (instance,) in self._executor.rows(_INSTANCE_OF, {"intent_id": intent_id}):
            return text(instance)
        return None

    def orphans(self, is_live: Callable[[str], bool]) -> list[RunningRow]:
        """Calls of processes that are gone, oldest first for each, up to MAX_ORPHANS.

        Whether a process lives is asked here, inside the transaction: a process makes
        itself known before its first call, so a list made earlier could miss a new one.
        """
        found: list[RunningRow] = []
        for (instance,) in self._executor.rows(_INSTANCES, {}):
            if len(found) < MAX_ORPHANS and not is_live(text(instance)):
                found.extend(self._of(text(instance), limit=MAX_ORPHANS - len(found)))
        return found

    def _of(self, instance: str, *, limit: int) -> list[RunningRow]:
        wanted = {"instance": instance, "limit": limit}
        return [
            RunningRow(
                intent_id=text(intent),
                instance=text(name),
                started_at=moment(at),
                write_id=text_or_none(write),
            )
            for intent, name, at, write in self._executor.rows(_OF_INSTANCE, wanted)
        ]
