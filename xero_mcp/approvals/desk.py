"""Asking people, hearing them, and letting each yes through once."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from xero_mcp.approvals.question import (
    NOT_ASKED,
    Approval,
    ApprovalError,
    Request,
    Standing,
)
from xero_mcp.approvals.sealing import Seal, closed, must_be_readable, opened
from xero_mcp.approvals.standing import (
    STILL_STANDS,
    after,
    as_it_counts,
    as_of,
    known_row,
    listed,
    must_be_entitled,
    must_be_open,
    must_be_proven,
    normal_id,
    person_name,
    row_of,
    standing_of,
    with_decisions,
)
from xero_mcp.clock import Clock
from xero_mcp.errors import ErrorCode, StoreUnavailableError, XeroMcpError
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.approvals import ApprovalRow, ApprovalStatus, DecisionRow
from xero_mcp.text import one_line

ID_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Said over the telephone, no letter is taken for another or for a digit."""
ID_LENGTH = 6
MAX_ID_TRIES = 5
MAX_NOTE = 500
MAX_WAITING = 200
"""Questions of one agent that wait at once. Who is flooded looks no more at what they sign."""


class ApprovalLog(Protocol):
    """Where each step is written down, in the transaction that makes it (the audit log)."""

    def record_approval(
        self, tables: Tables, approval: ApprovalRow, decision: DecisionRow | None = None
    ) -> object: ...


