"""Who is asking: a credential or a launch name becomes an Agent."""

from xero_mcp.agents.agent import AGENT_NAME, Agent, Caller, Refused, launched_agent
from xero_mcp.agents.book import (
    AgentBook,
    AgentEntry,
    AgentsError,
    KeyNews,
    NewKey,
    still_opens,
)
from xero_mcp.agents.keys import fingerprint_of

__all__ = [
    "AGENT_NAME",
    "Agent",
    "AgentBook",
    "AgentEntry",
    "AgentsError",
    "Caller",
    "KeyNews",
    "NewKey",
    "Refused",
    "fingerprint_of",
    "launched_agent",
    "still_opens",
]
