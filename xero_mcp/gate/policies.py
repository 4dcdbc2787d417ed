"""The policies as the gate asks for them; whatever happens to a file is written down."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from xero_mcp.audit.entry import Entry, Kind, Status
from xero_mcp.audit.log import AuditLog
from xero_mcp.policy.book import Happened, InForce, PolicyBook, PolicyEvent
from xero_mcp.store.base import Tables

MAX_WAITING = 1_000
"""More changes of policy files than this, unrecorded, and the oldest are forgotten."""

MAX_TIES = 10_000

BookOf = Callable[[Callable[[PolicyEvent], None]], PolicyBook]


class Tie(NamedTuple):
    """Which policy decides for an agent."""

    file: str | None
    """None: the one of its name."""


class Policies:
    """The book of policies, with its events carried to the audit log."""

    def __init__(self, book_of: BookOf, audit: AuditLog) -> None:
        self._waiting: deque[PolicyEvent] = deque(maxlen=MAX_WAITING)
        self._book = book_of(self._waiting.append)
        self._audit = audit
        self._ties: dict[str, str | None] = {}

    def names(self) -> tuple[str, ...]:
        return self._book.names()

    def tie(self, tables: Tables, agent: str) -> str | None:
        """The file that `agents add` tied the agent to; None: the one of its name decides."""
        file = tables.agents.policy_file(agent)
        if len(self._ties) >= MAX_TIES:
            self._ties.clear()
        self._ties[agent] = file
        return file

    def remembered_tie(self, agent: str) -> Tie | None:
        """What `tie` said last in this process; another may have tied the agent anew since."""
        return Tie(self._ties[agent]) if agent in self._ties else None

    def in_force(self, agent: str, *, file: str | None) -> InForce:
        """What holds for this agent now; a changed file is read again on the way.

        Args:
            agent: its name.
            file: what `tie` says, of now.
        """
        return self._book.for_agent(agent, file=file)

    def as_last_known(self, agent: str) -> InForce:
        """What holds under the tie that was last read: enough to show tools, never to allow."""
        if agent not in self._ties:
            return InForce(agent=agent, policy=None, reason="the store cannot be read")
        return self.in_force(agent, file=self._ties[agent])

    async def record_changes(self) -> None:
        """Write down what happened to policy files since the last time.

        Raises:
            StoreUnavailableError: it cannot be written; it is tried again the next time.
        """
        while self._waiting:
            event = self._waiting[0]
            await self._audit.record(_entry(event))
            if self._waiting and self._waiting[0] is event:
                self._waiting.popleft()


def _entry(event: PolicyEvent) -> Entry:
    good = event.kind is Happened.LOADED
    problems = "; ".join(str(problem) for problem in event.problems[:5])
    gone = "the file is gone, so nothing is allowed" if event.kind is Happened.GONE else ""
    return Entry(
        kind=Kind.POLICY,
        agent=event.agent,
        policy_file=event.file,
        policy_hash=event.sha256 or None,
        status=Status.OK if good else Status.FAILED,
        reason=problems or gone or "its examples hold",
    )
