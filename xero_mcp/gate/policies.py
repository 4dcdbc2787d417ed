"""The policies as the gate asks for them; whatever happens to a file is written down."""

from collections import deque
from collections.abc import Callable

from xero_mcp.audit.entry import Entry, Kind, Status
from xero_mcp.audit.log import AuditLog
from xero_mcp.policy.book import Happened, InForce, PolicyBook, PolicyEvent

MAX_WAITING = 1_000
"""More changes of policy files than this, unrecorded, and the oldest are forgotten."""

BookOf = Callable[[Callable[[PolicyEvent], None]], PolicyBook]


class Policies:
    """The book of policies, with its events carried to the audit log."""

    def __init__(self, book_of: BookOf, audit: AuditLog) -> None:
        self._waiting: deque[PolicyEvent] = deque(maxlen=MAX_WAITING)
        self._book = book_of(self._waiting.append)
        self._audit = audit

    def names(self) -> tuple[str, ...]:
        return self._book.names()

    def in_force(self, agent: str) -> InForce:
        """What holds for this agent now; a changed file is read again on the way."""
        return self._book.for_agent(agent)

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
