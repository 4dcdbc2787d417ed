"""What people are asked, and how it stands."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from xero_mcp.store.tables.approvals import ApprovalRow, ApprovalStatus, DecisionRow, Terms
from xero_mcp.text import folded

SEE_LIST = "`xero-mcp approvals list` shows what waits for a person."
Word = Literal["none", "pending", "approved", "rejected", "expired"]


class ApprovalError(Exception):
    """A person's word that cannot count; says why, and what to do."""

    def __init__(self, message: str, *, next_step: str) -> None:
        super().__init__(f"{message} {next_step}")
        self.message = message
        self.next_step = next_step


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What people are asked. `summary` is what they see: composed by the server alone."""

    agent: str
    organisation_id: str
    organisation_name: str
    tool: str
    digest: str
    """Of the exact payload, worked out by the server."""
    rule: str
    reason: str
    terms: Terms
    """What each rule that asks wants: whose word counts, and how many of them it takes."""
    answer_within_seconds: int
    action: str = ""
    """In the infinitive, for sentences: `create a draft bill`."""
    summary: tuple[tuple[str, str], ...] = ()
    policy_file: str = ""
    policy_hash: str = ""
    strictly: bool = False
    """Only the word of a person who gave a passphrase counts."""

    @property
    def approvers(self) -> tuple[str, ...]:
        """Everyone whose word counts for some rule."""
        return tuple(dict.fromkeys(person for people, _ in self.terms for person in people))

    @property
    def approvals_needed(self) -> int:
        """How many people it takes at least."""
        return max(number for _, number in self.terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One question, and every word that was said about it."""

    row: ApprovalRow
    decisions: tuple[DecisionRow, ...] = ()

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def status(self) -> ApprovalStatus:
        return self.row.status

    @property
    def expires_at(self) -> datetime:
        return self.row.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a payload stands with people at this moment."""

    word: Word
    id: str = ""
    expires_at: datetime | None = None
    by: str = ""
    reason: str = ""


NOT_ASKED = Standing(word="none")


def satisfied(terms: Terms, yeses: Collection[str]) -> bool:
    """Whether these people's approvals are enough for every rule that asks."""
    return all(
        len({folded(person) for person in people}.intersection(yeses)) >= number
        for people, number in terms
    )
