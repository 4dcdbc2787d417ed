"""Many waits of one length, with one timer for all of them."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from time import monotonic
from typing import Generic, TypeVar

One = TypeVar("One")


class Waits(Generic[One]):
    """Who has waited for `seconds` is named to `late`, unless its wait has ended before.

    Nearly every wait of a server ends long before its time. A timer for each, made and taken away
    unused, would cost more than what it guards.
    """

    def __init__(self, seconds: float, late: Callable[[One], None]) -> None:
        self._seconds = seconds
        self._late = late
        self._until: dict[One, float] = {}
        """The oldest first: so the first is the next."""
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, one: One) -> None:
        """It waits from now on."""
        self._until[one] = monotonic() + self._seconds
        if self._timer is None:
            self._set(self._seconds)

    def end(self, one: One) -> None:
        """It waits no more; it may have been late, or never have waited."""
        self._until.pop(one, None)

    def _set(self, seconds: float) -> None:
        # Of its own context: whose request it was that set it is nobody else's matter.
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, self._look, context=Context())

    def _look(self) -> None:
        now, late = monotonic(), list[One]()
        self._timer = None
        for one, until in self._until.items():
            if until > now:
                self._set(until - now)
                break
            late.append(one)
        for one in late:
            del self._until[one]
        for one in late:
            self._late(one)
