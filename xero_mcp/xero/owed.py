"""What the store could not be told of calls that are over, kept until it can.

A call in flight takes one of five lanes from every process. Were its end forgotten with a store
that was away for a moment, the lane would stay taken until the call's lease ends.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from xero_mcp.store.base import Store, Tables

T = TypeVar("T")

MAX_OWED: Final = 1_000
"""What comes beyond this is left to the leases."""


class Owed:
    """News for the store, told again until a transaction took them. Telling twice does no harm."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._news: dict[str, Callable[[Tables], None]] = {}

    def keep(self, call_id: str, news: Callable[[Tables], None]) -> None:
        """Tell this with the next transaction."""
        if len(self._news) < MAX_OWED:
            self._news[call_id] = news

    async def quick(self, work: Callable[[Tables], T]) -> T:
        """As the store's own, after what is owed to it.

        Raises:
            StoreUnavailableError: it is still away.
        """
        owed = dict(self._news)

        def whole(tables: Tables) -> T:
            for news in owed.values():
                news(tables)
            return work(tables)

        done = await self._store.quick(whole)
        for call_id in owed:
            self._news.pop(call_id, None)
        return done
