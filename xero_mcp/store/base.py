"""What a store promises, whichever database is behind it.

A room hands over a piece of work; the store runs it in one transaction and, for
`write`, returns only when what it did would survive a power cut. So an intent, the use
of an approval and the claim on a write become durable together or not at all.
"""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

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


class _Table(Generic[T]):
    """A table, made when it is first asked for: a transaction needs few of them."""

    def __init__(self, make: Callable[[Executor], T]) -> None:
        self._make = make
        self._name = ""

    def __set_name__(self, owner: type[object], name: str) -> None:
        self._name = name

    def __get__(self, tables: "Tables", owner: type[object]) -> T:
        made = self._make(tables.executor)
        tables.__dict__[self._name] = made
        return made


class Tables:
    """Every table, over one open transaction. Valid inside the work it was handed to, no longer."""

    audit = _Table(AuditTable)
    checkpoints = _Table(CheckpointsTable)
    agents = _Table(AgentsTable)
    approvals = _Table(ApprovalsTable)
    writes = _Table(WritesTable)
    running = _Table(RunningTable)
    calls = _Table(CallsTable)
    kept = _Table(KeptTable)
    budgets = _Table(BudgetsTable)
    people = _Table(PeopleTable)
    person_sessions = _Table(PersonSessionsTable)
    purges = _Table(PurgesTable)
    sign_ins = _Table(SignInsTable)
    text_by_others = _Table(TextByOthersTable)
    webhooks = _Table(WebhooksTable)
    changes = _Table(ChangesTable)
    change_work = _Table(ChangeWorkTable)

    def __init__(
        self, executor: Executor, *, must_have_room: Callable[[], None] = lambda: None
    ) -> None:
        self.executor = executor
        self.must_have_room = must_have_room
        """Raises StoreUnavailableError where what must be written later might find no room."""


class Store(Protocol):
    """A database that several processes may share.

    Each method raises StoreUnavailableError where the database is full, locked for too
    long, read-only or gone; then nothing of the work has happened.
    """

    async def write(self, work: Callable[[Tables], T]) -> T:
        """Run in one exclusive transaction; durable when this returns. Not cut by cancellation."""
        ...

    async def brief(self, work: Callable[[Tables], T]) -> T:
        """Like `write`, for a few statements: the work may run on the event loop itself.

        Neither the wait for another's lock nor that for the disk ever does. It may be done once
        more, when all of the first time was undone.
        """
        ...

    async def quick(self, work: Callable[[Tables], T]) -> T:
        """Like `write`, but a power cut may forget it: for counters, never for evidence."""
        ...

    async def read(self, work: Callable[[Tables], T]) -> T:
        """Run over one consistent snapshot."""
        ...

    async def glance(self, work: Callable[[Tables], T]) -> T:
        """Like `read`, for a row or two that are found by their keys: on the event loop itself."""
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
