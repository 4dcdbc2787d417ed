"""What the demo company counts, so that a test can ask what really reached it."""

import traceback
from collections import Counter
from pathlib import Path
from typing import Any, Final

MAX_NAMES: Final = 2000
DEEPEST: Final = 4


class Stats:
    """Requests by route and by status, and what must never happen."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.reset()

    def reset(self) -> None:
        """Count from nothing; requests under way stay under way."""
        self.requests = Counter[str]()
        self.statuses = Counter[int]()
        self.unexpected_errors = list[str]()
        self.most_in_flight = self.in_flight
        self.dropped = 0

    def begin(self) -> None:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def end(self) -> None:
        self.in_flight -= 1

    def asked(self, method: str, route: str) -> None:
        name = f"{method} {route}"
        known = name in self.requests or len(self.requests) < MAX_NAMES
        self.requests[name if known else "other"] += 1

    def answered(self, status: int) -> None:
        self.statuses[status] += 1

    def broke(self, request: str, error: Exception) -> None:
        """Keep the first of the errors that should have been impossible, and where they rose."""
        if len(self.unexpected_errors) < MAX_NAMES:
            frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
            where = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in reversed(frames))
            self.unexpected_errors.append(f"{request}: {error!r} at {where}")

    def shown(self) -> dict[str, Any]:
        return {
            "requests": sum(self.requests.values()),
            "by_path": dict(self.requests),
            "by_status": {str(status): count for status, count in self.statuses.items()},
            "unexpected_errors": self.unexpected_errors,
            "in_flight": self.in_flight,
            "max_in_flight": self.most_in_flight,
            "dropped": self.dropped,
        }
