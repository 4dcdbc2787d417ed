"""What a store promises, whichever database is behind it.

A room hands over a piece of work; the store runs it in one transaction and, for
`write`, returns only when what it did would survive a power cut. So an intent, the use
of an approval and the claim on a write become durable together or not at all.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from xero_mcp.store.executor import Executor
from xero_mcp.store.tables.agents import AgentsTable
from xero_mcp.store.tables.approvals import ApprovalsTable
from xero_mcp.store.tables.audit import AuditTable
from xero_mcp.store.tables.budgets import BudgetsTable
from xero_mcp.store.tables.calls import CallsTable
from xero_mcp.store.tables.change_work import ChangeWorkTable
from xero_mcp.store.tables.changes import ChangesTable
from xero_mcp.store.tables.checkpoints import CheckpointsTable
from xero_mcp.store.tables.kept import KeptTable
from xero_mcp.store.tables.people import PeopleTable
from xero_mcp.store.tables.person_sessions import PersonSessionsTable
from xero_mcp.store.tables.purges import PurgesTable
from xero_mcp.store.tables.running import RunningTable
from xero_mcp.store.tables.sign_ins import SignInsTable
from xero_mcp.store.tables.text_by_others import TextByOthersTable
from xero_mcp.store.tables.webhooks import WebhooksTable
from xero_mcp.store.tables.writes import WritesTable

T = TypeVar("T")


class Tables:
    """Every table, over one open transaction. Valid inside the work it was handed to, no longer."""

    def __init__(
        self, executor: Executor, *, must_have_room: Callable[[], None] = lambda: None
    ) -> None:
        self.must_have_room = must_have_room
        """Raises StoreUnavailableError where what must be written later might find no room."""
        self.audit = AuditTable(executor)
        self.checkpoints = CheckpointsTable(executor)
        self.agents = AgentsTable(executor)
        self.approvals = ApprovalsTable(executor)
        self.writes = WritesTable(executor)
        self.running = RunningTable(executor)
        self.calls = CallsTable(executor)
        self.kept = KeptTable(executor)
        self.budgets = BudgetsTable(executor)
        self.people = PeopleTable(executor)
        self.person_sessions = PersonSessionsTable(executor)
        self.purges = PurgesTable(executor)
        self.sign_ins = SignInsTable(executor)
        self.text_by_others = TextByOthersTable(executor)
        self.webhooks = WebhooksTable(executor)
        self.changes = ChangesTable(executor)
        self.change_work = ChangeWorkTable(executor)


class Store(Protocol):
    """A database that several processes may share.

    Each method raises StoreUnavailableError where the database is full, locked for too
    long, read-only or gone; then nothing of the work has happened.
    """

    async def write(self, work: Callable[[Tables], T]) -> T:
        """Run in one exclusive transaction; durable when this returns. Not cut by cancellation."""
        ...

    async def quick(self, work: Callable[[Tables], T]) -> T:
        """Like `write`, but a power cut may forget it: for counters, never for evidence."""
        ...

    async def read(self, work: Callable[[Tables], T]) -> T:
        """Run over one consistent snapshot."""
        ...

    async def check(self, look: Callable[[Tables], object] | None = None) -> None:
        """Find out whether `write` would work now, without writing; `look` may look on the way."""
        ...

    async def close(self) -> None: ...


class Database(Store, Protocol):
    """A store as whoever opened it has it."""

    async def leave_no_trace(self) -> bool:
        """Overwrite or give back what was deleted; False where that must wait for somebody."""
        ...
