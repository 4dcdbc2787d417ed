"""Keys that are looked up at the same moment are one look into the store."""

from dataclasses import dataclass, field

import anyio

from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.agents import KeyRow


@dataclass(slots=True)
class _Look:
    """One look, from the first who asks for it until it is over."""

    ids: set[str] = field(default_factory=set[str])
    rows: dict[str, KeyRow | None] | None = None
    failure: StoreUnavailableError | None = None

    def read(self, tables: Tables) -> dict[str, KeyRow | None]:
        return {key_id: tables.agents.key(key_id) for key_id in self.ids}


class SharedLooks:
    """Whoever asks while a look is under way shares the next one with all who do.

    So nobody is ever told what was so before it asked, and a busy server does not make a hop to
    the database for every request.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = anyio.Lock()
        self._next: _Look | None = None

    async def key(self, key_id: str) -> KeyRow | None:
        """The key of that id.

        Raises:
            StoreUnavailableError: it cannot be known now.
        """
        if self._next is None:
            self._next = _Look()
        look = self._next
        look.ids.add(key_id)
        async with self._turn:
            # The first who has its turn looks for all; if it is cut off, the next one does.
            if look.rows is None and look.failure is None:
                await self._do(look)
        if look.rows is None:
            raise look.failure or StoreUnavailableError("a look ended without a result")
        return look.rows[key_id]

    async def _do(self, look: _Look) -> None:
        if self._next is look:  # who asks from now on asks for another
            self._next = None
        try:
            look.rows = await self._store.glance(look.read)
        except StoreUnavailableError as error:
            look.failure = error
