"""Whether a policy file is being written: half of one may say less than the whole.

A file that breaks off at a line's end can be a good policy with fewer rules. So a change is
taken only once the file has stood still; until then what held before goes on holding.
"""

from pathlib import Path
from typing import Final, NamedTuple

from xero_mcp.policy.files import Content, Stamp, stamp_of

STILL_SECONDS: Final = 2.0
"""How long a changed file must have stood still before it is taken. Nobody pauses longer while
saving a file, and an owner can wait as long; `policy suspend` stops an agent at once."""


Key = tuple[str, Path]


class _Look(NamedTuple):
    """A changed file, as it was first seen."""

    stamp: Stamp
    digest: str
    at: float


class Stillness:
    """Remembers changed files from one look to the next."""

    def __init__(self, *, started_at: float, still_seconds: float) -> None:
        """`started_at`: what was last changed before that moment is taken as it is found."""
        self._started_at = started_at
        self._still_seconds = still_seconds
        self._looks: dict[Key, _Look] = {}

    def has(self, key: Key, stamp: Stamp, content: Content, *, now: float) -> bool:
        """Whether the file stood still until it was read.

        Args:
            key: for whom it is looked at, and the file.
            stamp: what was seen of it before it was read.
            content: what was read.
            now: the moment.
        """
        if self._still_seconds <= 0 or stamp.is_nobodys:
            return True
        if _stamp_now(key[1]) != stamp:  # it changed under the reader
            self.forget(key)
            return False
        changed_at = max(stamp.modified_ns, stamp.changed_ns) / 1e9
        if changed_at <= self._started_at or now - changed_at >= self._still_seconds:
            self.forget(key)
            return True
        return self._stood(key, _Look(stamp, content.digest, now))

    def forget(self, key: Key) -> None:
        """The file is gone, or is what it was."""
        self._looks.pop(key, None)

    def _stood(self, key: Key, look: _Look) -> bool:
        """By our own clock, since the file system's may be ahead."""
        first = self._looks.get(key)
        if first is None or first[:2] != look[:2]:
            self._looks[key] = look
            return False
        if look.at - first.at < self._still_seconds:
            return False
        self.forget(key)
        return True


def _stamp_now(path: Path) -> Stamp | None:
    try:
        return stamp_of(path)
    except OSError:
        return None
