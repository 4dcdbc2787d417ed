"""A store that hands everything on: tests put in the way what they are about."""

from collections.abc import Callable
from typing import TypeVar

from xero_mcp.store.base import Store, Tables

T = TypeVar("T")


class PassingOn:
    """See `Store`."""

    def __init__(self, inner: Store) -> None:
        self.inner = inner

    async def write(self, work: Callable[[Tables], T]) -> T:
        return await self.inner.write(work)

    async def brief(self, work: Callable[[Tables], T]) -> T:
        return await self.write(work)  # what a test puts in the way of a write is in its way too

    async def quick(self, work: Callable[[Tables], T]) -> T:
        return await self.inner.quick(work)

    async def read(self, work: Callable[[Tables], T]) -> T:
        return await self.inner.read(work)

    async def glance(self, work: Callable[[Tables], T]) -> T:
        return await self.read(work)

    async def check(self, look: Callable[[Tables], object] | None = None) -> None:
        await self.inner.check(look)

    async def close(self) -> None:
        await self.inner.close()
