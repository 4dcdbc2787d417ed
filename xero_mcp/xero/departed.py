"""Processes that died in the queue: whoever looks at it takes their places away.

Their leases would end too, after seconds in which nobody behind them moves. A process that is
only thought dead loses nothing but its place: it joins the queue again at its next look.
"""

from collections.abc import Callable
from typing import Final

from xero_mcp.store.tables.calls import CallsTable
from xero_mcp.xero.forecast import MILLISECONDS, LimitRules

IsLive = Callable[[str], bool]
"""Whether the process of that name still runs; where that cannot be told, it does."""

_MAX_REMEMBERED: Final = 1_000


def everybody_is_live(_: str) -> bool:
    """Where nobody can tell, leases alone end."""
    return True


class Departed:
    """Looks for the dead now and then, on behalf of one process."""

    def __init__(self, rules: LimitRules, holder: str, is_live: IsLive) -> None:
        self._every_ms = round(rules.look_for_dead_seconds * MILLISECONDS)
        self._orphan_ms = round(rules.orphan_seconds * MILLISECONDS)
        self._holder = holder
        self._is_live = is_live
        self._looked_ms: dict[str, int] = {}

    def clear(self, calls: CallsTable, organisation_id: str, *, now_ms: int) -> None:
        """Drop what dead processes wait for; let their calls in flight count as ended soon.

        Not at once: Xero may still be at work on a request whose sender is gone.
        """
        looked_ms = self._looked_ms.get(organisation_id)
        if looked_ms is not None and 0 <= now_ms - looked_ms < self._every_ms:
            return
        if len(self._looked_ms) >= _MAX_REMEMBERED:
            self._looked_ms.clear()
        self._looked_ms[organisation_id] = now_ms
        for holder in calls.holders(organisation_id):
            if holder != self._holder and not self._is_live(holder):
                calls.bury(holder, end_ms=now_ms + self._orphan_ms)
