"""How many connections fit into what the system lets this process have open.

At the last free file a server does not just refuse: asyncio tries the same connection again and
again, with a traceback each time, and does nothing else. So the last ones are never given out.
"""

import sys
from dataclasses import dataclass
from typing import Final

MAX_CONNECTIONS: Final = 4_000
MAX_BACKLOG: Final = 1_024
RESERVED_FILES: Final = 128
"""For the database, what is written down, and requests to Xero."""
MAX_REFUSED: Final = 64
"""Connections over the number: they hear 503. Those over these are just closed."""
WANTED_FILES: Final = MAX_CONNECTIONS + MAX_REFUSED + MAX_BACKLOG + RESERVED_FILES
FEWEST: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What this process takes on."""

    connections: int
    backlog: int
    """As many may be accepted at a stroke, before any of them can be counted."""

    @property
    def most(self) -> int:
        """With those that only hear that there are too many."""
        return self.connections + min(MAX_REFUSED, self.connections)


def capacity_of(files: int) -> Capacity:
    """What fits into so many open files."""
    free = max(0, files - RESERVED_FILES)
    backlog = max(FEWEST, min(MAX_BACKLOG, free // 4))
    rest = free - backlog
    connections = max(FEWEST, min(MAX_CONNECTIONS, max(rest - MAX_REFUSED, rest // 2)))
    return Capacity(connections=connections, backlog=backlog)


if sys.platform == "win32":

    def files_to_open() -> int:
        """No such limit there."""
        return WANTED_FILES

else:
    import resource

    def files_to_open() -> int:
        """Ask the system for what is wanted, and return what it lets this process have."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY or soft >= WANTED_FILES:
            return WANTED_FILES
        wanted = WANTED_FILES if hard == resource.RLIM_INFINITY else min(WANTED_FILES, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):  # macOS may say that there is no limit, and have one
            return soft
        return wanted
