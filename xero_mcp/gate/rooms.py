"""The rooms that a call passes through, as the gate holds them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio

from xero_mcp.approvals import Approvals
from xero_mcp.audit.log import AuditLog
from xero_mcp.clock import Clock
from xero_mcp.gate.narrowing import Narrowing
from xero_mcp.gate.policies import Policies
from xero_mcp.gate.spool import Spool
from xero_mcp.gate.worked_out import WorkedOut
from xero_mcp.store.base import Store
from xero_mcp.tool.card import ToolCard
from xero_mcp.tool.feed import Feed

if TYPE_CHECKING:
    from xero_mcp.tool.declare import Tool
    from xero_mcp.xero.client import XeroClient

NOTHING_TAKEN = Narrowing()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """Built once by `app`; the gate opens nothing by itself."""

    cards: Mapping[str, ToolCard]
    tools: "Callable[[], Mapping[str, Tool[Any, Any]]]"
    """Imports the tools at the first call, so that starting does not wait for them."""
    policies: Policies
    approvals: Approvals
    audit: AuditLog
    store: Store
    spool: Spool
    client: "Callable[[], XeroClient]"
    """Builds the client of Xero at its first use, for the same reason."""
    clock: Clock
    instance: str
    is_live: Callable[[str], bool]
    """Whether another server process still runs."""
    books: str
    """Names the books where they do not outlive this process; empty for Xero's own."""
    scope_ceiling: frozenset[str]
    """XERO_SCOPES; empty: no ceiling."""
    approval_pages: str = ""
    """Where people decide in a browser; empty: on the command line alone."""
    narrowing: Narrowing = NOTHING_TAKEN
    """What the operator's flags take away from every agent of this process."""
    feed: Feed | None = None
    """What changes in Xero; None: nothing of it is kept here."""
    over: anyio.Event = field(default_factory=anyio.Event)
    """Set when the server stops, for calls that wait."""
    worked_out: WorkedOut = field(default_factory=WorkedOut)
    asks_xero: set[str] = field(default_factory=set[str])
    """Tools of which a read lately needed a request: nobody tries again to do without."""

    @property
    def xero(self) -> "XeroClient":
        """The client of Xero."""
        return self.client()
