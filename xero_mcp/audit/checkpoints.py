"""Checkpoints through the life of a server: made in time, and copied to where they are safe."""

from pathlib import Path
from typing import Never

from anyio import to_thread

from xero_mcp.audit.checkpoint import Checkpoint
from xero_mcp.audit.copies import Copies
from xero_mcp.audit.entry import Entry, Kind, Status
from xero_mcp.audit.log import AuditLog
from xero_mcp.audit.notary import Notary, checkpoint_of
from xero_mcp.clock import Clock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.base import Store, Tables

LOOK_SECONDS = 15.0
"""How often it is looked whether a checkpoint is due or waits to be copied."""
MAX_COPIED = 1000
"""As many go to the copies at once."""
MAX_ROUNDS = 10_000


class Checkpoints:
    """The notary's checkpoints, and their copies in the place that the operator named."""

    def __init__(
        self, store: Store, log: AuditLog, notary: Notary, *, copies: Copies | None
    ) -> None:
        self._store = store
        self._log = log
        self._notary = notary
        self._copies = copies
        self._copied = 0
        self._trouble = ""

    async def keep_up(self, clock: Clock) -> Never:
        """Run beside a server, to be cancelled with it."""
        while True:
            await clock.sleep(LOOK_SECONDS)
            try:
                if await self._store.read(self._notary.is_due):
                    await self.now()
                else:
                    await self.copy()
            except StoreUnavailableError:
                continue  # every call is refused meanwhile, and says why

    async def now(self, *, because: str = "") -> Checkpoint | None:
        """Vouch for all that is written; None where nothing is. `because`: a person asked.

        Raises:
            StoreUnavailableError: it cannot be written, or the log was tampered with.
        """

        def sign(tables: Tables) -> Checkpoint | None:
            if because:
                self._log.append(tables, Entry(kind=Kind.CHECKPOINT, reason=because))
            return self._notary.checkpoint(tables)

        made = await self._store.write(sign)
        await self.copy()
        return made

    async def copy(self) -> None:
        """Bring the copies up to date; that they cannot be written is recorded, once."""
        if self._copies is None:
            return
        try:
            for _ in range(MAX_ROUNDS):
                waiting = await self._waiting(self._copies)
                if not waiting:
                    break
                await to_thread.run_sync(self._copies.add, waiting)
                self._copied = waiting[-1].size
        except OSError as error:
            await self._tell(f"{error.strerror or type(error).__name__} ({error.filename})")
        else:
            self._trouble = ""

    async def all(self) -> list[Checkpoint]:
        """Every checkpoint of the store, in order."""
        found: list[Checkpoint] = []
        for _ in range(MAX_ROUNDS):
            batch = await self._after(found[-1].size if found else 0)
            found.extend(batch)
            if len(batch) < MAX_COPIED:
                break
        return found

    async def _waiting(self, copies: Copies) -> list[Checkpoint]:
        last = await self._store.read(lambda tables: tables.checkpoints.last())
        if last is None or last.size <= self._copied:
            return []
        log = checkpoint_of(last).log
        self._copied = max(self._copied, await to_thread.run_sync(copies.size_reached, log))
        return await self._after(self._copied)

    async def _after(self, size: int) -> list[Checkpoint]:
        rows = await self._store.read(
            lambda tables: tables.checkpoints.after(size, limit=MAX_COPIED)
        )
        return [checkpoint_of(row) for row in rows]

    async def _tell(self, trouble: str) -> None:
        if trouble != self._trouble:
            await self._log.record(
                Entry(kind=Kind.CHECKPOINT, reason=trouble, status=Status.FAILED)
            )
        self._trouble = trouble


def copies_at(place: Path | None) -> Copies | None:
    """The copies in the place that XERO_MCP_CHECKPOINTS names."""
    return None if place is None else Copies(place)
