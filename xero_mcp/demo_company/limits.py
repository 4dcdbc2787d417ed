"""Xero's limits: calls a minute, a day and at once for an organisation, a minute for an app."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final, Literal

WindowKind = Literal["rolling", "fixed"]
Problem = Literal["concurrent", "minute", "day", "appminute"]

MAX_TRACKED: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRules:
    """How much is allowed. `enforced` off still counts and tells, but refuses nothing."""

    enforced: bool = False
    at_once: int = 5
    per_minute: int = 60
    per_day: int = 5000
    app_per_minute: int = 10_000
    minute_seconds: float = 60
    day_seconds: float = 86_400
    window: WindowKind = "rolling"


class Window:
    """Counts calls over a stretch of time; every call counts, the refused ones too."""

    def __init__(self, limit: int, length_seconds: float, kind: WindowKind) -> None:
        self._limit = limit
        self._length = timedelta(seconds=length_seconds)
        self._kind = kind
        # Older calls than the newest `limit` change neither the count nor the wait.
        self._calls: deque[datetime] = deque(maxlen=max(limit, 1))
        self._start: datetime | None = None
        self._count = 0

    def count(self, now: datetime) -> bool:
        """Count a call; say whether it is within the limit."""
        if self._kind == "fixed":
            if self._start is None or now - self._start >= self._length:
                self._start, self._count = now, 0
            self._count += 1
            return self._count <= self._limit
        self._forget_old(now)
        full = len(self._calls) >= self._limit
        self._calls.append(now)
        return not full

    def remaining(self, now: datetime) -> int:
        if self._kind == "fixed":
            return max(0, self._limit - self._count)
        self._forget_old(now)
        return max(0, self._limit - len(self._calls))

    def wait_seconds(self, now: datetime) -> int:
        """Whole seconds until a call would pass again."""
        begin = self._start if self._kind == "fixed" else self._calls[0]
        left = (begin or now) + self._length - now
        return max(1, ceil(left.total_seconds()))

    def _forget_old(self, now: datetime) -> None:
        while self._calls and now - self._calls[0] >= self._length:
            self._calls.popleft()


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What the limits said to a call: the headers of its answer, and why it was refused if so."""

    headers: dict[str, str]
    problem: Problem | None = None


@dataclass(kw_only=True)
class LimitCounts:
    """For tests that must prove that they stayed within the limits."""

    calls: int = 0
    refused: int = 0
    in_flight: int = 0
    most_in_flight: int = 0


class Limits:
    """The limits of all organisations and apps."""

    def __init__(self, rules: LimitRules, now: Callable[[], datetime]) -> None:
        self.rules = rules
        self._now = now
        self._minutes: dict[str, Window] = {}
        self._days: dict[str, Window] = {}
        self._apps: dict[str, Window] = {}
        self.counts: dict[str, LimitCounts] = {}

    def enter(self, organisation_id: str, client_id: str) -> Admission:
        """Count a call that arrived. Every `enter` needs its `leave`, refused or not."""
        now, rules = self._now(), self.rules
        counts = self.counts.setdefault(organisation_id, LimitCounts())
        counts.calls += 1
        counts.in_flight += 1
        minute = self._window(self._minutes, organisation_id, rules.per_minute)
        day = self._window(self._days, organisation_id, rules.per_day, rules.day_seconds)
        checks: list[tuple[Problem, bool]] = [
            ("concurrent", counts.in_flight <= rules.at_once),
            ("day", day.count(now)),
            ("minute", minute.count(now)),
            ("appminute", self._app(client_id).count(now)),
        ]
        headers = {
            "X-DayLimit-Remaining": str(day.remaining(now)),
            "X-MinLimit-Remaining": str(minute.remaining(now)),
            "X-AppMinLimit-Remaining": str(self._app(client_id).remaining(now)),
        }
        broken: Problem | None = next((name for name, fine in checks if not fine), None)
        if broken is None or not rules.enforced:
            counts.most_in_flight = max(counts.most_in_flight, counts.in_flight)
            return Admission(headers=headers)
        counts.refused += 1
        waits: dict[str, Window] = {"minute": minute, "day": day}
        window = waits.get(broken)
        if window is not None:
            headers["Retry-After"] = str(window.wait_seconds(now))
        headers["X-Rate-Limit-Problem"] = broken
        return Admission(headers=headers, problem=broken)

    def leave(self, organisation_id: str) -> None:
        self.counts[organisation_id].in_flight -= 1

    def reset(self) -> None:
        """Forget all calls but those under way."""
        self._minutes.clear()
        self._days.clear()
        self._apps.clear()
        for name, counts in self.counts.items():
            self.counts[name] = LimitCounts(in_flight=counts.in_flight)

    def shown(self, organisation_id: str) -> dict[str, int]:
        """Return what was counted for an organisation."""
        counts = self.counts.get(organisation_id, LimitCounts())
        return {
            "calls": counts.calls,
            "refused": counts.refused,
            "in_flight": counts.in_flight,
            "max_in_flight": counts.most_in_flight,
        }

    def count_app_only(self, client_id: str) -> Admission:
        """Count a call that belongs to no organisation, such as GET /connections."""
        now = self._now()
        window = self._app(client_id)
        fine = window.count(now) or not self.rules.enforced
        headers = {"X-AppMinLimit-Remaining": str(window.remaining(now))}
        if fine:
            return Admission(headers=headers)
        return Admission(
            headers={**headers, "X-Rate-Limit-Problem": "appminute"}, problem="appminute"
        )

    def _app(self, client_id: str) -> Window:
        return self._window(self._apps, client_id, self.rules.app_per_minute)

    def _window(
        self, windows: dict[str, Window], key: str, limit: int, seconds: float | None = None
    ) -> Window:
        found = windows.get(key)
        if found is None:
            if len(windows) >= MAX_TRACKED:  # visitors' apps may have any name
                del windows[next(iter(windows))]
            length = seconds if seconds is not None else self.rules.minute_seconds
            found = windows[key] = Window(limit, length, self.rules.window)
        return found
