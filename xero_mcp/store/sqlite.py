"""The store in one SQLite file: for one machine, with as many server processes as are wanted."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar, cast

from anyio import to_thread

from xero_mcp.clock import Clock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Tables
from xero_mcp.store.brief_work import Turn
from xero_mcp.store.glances import Glances
from xero_mcp.store.sqlite_lane import (
    LOCK_WAIT_SECONDS,
    MIN_FREE_BYTES,
    Care,
    DatabaseFile,
    Lane,
)
from xero_mcp.store.sqlite_migrate import migrate

T = TypeVar("T")

FILE_MODE = 0o600
FOLDER_MODE = 0o700


class SqliteStore:
    """See `store.base.Store`.

    Evidence and counters have a connection each, because only evidence is worth waiting
    for the disk; reading has a third, so that it never waits for either.
    """

    def __init__(self, file: DatabaseFile) -> None:
        writing = Turn()
        self._writer = Lane(file, synchronous="FULL", writes=True, turn=writing)
        self._quick = Lane(file, synchronous="NORMAL", writes=True, turn=writing)
        self._glances = Glances(file)
        self._reader = Lane(file, synchronous="NORMAL", writes=False, turn=Turn())

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        lock_wait_seconds: float = LOCK_WAIT_SECONDS,
        min_free_bytes: int = MIN_FREE_BYTES,
    ) -> Self:
        """Open the file, or make it (for its owner alone), and bring it up to date.

        Raises:
            StoreUnavailableError: it cannot be opened, written or understood.
        """
        care = Care(lock_wait_seconds=lock_wait_seconds, min_free_bytes=min_free_bytes)
        file, _ = await to_thread.run_sync(_prepare, path, clock, care)
        return cls(file)

    @staticmethod
    async def migrate(path: Path, *, clock: Clock) -> tuple[str, ...]:
        """Bring the file up to date, and no more; the names of the steps that it lacked.

        Raises:
            StoreUnavailableError: it cannot be opened, written or understood.
        """
        _, steps = await to_thread.run_sync(_prepare, path, clock, Care())
        return steps

    async def write(self, work: Callable[[Tables], T]) -> T:
        return await self._writer.run(work)

    async def brief(self, work: Callable[[Tables], T]) -> T:
        return await self._writer.run_briefly(work)

    async def quick(self, work: Callable[[Tables], T]) -> T:
        return await self._quick.run(work)

    async def read(self, work: Callable[[Tables], T]) -> T:
        return await self._reader.run(work)

    async def glance(self, work: Callable[[Tables], T]) -> T:
        seen = self._glances.at_once(work)
        return await self._reader.run(work) if seen is None else cast("T", seen.result)

    async def check(self, look: Callable[[Tables], object] | None = None) -> None:
        def work(tables: Tables) -> None:
            # The write lock is held here, so the file is there, writable and free.
            tables.must_have_room()
            if look is not None:
                look(tables)

        await self._writer.run(work)

    async def leave_no_trace(self) -> bool:
        """Overwrite what was deleted in the files beside the database too.

        False where another process reads just now: what was deleted lies in its log until then.
        """
        return await self._writer.fold()

    async def close(self) -> None:
        self._glances.close()
        for lane in (self._reader, self._quick, self._writer):
            await lane.close()


def _prepare(path: Path, clock: Clock, care: Care) -> tuple[DatabaseFile, tuple[str, ...]]:
    try:
        absolute = path.absolute()
        absolute.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        os.close(os.open(absolute, os.O_CREAT | os.O_RDWR, FILE_MODE))
        _close_to_others(absolute)
    except OSError as error:
        raise StoreUnavailableError(
            f"The database {path} cannot be opened or made ({error.strerror}). "
            "Let the server's user write the file and its folder."
        ) from error
    file = DatabaseFile(absolute, care)
    return file, migrate(file, clock=clock)


def _close_to_others(path: Path) -> None:
    """SQLite gives the files beside the database (-wal, -shm) the same mode."""
    if path.stat().st_mode & 0o077:
        path.chmod(FILE_MODE)
