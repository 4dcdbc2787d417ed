"""The store in PostgreSQL: for many replicas of the server, on as many machines."""

from collections.abc import Callable
from typing import Self, TypeVar

from anyio import to_thread

from xero_mcp.clock import Clock
from xero_mcp.store.base import Tables
from xero_mcp.store.postgres_connection import Address, Patience
from xero_mcp.store.postgres_lane import READING, Lane, writing
from xero_mcp.store.postgres_migrate import migrate
from xero_mcp.store.postgres_vacuum import vacuum

T = TypeVar("T")


class PostgresStore:
    """See `store.base.Store`. At most six connections; `PostgresInstances` takes one more."""

    def __init__(self, address: Address, patience: Patience) -> None:
        self._address = address
        self._patience = patience
        self._writer = Lane(address, writing(durable=True), patience)
        self._quick = Lane(address, writing(durable=False), patience)
        self._reader = Lane(address, READING, patience)

    @classmethod
    async def open(cls, url: str, *, clock: Clock, patience: Patience | None = None) -> Self:
        """Connect, and bring the tables up to date where the role may.

        Raises:
            SettingsError: the URL cannot be read.
            StoreUnavailableError: the database cannot be reached, changed or understood.
        """
        address, given = Address(url), patience or Patience()
        await to_thread.run_sync(migrate, address, given, clock)
        return cls(address, given)

    @staticmethod
    async def migrate(url: str, *, clock: Clock) -> tuple[str, ...]:
        """Run the steps that the database lacks, and no more; return their names.

        Raises:
            SettingsError: the URL cannot be read.
            StoreUnavailableError: the database cannot be reached, changed or understood.
        """
        return await to_thread.run_sync(migrate, Address(url), Patience(), clock)

    async def write(self, work: Callable[[Tables], T]) -> T:
        return await self._writer.run(work)

    async def brief(self, work: Callable[[Tables], T]) -> T:
        return await self._writer.run(work)

    async def quick(self, work: Callable[[Tables], T]) -> T:
        return await self._quick.run(work)

    async def read(self, work: Callable[[Tables], T]) -> T:
        return await self._reader.run(work)

    async def glance(self, work: Callable[[Tables], T]) -> T:
        return await self._reader.run(work)

    async def check(self, look: Callable[[Tables], object] | None = None) -> None:
        def work(tables: Tables) -> None:
            # The write lock is held here: the server is there, takes changes and is free.
            tables.audit.tail()
            if look is not None:
                look(tables)

        await self._writer.run(work)

    async def leave_no_trace(self) -> bool:
        return await to_thread.run_sync(vacuum, self._address, self._patience)

    async def close(self) -> None:
        for lane in (self._reader, self._quick, self._writer):
            await lane.close()
