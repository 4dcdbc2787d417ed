"""A policy as the house holds it: typed, frozen, each part with the line it stands on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from xero_mcp.money import Money
from xero_mcp.policy.conditions import Condition, Holds
from xero_mcp.policy.hidden import Mask
from xero_mcp.policy.hours import Hours
from xero_mcp.policy.problem import Place
from xero_mcp.policy.rates import DatedRate
from xero_mcp.policy.step import Outcome, Stage, Step
from xero_mcp.policy.usage import Usage
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.facts import Facts

DEFAULT_ANSWER_WITHIN = timedelta(hours=24)
"""How long a person has to answer where a rule does not say."""


class Mode(StrEnum):
    """`watch` lets pass what access, rules and limits would stop, and records it."""

    ENFORCE = "enforce"
    WATCH = "watch"


class Attribution(StrEnum):
    """How Xero itself shows which agent did something."""

    NONE = "none"
    HISTORY_NOTE = "history-note"


class Never(StrEnum):
    """What no level of access, no rule and no person's approval opens."""

    CHANGE_BANK_DETAILS = "change-bank-details"
    POST_TO_LOCKED_PERIODS = "post-to-locked-periods"
    EMAIL_OUTSIDE_ORGANISATION = "email-outside-organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What is given in one area."""

    access: Access
    reports: frozenset[str] | None = None
    """The reports by name; None: every report that the level covers."""
    line: int | None = None
    """None: nobody wrote it, it is what holds where nothing is said."""

    @property
    def shown(self) -> str:
        if self.reports is None:
            return self.access.value
        return f"[{', '.join(sorted(self.reports))}]"


OFF = Grant(access=Access.OFF)
ORGANISATION_DEFAULT = Grant(access=Access.READ)
"""Every agent may ask where it is and what it can do, unless its file says `organisation: off`."""


_LEAST_FIRST = (Holds.NO, Holds.UNKNOWN, Holds.DOUBT, Holds.YES)
"""For `allow_when`, what is not established is as good as a no."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One `ask_when`, `deny_when` or `allow_when` of a rule."""

    rule: str
    """The name of its rule."""
    outcome: Outcome
    """Where all conditions hold. ALLOW: the answer is no where they do not."""
    in_doubt: Outcome
    """Where only a person could tell: ask, or deny where there is nobody to ask."""
    conditions: tuple[Condition, ...]
    line: int
    text: str = field(init=False, compare=False)
    """The conditions in people's words."""
    steps: tuple[Step, ...] = field(init=False, compare=False, repr=False)
    """What it says, by how far its conditions hold. Made once: a decision has no time for it."""

    def __post_init__(self) -> None:
        allows = self.outcome is Outcome.ALLOW
        text = " and ".join(one.whole_text if allows else one.text for one in self.conditions)
        no, known = (Outcome.DENY, Outcome.DENY) if allows else (Outcome.ALLOW, self.outcome)
        said = {
            Holds.NO: (no, f"not so that {text}"),
            Holds.DOUBT: (self.in_doubt, f"whether {text} is not clear without a rate"),
            Holds.UNKNOWN: (known, f"whether {text} is not established"),
            Holds.YES: (self.outcome, text),
        }
        opening = f'rule "{self.rule}" (line {self.line})'
        steps = tuple(
            Step(Stage.RULES, said[holds][0], f"{opening}: {said[holds][1]}", self.line, self.rule)
            for holds in Holds
        )
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "steps", steps)

    def step(self, facts: Facts) -> Step:
        """What the clause says of a call with these facts."""
        if self.outcome is Outcome.ALLOW:
            wholly = [condition.holds_wholly(facts) for condition in self.conditions]
            return self.steps[min(wholly, key=_LEAST_FIRST.index)]
        least = Holds.YES
        for condition in self.conditions:
            holds = condition.holds(facts)
            least = min(least, holds)
        return self.steps[least]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A named rule of the file."""

    name: str
    tools: frozenset[str]
    """The tools it is for; empty: every tool."""
    clauses: tuple[Clause, ...]
    line: int
    approvers: tuple[str, ...] = ()
    approvals: int = 1
    answer_within: timedelta = DEFAULT_ANSWER_WITHIN
    strictly: bool = False
    """Only an approver who gave a passphrase counts."""

    def is_for(self, tool: str) -> bool:
        return not self.tools or tool in self.tools


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolChoice:
    """`tools: only` or `except`: narrows what access gives, never widens it."""

    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()

    def has(self, tool: str) -> bool:
        return tool not in self.without and (self.only is None or tool in self.only)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an agent may use up; None: no limit of ours."""

    hours: Hours | None = None
    writes_per_hour: int | None = None
    money_per_day: Money | None = None
    money_per_contact: Money | None = None
    """In a day; in the currency of money_per_day where there are both."""
    money_per_document: Money | None = None
    xero_calls_per_minute: int | None = None
    xero_calls_per_day: int | None = None
    rows_read_per_day: int | None = None

    @property
    def counted_currency(self) -> str | None:
        """The currency in which what was spent is counted."""
        limit = self.money_per_day or self.money_per_contact
        return limit.currency if limit else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A call that the owner wrote down together with what must become of it."""

    tool: str
    expect: Outcome
    place: Place
    arguments: Mapping[str, str]
    """Those by which the tool's area, level or report varies."""
    facts: Facts
    usage: Usage
    organisation: str = ""
    """Empty: the policy's first."""
    at: datetime | None = None
    """None: a moment at which neither the hours nor the expiry stand in the way."""


def _no_lines() -> Mapping[str, int]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One file, one kind of agent."""

    agent: str
    organisations: tuple[str, ...]
    """Names exactly as Xero writes them, or ids."""
    access: Mapping[Area, Grant]
    file: str
    sha256: str
    purpose: str = ""
    owner: str = ""
    expires: date | None = None
    """The last day on which it holds, in UTC."""
    mode: Mode = Mode.ENFORCE
    attribution: Attribution = Attribution.NONE
    rules: tuple[Rule, ...] = ()
    """Sorted by name, so that the order in the file cannot matter."""
    never: frozenset[Never] = frozenset()
    tools: ToolChoice = field(default_factory=ToolChoice)
    scopes: frozenset[str] | None = None
    """The ceiling, with the read scope of each write scope in it; None: what access needs."""
    limits: Limits = field(default_factory=Limits)
    rates: tuple[DatedRate, ...] = ()
    hide: frozenset[str] = frozenset()
    """Words of `hidden.HIDDEN_FIELDS`."""
    examples: tuple[Example, ...] = ()
    lines: Mapping[str, int] = field(default_factory=_no_lines)
    """Path of a key (`limits.hours`, `never.change-bank-details`) -> its line."""
    mask: Mask = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        people = {self.owner, *(person for rule in self.rules for person in rule.approvers)}
        object.__setattr__(self, "mask", Mask(self.hide, spared=people))

    def grant(self, area: Area) -> Grant:
        """What the policy gives in an area; what is not named is off."""
        given = self.access.get(area)
        if given is not None:
            return given
        return ORGANISATION_DEFAULT if area is Area.ORGANISATION else OFF

    def holds_in(self, *, organisation_id: str, organisation_name: str) -> bool:
        """Whether the organisation is among the agent's own: by exact name, or by id."""
        wanted = organisation_id.lower()
        return any(own == organisation_name or own.lower() == wanted for own in self.organisations)

    def expired_on(self, day: date) -> bool:
        return self.expires is not None and day > self.expires
