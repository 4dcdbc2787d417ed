"""What can be wrong with a log, and where."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What somebody did to a log."""

    CHANGED = "changed"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT_OFF = "cut off at the end"
    RESIGNED = "signed with another key"
    UNSIGNED = "not signed"
    MISLISTED = "listed otherwise"
    """The log is sound, and what searches go through is not: only a live log has that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The first record that is wrong."""

    seq: int
    """Its place, counted from 1; of a removed record, the place where it is missing."""
    id: str | None
    fault: Fault
    message: str


class WrongError(Exception):
    """Carries a finding out of the loop that came upon it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding
