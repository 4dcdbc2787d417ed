"""How much of the processors was left over: where nothing was, no limit of Xero's is what binds."""

import os
from pathlib import Path
from typing import NamedTuple

STAT = Path("/proc/stat")
IDLE_FIELDS = slice(3, 5)
"""Idle, and idle while a disk works."""


class Ticks(NamedTuple):
    """Processor time since the start of the machine, of the processors that we may use."""

    idle: int
    total: int

    @classmethod
    def now(cls) -> "Ticks | None":
        """None where the system does not tell."""
        try:
            lines = STAT.read_text(encoding="ascii").splitlines()
        except OSError:
            return None
        ours = {f"cpu{number}" for number in os.sched_getaffinity(0)}
        rows = [line.split() for line in lines if line.split(maxsplit=1)[0] in ours]
        spent = [[int(ticks) for ticks in row[1:9]] for row in rows]
        return cls(
            idle=sum(sum(row[IDLE_FIELDS]) for row in spent), total=sum(sum(row) for row in spent)
        )


def idle_share(since: Ticks | None) -> float:
    """Of the time since then; all of it where the system does not tell."""
    now = Ticks.now()
    if since is None or now is None or now.total <= since.total:
        return 1.0
    return (now.idle - since.idle) / (now.total - since.total)
