"""What was forgotten or purged: a later record must name it, and say why."""

import re
from collections.abc import Iterable

from xero_mcp.audit.canonical import Json
from xero_mcp.audit.entry import Kind
from xero_mcp.audit.finding import Fault, Finding, WrongError
from xero_mcp.audit.purged import Stub

MAX_RANGES = 2000
"""As many stand in one record; more need more records."""
_RANGE = re.compile(r"([0-9]{1,15})(?:-([0-9]{1,15}))?")


class Owed:
    """What was forgotten and is not accounted for yet."""

    def __init__(self, start: Stub | None = None) -> None:
        """`start`: the log was purged up to there, which a later record must say too."""
        self._open: set[int] = set()
        self._purged = start

    @property
    def waits(self) -> bool:
        """Whether a record is still to come that says why."""
        return bool(self._open) or self._purged is not None

    def see(self, seq: int, body: dict[str, Json], *, is_forgotten: bool) -> None:
        """Take the next record of the log."""
        if self._purged is not None and body.get("kind") == Kind.PURGED:
            said = body.get("purged")
            purged = self._purged
            if isinstance(said, dict) and said.get("last") == purged.last:
                self._purged = None if said.get("head_hash") == purged.head_hash else purged
        if is_forgotten:
            self._open.add(seq)
        elif self._open and body.get("kind") == Kind.FORGOTTEN:
            named = body.get("forgotten")
            text = named.get("records") if isinstance(named, dict) else None
            ranges = read_ranges(text if isinstance(text, str) else "")
            self._open = {one for one in self._open if not _is_in(one, ranges)}

    def must_be_paid(self) -> None:
        """Say that the log ends here.

        Raises:
            WrongError: content was taken out, and no record says so.
        """
        if self._purged is not None:
            last = self._purged.last
            said = f"Records 1 to {last} were removed, and no later record says so."
            raise WrongError(Finding(seq=1, id=None, fault=Fault.REMOVED, message=said))
        if not self._open:
            return
        first = min(self._open)
        said = (
            f"Record {first} was changed: its content was taken out, and no later record says so."
        )
        raise WrongError(Finding(seq=first, id=None, fault=Fault.CHANGED, message=said))


def ranges_of(numbers: Iterable[int]) -> str:
    """`5-9 12`, of numbers in whatever order."""
    spans: list[list[int]] = []
    for number in sorted(set(numbers)):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return " ".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def read_ranges(text: str) -> list[tuple[int, int]]:
    """Read what `ranges_of` wrote; what is no range is passed over."""
    found = [_RANGE.fullmatch(part) for part in text.split(" ")]
    return [(int(one[1]), int(one[2] or one[1])) for one in found if one]


def _is_in(number: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(first <= number <= last for first, last in ranges)
