"""What a check of `doctor` comes to."""

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """How it stands."""

    OK = "ok"
    WARN = "warn"
    """It works, and is worth a thought."""
    MEND = "mend"
    AWAY = "away"
    """Xero could not be reached."""
    SKIPPED = "skipped"

    @property
    def is_bad(self) -> bool:
        return self in (State.MEND, State.AWAY)


class Check(NamedTuple):
    """One prerequisite: how it stands, and how to mend it."""

    name: str
    state: State
    says: str
    fix: str = ""

    def as_json(self) -> dict[str, str]:
        return {
            "name": self.name,
            "state": self.state.value,
            "says": self.says,
            "fix": self.fix,
        }


def ok(name: str, says: str) -> Check:
    return Check(name=name, state=State.OK, says=says)


def warn(name: str, says: str, *, fix: str) -> Check:
    return Check(name=name, state=State.WARN, says=says, fix=fix)


def mend(name: str, says: str, *, fix: str) -> Check:
    return Check(name=name, state=State.MEND, says=says, fix=fix)
