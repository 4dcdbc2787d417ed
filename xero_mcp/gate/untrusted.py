"""Whether a conversation has read text that others wrote: noted here, never the agent's word."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from xero_mcp.agents import Caller
from xero_mcp.gate.answers import GateAnswer
from xero_mcp.gate.passage import Passage
from xero_mcp.gate.rooms import Rooms
from xero_mcp.store.base import Tables
from xero_mcp.text import TEXT_BY_OTHERS

FACT = "read_others_text"
COUNTS_FOR = timedelta(hours=1)
"""Where nothing ties a caller's requests to one conversation: what the agent read in the last
hour counts, in whichever conversation that was."""
KEPT_FOR = timedelta(days=400)
"""Longer than a process runs, or a session lasts."""


def note_reading(
    tables: Tables, passage: Passage, content: Mapping[str, object], now: datetime
) -> None:
    """Note what the agent is about to be shown, in the transaction that makes it final."""
    if TEXT_BY_OTHERS in content:
        caller = passage.caller
        tables.text_by_others.note(
            caller.agent.name, caller.conversation, at=now, forget_before=now - KEPT_FOR
        )
        passage.reading_noted = True


async def noted(rooms: Rooms, passage: Passage, answer: GateAnswer) -> GateAnswer:
    """The answer, noted by now: one that quotes others and was not run, such as a repeat.

    Raises:
        StoreUnavailableError: it cannot be noted; then it must not be shown.
    """
    if TEXT_BY_OTHERS in answer.content and not passage.reading_noted:
        now = rooms.clock.now()
        await rooms.store.write(lambda tables: note_reading(tables, passage, answer.content, now))
    return answer


def has_read(tables: Tables, caller: Caller, now: datetime) -> bool:
    """Whether this conversation was shown such text; in doubt about which it is, whether lately."""
    found, agent = tables.text_by_others, caller.agent.name
    if caller.conversation:
        return found.was_read_in(agent, caller.conversation)
    return found.was_read_since(agent, now - COUNTS_FOR)
