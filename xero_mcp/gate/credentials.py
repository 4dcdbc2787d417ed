"""A key that was taken back while its call was on the way: it opens nothing, not even that."""

from datetime import datetime

from xero_mcp.agents import Agent, still_opens
from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.store.base import Tables


def must_hold_its_key(tables: Tables, agent: Agent, now: datetime) -> None:
    """Look once more, in the transaction of the intent: a call may wait for people for hours.

    Raises:
        XeroMcpError: NOT_ALLOWED; nothing was done.
    """
    if not still_opens(tables, agent, now):
        raise XeroMcpError(
            "The key of this agent was revoked while the call was on its way; nothing was done.",
            code=ErrorCode.NOT_ALLOWED,
            next_step="Stop. Tell the user: whoever runs the server gives out a new key.",
        )
