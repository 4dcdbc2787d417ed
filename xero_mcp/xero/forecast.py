"""When does a waiting call's turn come? Plain arithmetic over what the store holds.

A call counts from its start until a whole window after it *ended*. Xero counted it at some
moment in between, so however its window is laid (fixed or rolling), ours lets no call through
too early; and as calls are short, all of a minute's calls are used.
"""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from xero_mcp.store.tables.calls import BACKGROUND

MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRules:
    """Xero's limits, and how we wait for them. `minute_seconds` shortens the window for a test."""

    per_minute: int = 60
    per_day: int = 5_000
    at_once: int = 5
    kept_percent: int = 0
    """Of a minute's calls: what is left unused for people, who go first in the queue anyhow."""
    background_kept_percent: int = 25
    """Of a minute's calls: what is never taken by what this server asks for itself."""
    app_per_minute: int = 10_000
    minute_seconds: float = 60.0
    day_seconds: float = 86_400.0
    guard_seconds: float = 0.05
    """Added to each window: clocks of two machines do not tick as one."""
    max_wait_seconds: float = 30.0
    recheck_slack_seconds: float = 2.0
    """A call that was let into the queue is not sent away for being this little late."""
    progress_after_seconds: float = 3.0
    progress_every_seconds: float = 3.0
    poll_seconds: float = 0.05
    """How soon one process sees what another one did."""
    rest_seconds: float = 1.0
    """The longest sleep between two looks, where nothing can happen sooner."""
    call_lease_seconds: float = 60.0
    """After this a call in flight whose process is gone counts as ended; no try takes longer."""
    ticket_lease_seconds: float = 6.0
    """After this without a sign of life, a place in the queue is lost."""
    look_for_dead_seconds: float = 0.5
    """How often who looks at the queue asks which of its processes are dead."""
    orphan_seconds: float = 3.0
    """So long a call in flight still counts as such after its process was found dead."""
    typical_call_seconds: float = 0.4
    """What a call in flight is taken to last, where the queue's length is worked out."""

    def kept_from(self, agent: str) -> int:
        """How many of a minute's calls this agent must leave; people (no agent) leave none."""
        if not agent:
            return 0
        in_background = agent.startswith(BACKGROUND)
        percent = max(self.kept_percent, self.background_kept_percent * in_background)
        return self.per_minute * percent // 100

    @property
    def minute_ms(self) -> int:
        return round((self.minute_seconds + self.guard_seconds) * MILLISECONDS)

    @property
    def day_ms(self) -> int:
        return round((self.day_seconds + self.guard_seconds) * MILLISECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All that decides about the next call of one organisation, at one moment."""

    now_ms: int
    flying_since_ms: Sequence[int]
    minute_frees_ms: Sequence[int]
    """For each call that ended and still counts for the minute: when it stops, in order."""
    held_until_ms: int
    """A pause that Xero asked for, or the app's limit: nothing starts before."""
    day_left: int
    """How many calls may still start under the day's limit."""
    day_frees_ms: int
    """When the day's limit lets the next one through, once nothing is left."""


def free_from_ms(picture: Picture, rules: LimitRules, *, kept: int = 0) -> int | None:
    """When the next call may start: now, at a moment, or (None) as soon as one in flight ends.

    `kept` of a minute's calls are not for it.
    """
    if len(picture.flying_since_ms) >= rules.at_once:
        return None
    earliest = _earliest(picture, 0)
    used = len(picture.flying_since_ms) + len(picture.minute_frees_ms)
    surplus = used - (rules.per_minute - kept)
    if surplus < 0:
        return earliest
    if surplus >= len(picture.minute_frees_ms):
        return None
    return max(earliest, picture.minute_frees_ms[surplus])


def turns_ms(picture: Picture, rules: LimitRules, *, count: int, kept: int = 0) -> list[int]:
    """When the first `count` calls of the queue start, if nothing unforeseen happens."""
    typical = round(rules.typical_call_seconds * MILLISECONDS)
    landings = [max(picture.now_ms, since + typical) for since in picture.flying_since_ms]
    frees = sorted([*picture.minute_frees_ms, *(end + rules.minute_ms for end in landings)])
    lanes = sorted(landings)[-rules.at_once :]
    lanes = [picture.now_ms] * (rules.at_once - len(lanes)) + lanes
    starts: list[int] = []
    for place in range(count):
        earliest = _earliest(picture, place)
        start = max(earliest, lanes.pop(0), _slot(frees, rules.per_minute - kept, earliest))
        starts.append(start)
        insort(lanes, start + typical)
        insort(frees, start + typical + rules.minute_ms)
    return starts


def _earliest(picture: Picture, place: int) -> int:
    """Before anything else: no pause, and something left of the day for this place."""
    day = picture.day_frees_ms if place >= picture.day_left else 0
    return max(picture.now_ms, picture.held_until_ms, day)


def _slot(frees: list[int], limit: int, earliest: int) -> int:
    """When fewer than `limit` of these moments still lie ahead."""
    return earliest if len(frees) < limit else max(earliest, frees[len(frees) - limit])
