"""When an agent last was shown text that others wrote, in each of its conversations."""

from datetime import datetime

from xero_mcp.clock import to_iso
from xero_mcp.store.executor import Executor

_NOTE = """
UPDATE text_by_others SET at = :at
WHERE agent = :agent AND conversation = :conversation AND at < :at
"""
_NOTE_ANEW = """
INSERT INTO text_by_others (agent, conversation, at) VALUES (:agent, :conversation, :at)
ON CONFLICT (agent, conversation) DO NOTHING
"""
_FORGET = "DELETE FROM text_by_others WHERE at < :before"
_IN = "SELECT 1 FROM text_by_others WHERE agent = :agent AND conversation = :conversation"
_SINCE = "SELECT 1 FROM text_by_others WHERE agent = :agent AND at > :since LIMIT 1"


class TextByOthersTable:
    """Who read what others wrote, over one open transaction."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def note(self, agent: str, conversation: str, *, at: datetime, forget_before: datetime) -> None:
        """What is older than `forget_before` goes where a conversation is noted anew."""
        wanted = {"agent": agent, "conversation": conversation, "at": to_iso(at)}
        if self._executor.change(_NOTE, wanted) or not self._executor.change(_NOTE_ANEW, wanted):
            return  # it was known, and is as young as it says
        self._executor.change(_FORGET, {"before": to_iso(forget_before)})

    def was_read_in(self, agent: str, conversation: str) -> bool:
        wanted = {"agent": agent, "conversation": conversation}
        return bool(self._executor.rows(_IN, wanted))

    def was_read_since(self, agent: str, since: datetime) -> bool:
        """In any conversation, later than that moment."""
        return bool(self._executor.rows(_SINCE, {"agent": agent, "since": to_iso(since)}))