class Approvals:
    """Asks people, hears them, and lets each yes through once."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        audit: ApprovalLog,
        *,
        seal: Seal | None = None,
        randomness: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self._store = store
        self._clock = clock
        self._audit = audit
        self._seal = seal
        self._randomness = randomness

    async def standing(self, digest: str, agent: str) -> Standing:
        """How this agent's payload stands; that it has expired is told once."""
        now = self._clock.now()
        found = await self._store.read(
            lambda tables: standing_of(tables, digest=digest, agent=agent, now=now)
        )
        if found.word != "expired":
            return found
        is_news = await self._store.write(lambda tables: self._expire(tables, found.id, now))
        return found if is_news else NOT_ASKED

    async def ask(self, request: Request) -> Approval:
        """Ask people, unless they are being asked about this very payload already.

        Raises:
            XeroMcpError: LIMIT_REACHED, where too much waits for them.
        """
        asked = await self._store.write(lambda tables: self._ask(tables, request))
        return opened(asked, self._seal)

    def consume(self, tables: Tables, approval_id: str, digest: str, intent_id: str) -> bool:
        """Use up an approval, inside the gate's own transaction.

        False where it is used, expired, not approved, or about another payload.
        """
        now = self._clock.now()
        row = tables.approvals.get(approval_id)
        if row is None or as_it_counts(tables, row, now).status is not ApprovalStatus.APPROVED:
            return False
        return tables.approvals.use(approval_id, digest, intent_id=intent_id, now=now)

    async def approve(
        self,
        approval_id: str,
        person: str,
        note: str = "",
        *,
        authenticated: bool = False,
        system_user: str = "",
    ) -> Approval:
        """A person says yes; with the last yes that is needed the payload may go through.

        Raises:
            ApprovalError: unknown, no longer pending, or not this person's to decide.
        """
        word = DecisionRow(
            approval_id=normal_id(approval_id),
            person=person_name(person),
            approves=True,
            note=one_line(note, limit=MAX_NOTE),
            authenticated=authenticated,
            system_user=one_line(system_user),
            at=self._clock.now(),
        )
        said = await self._store.write(lambda tables: self._decide(tables, word))
        return opened(said, self._seal)

    async def reject(
        self,
        approval_id: str,
        person: str,
        reason: str,
        *,
        authenticated: bool = False,
        system_user: str = "",
    ) -> Approval:
        """A person says no; one no is enough, and it stands for this payload.

        Raises:
            ApprovalError: no reason, unknown, no longer pending, or not this person's to decide.
        """
        said = one_line(reason, limit=MAX_NOTE)
        if not said:
            raise ApprovalError(
                "A rejection needs a reason: the agent hears it.", next_step="Say why."
            )
        word = DecisionRow(
            approval_id=normal_id(approval_id),
            person=person_name(person),
            approves=False,
            note=said,
            authenticated=authenticated,
            system_user=one_line(system_user),
            at=self._clock.now(),
        )
        decided = await self._store.write(lambda tables: self._decide(tables, word))
        return opened(decided, self._seal)

    async def list(
        self, *, status: ApprovalStatus | None = None, limit: int = 100
    ) -> "list[Approval]":
        """Newest first. One whose time has run out counts as expired, also before it is told."""
        now = self._clock.now()

        def look(tables: Tables) -> list[Approval]:
            return [with_decisions(tables, row) for row in listed(tables, status, now)[:limit]]

        return [opened(one, self._seal) for one in await self._store.read(look)]

    async def get(self, approval_id: str) -> Approval:
        """One approval, as it stands now.

        Raises:
            ApprovalError: there is none of that id.
        """
        now = self._clock.now()

        def look(tables: Tables) -> Approval:
            return with_decisions(tables, as_of(known_row(tables, normal_id(approval_id)), now))

        return opened(await self._store.read(look), self._seal)

    def _ask(self, tables: Tables, request: Request) -> Approval:
        now = self._clock.now()
        open_one = tables.approvals.newest(agent=request.agent, digest=request.digest)
        if open_one is not None:
            if as_it_counts(tables, open_one, now).status in STILL_STANDS:
                return with_decisions(tables, open_one)
            self._expire(tables, open_one.id, now)
        if tables.approvals.waiting(request.agent, now) >= MAX_WAITING:
            raise _too_many(request.agent)
        row = row_of(request, approval_id=self._free_id(tables), now=now)
        tables.approvals.insert(closed(row, self._seal))
        self._audit.record_approval(tables, row)
        return Approval(row=row)

    def _free_id(self, tables: Tables) -> str:
        for _ in range(MAX_ID_TRIES):
            number = int.from_bytes(self._randomness(8), "big")
            letters = ""
            for _ in range(ID_LENGTH):
                number, letter = divmod(number, len(ID_LETTERS))
                letters += ID_LETTERS[letter]
            if tables.approvals.get(f"ap-{letters}") is None:
                return f"ap-{letters}"
        raise StoreUnavailableError("No free id for an approval was found. Try again.")

    def _expire(self, tables: Tables, approval_id: str, now: datetime) -> bool:
        """Close one whose time has run out; False where that was done before."""
        row = known_row(tables, approval_id)
        expired = as_it_counts(tables, row, now)
        if row.status is expired.status or not tables.approvals.move(row, expired):
            return False
        self._audit.record_approval(tables, expired)
        return True

    def _decide(self, tables: Tables, word: DecisionRow) -> Approval:
        row = known_row(tables, word.approval_id)
        must_be_open(as_of(row, word.at))
        must_be_entitled(row, word.person)
        if word.approves:
            must_be_proven(row, word)
            must_be_readable(opened(Approval(row=row), self._seal))
        if not tables.approvals.decide(word):
            raise ApprovalError(
                f"{word.person} has decided about {row.id} already.",
                next_step="Somebody else must decide.",
            )
        decisions = tables.approvals.decisions(row.id)
        moved = after(row, word, yeses={each.person for each in decisions if each.approves})
        if moved.status is not row.status and not tables.approvals.move(row, moved):
            raise ApprovalError(f"{row.id} was decided at this moment.", next_step="Look again.")
        self._audit.record_approval(tables, moved, word)
        return Approval(row=moved, decisions=tuple(decisions))


def _too_many(agent: str) -> XeroMcpError:
    return XeroMcpError(
        f"{MAX_WAITING} questions of {agent} wait for people already, so this one was not asked.",
        code=ErrorCode.LIMIT_REACHED,
        next_step="Tell the user: somebody must decide about those first "
        "(`xero-mcp approvals list --status pending`), or let them run out.",
    )
