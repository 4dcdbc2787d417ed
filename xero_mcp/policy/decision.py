"""What goes into a decision and what comes out of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from xero_mcp.money import Money
from xero_mcp.policy.step import Outcome, Stage, Step
from xero_mcp.tool.access import Need
from xero_mcp.tool.card import ToolCard


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, as far as a policy looks at it."""

    card: ToolCard
    needs: tuple[Need, ...]
    """`card.needs(arguments)`; an empty tuple is refused."""
    organisation_id: str
    organisation_name: str
    at: datetime
    """In UTC."""


class AskTerms(NamedTuple):
    """What one rule wants answered."""

    rule: str
    approvers: tuple[str, ...]
    approvals: int
    answer_within_seconds: int
    strictly: bool = False
    """Only people who gave a passphrase count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What must be answered before the call may go ahead: the terms of every rule that asks."""

    terms: tuple[AskTerms, ...]

    @property
    def approvers(self) -> tuple[str, ...]:
        """Everyone whose word counts for something here."""
        return tuple(sorted({person for terms in self.terms for person in terms.approvers}))

    @property
    def approvals(self) -> int:
        """How many people it takes at least."""
        return max(terms.approvals for terms in self.terms)

    @property
    def strictly(self) -> bool:
        return any(terms.strictly for terms in self.terms)

    @property
    def answer_within_seconds(self) -> int:
        return min(terms.answer_within_seconds for terms in self.terms)

    def satisfied_by(self, approved: Collection[str]) -> bool:
        """Whether these people's approvals are enough for each rule that asks."""
        said_yes = {person.lower() for person in approved}
        return all(
            len(said_yes.intersection(terms.approvers)) >= terms.approvals for terms in self.terms
        )


class Reservation(NamedTuple):
    """What a call will use up: to be reserved with its intent, released if nothing was done."""

    writes: int = 0
    money: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a call, and why."""

    outcome: Outcome
    reason: str
    """A sentence that names the file and the line of thought; nothing of Xero's or the agent's."""
    stage: Stage
    """The step that decided. LIMITS is LIMIT_REACHED to an agent, the others NOT_ALLOWED."""
    steps: tuple[Step, ...] = ()
    rule: str | None = None
    limit: str | None = None
    """The limit that decided, as the file has it: `hours`, `money_per_day`."""
    ask: Ask | None = None
    retry_after_seconds: int | None = None
    watched: Outcome | None = None
    """In watch mode: what would have become of the call, where that is not `allow`."""
    reserve: Reservation | None = None

    @property
    def in_earnest(self) -> Outcome:
        """What becomes of such a call when the mode is `enforce`."""
        return self.watched or self.outcome
