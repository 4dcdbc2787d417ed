"""What a rule may look at: one class for each condition, one line for each in `READERS`.

To add a condition: a class here, its word in `vocabulary.CONDITION`, its reader in `load`.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import ClassVar

from xero_mcp.money import Money
from xero_mcp.policy.plain import duration_text
from xero_mcp.tool.facts import Facts


class Holds(IntEnum):
    """Whether a condition holds; of several conditions the least holds for all.

    DOUBT: it applies, but only a person can tell. UNKNOWN: it applies, and what it turns on
    could not be established, so it counts as a yes.
    """

    NO = 0
    DOUBT = 1
    UNKNOWN = 2
    YES = 3


class Condition(ABC):
    """A pure question about the facts of a call."""

    __slots__ = ()

    word: ClassVar[str]
    facts: ClassVar[frozenset[str]]
    """The facts that must be worked out before it can be answered."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The condition in people's words, the rest of a sentence that starts with `when`."""

    @abstractmethod
    def holds(self, facts: Facts) -> Holds: ...


@dataclass(frozen=True, slots=True)
class TotalOver(Condition):
    """The document's total is above a limit."""

    limit: Money
    word: ClassVar[str] = "total_over"
    facts: ClassVar[frozenset[str]] = frozenset({"total", "base_total"})

    @property
    def text(self) -> str:
        return f"the total is over {self.limit}"

    def holds(self, facts: Facts) -> Holds:
        if "total" in facts.unknown:
            return Holds.UNKNOWN
        amount = facts.amount_in(self.limit.currency)
        if amount is None:
            # Another currency and no rate: neither a yes nor a no would be honest.
            return Holds.NO if facts.total is None else Holds.DOUBT
        return Holds.YES if amount > self.limit.amount else Holds.NO


@dataclass(frozen=True, slots=True)
class ContactKnownForLessThan(Condition):
    """The contact is new, which is what a made-up supplier looks like."""

    limit: timedelta
    word: ClassVar[str] = "contact_known_for_less_than"
    facts: ClassVar[frozenset[str]] = frozenset({"contact_known_for"})

    @property
    def text(self) -> str:
        return f"the contact is known for less than {duration_text(self.limit)}"

    def holds(self, facts: Facts) -> Holds:
        known_for = facts.contact_known_for
        if "contact_known_for" in facts.unknown:
            return Holds.UNKNOWN
        if known_for is None:
            # A call about a contact whose age nobody looked up must not pass for an old one.
            return Holds.NO if facts.contact_id is None else Holds.UNKNOWN
        return Holds.YES if known_for < self.limit else Holds.NO
