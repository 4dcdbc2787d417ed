"""One step of a decision: what was looked at, and what it said."""

from enum import StrEnum
from typing import NamedTuple


class Outcome(StrEnum):
    """What may become of a call, mildest first."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class Stage(StrEnum):
    """The steps of a decision, in their order."""

    ORGANISATION = "organisation"
    EXPIRY = "expiry"
    NEVER = "never"
    SCOPE = "scope"
    ACCESS = "access"
    RULES = "rules"
    LIMITS = "limits"


class Step(NamedTuple):
    """One step that was looked at, and what it said."""

    name: Stage
    verdict: Outcome
    text: str
    line: int | None = None
    key: str = ""
    """Where in the file: `access.bills`, `limits.hours`; of a rule, its name."""
