"""What a rule may look at: a few kinds of question, each a pure function of the facts.

To add a condition: its word in `condition_words`, its reader in `load_conditions`, and here
a class only where no kind of question fits.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import IntEnum
from operator import gt, lt

from xero_mcp.money import Money
from xero_mcp.policy.listed import Listed
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

    @property
    @abstractmethod
    def facts(self) -> frozenset[str]:
        """The facts that must be worked out before it can be answered."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The condition in people's words, the rest of a sentence that starts with `when`."""

    @abstractmethod
    def holds(self, facts: Facts) -> Holds:
        """Whether it is so; of several lines or documents, whether it is so of one."""

    @property
    def whole_text(self) -> str:
        """The rest of a sentence that starts with `unless`."""
        return self.text

    def holds_wholly(self, facts: Facts) -> Holds:
        """Whether it is so of every line and document: what `allow_when` asks."""
        return self.holds(facts)


@dataclass(frozen=True, slots=True)
class TotalOver(Condition):
    """What the document moves is above a limit."""

    limit: Money

    @property
    def facts(self) -> frozenset[str]:
        return TOTALS

    @property
    def text(self) -> str:
        return f"the total is over {self.limit}"

    def holds(self, facts: Facts) -> Holds:
        return _compared(facts, self.limit, gt, facts.exposure_in)


@dataclass(frozen=True, slots=True)
class TotalUnder(Condition):
    """What the document moves is below a limit."""

    limit: Money

    @property
    def facts(self) -> frozenset[str]:
        return TOTALS

    @property
    def text(self) -> str:
        return f"the total is under {self.limit}"

    def holds(self, facts: Facts) -> Holds:
        return _compared(facts, self.limit, lt, facts.least_in)

    def holds_wholly(self, facts: Facts) -> Holds:
        return _compared(facts, self.limit, lt, facts.exposure_in)


TOTALS = frozenset({"total", "base_total", "gross"})


def _compared(
    facts: Facts,
    limit: Money,
    holds: Callable[[Decimal, Decimal], bool],
    amount_in: Callable[[str], Decimal | None],
) -> Holds:
    if "total" in facts.unknown or "gross" in facts.unknown:
        return Holds.UNKNOWN
    amount = amount_in(limit.currency)
    if amount is None:
        # Another currency and no rate: neither a yes nor a no would be honest.
        return Holds.NO if facts.total is None else Holds.DOUBT
    return Holds.YES if holds(amount, limit.amount) else Holds.NO


@dataclass(frozen=True, slots=True)
class ContactKnownForLessThan(Condition):
    """The contact is new, which is what a made-up supplier looks like."""

    limit: timedelta

    @property
    def facts(self) -> frozenset[str]:
        return frozenset({"contact_known_for"})

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Among(Condition):
    """Some of the document's words of one kind are among those listed, or outside of them."""

    fact: str
    noun: str
    """What is listed, in people's words: `the currency`, `the account of a line`."""
    whole_noun: str
    """The same of all of them: `the account of every line`."""
    listed: Listed
    outside: bool = False

    @property
    def facts(self) -> frozenset[str]:
        return frozenset({self.fact})

    @property
    def text(self) -> str:
        return f"{self.noun} is {'not ' if self.outside else ''}{self.listed.text}"

    @property
    def whole_text(self) -> str:
        return f"{self.whole_noun} is {'not ' if self.outside else ''}{self.listed.text}"

    def holds(self, facts: Facts) -> Holds:
        return self._weighed(facts, any)

    def holds_wholly(self, facts: Facts) -> Holds:
        return self._weighed(facts, all)

    def _weighed(self, facts: Facts, of: Callable[[Iterable[bool]], bool]) -> Holds:
        if self.fact in facts.unknown:
            return Holds.UNKNOWN
        words: frozenset[str] | None = getattr(facts, self.fact)
        if not words:
            return Holds.NO
        hits = (self.listed.has(word) is not self.outside for word in words)
        return Holds.YES if of(hits) else Holds.NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag(Condition):
    """A yes-or-no fact is as the rule wants it."""

    fact: str
    wanted: bool
    so: str
    not_so: str

    @property
    def facts(self) -> frozenset[str]:
        return frozenset({self.fact})

    @property
    def text(self) -> str:
        return self.so if self.wanted else self.not_so

    def holds(self, facts: Facts) -> Holds:
        if self.fact in facts.unknown:
            return Holds.UNKNOWN
        flag: bool | None = getattr(facts, self.fact)
        return Holds.YES if flag is self.wanted else Holds.NO


@dataclass(frozen=True, slots=True, kw_only=True)
class CountOver(Condition):
    """A number is above a limit."""

    fact: str
    limit: int
    phrase: str
    """With `{}` where the limit stands."""

    @property
    def facts(self) -> frozenset[str]:
        return frozenset({self.fact})

    @property
    def text(self) -> str:
        return self.phrase.format(f"{self.limit:,}")

    def holds(self, facts: Facts) -> Holds:
        if self.fact in facts.unknown:
            return Holds.UNKNOWN
        count: int | None = getattr(facts, self.fact)
        return Holds.YES if count is not None and count > self.limit else Holds.NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated(Condition):
    """A document is dated further from today than a limit, in the past or ahead."""

    limit: timedelta
    ahead: bool

    @property
    def facts(self) -> frozenset[str]:
        return frozenset({"days_old"})

    @property
    def text(self) -> str:
        which = "ahead" if self.ahead else "ago"
        return f"the date is more than {duration_text(self.limit)} {which}"

    def holds(self, facts: Facts) -> Holds:
        return self._weighed(facts, any)

    def holds_wholly(self, facts: Facts) -> Holds:
        return self._weighed(facts, all)

    def _weighed(self, facts: Facts, of: Callable[[Iterable[bool]], bool]) -> Holds:
        if "days_old" in facts.unknown:
            return Holds.UNKNOWN
        if not facts.days_old:
            return Holds.NO
        days = (-day if self.ahead else day for day in facts.days_old)
        return Holds.YES if of(timedelta(days=day) > self.limit for day in days) else Holds.NO
