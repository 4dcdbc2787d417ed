"""Where an outcome waits that the store did not take: a file in the state folder.

It is written down before anything else is begun, by whichever process comes first, so the
log never lacks what Xero answered. While it cannot be, the agent whose write it was writes
nothing more; others go on, and so do its reads, as far as the store takes the record of them.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread

from xero_mcp.audit.log import AuditLog
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.gate.settling import Settlement, settle_late
from xero_mcp.store.base import Store
from xero_mcp.store.private_file import make_folder

if TYPE_CHECKING:
    from pydantic import TypeAdapter

FOLDER = "spool"
SUFFIX = ".json"
FILE_MODE = 0o600
RESERVE_BYTES = 64 * 1024
"""Kept on the disk to be given up when it is full: an outcome is about a kilobyte."""
RESERVE = "reserve"


class Spool:
    """Outcomes that wait, in files that outlive the process; in memory where even that fails."""

    def __init__(self, home: Path, store: Store, audit: AuditLog) -> None:
        self._folder = home / FOLDER
        self._store = store
        self._audit = audit
        self._held: dict[str, bytes] = {}

    def prepare(self) -> None:
        """Make the folder, and take the reserve while the disk has room.

        Without either, outcomes still wait in memory.
        """
        with suppress(OSError):
            make_folder(self._folder)
            if not (self._folder / RESERVE).exists():
                _write(self._folder / RESERVE, b"\0" * RESERVE_BYTES)

    async def put(self, settlement: Settlement) -> bool:
        """Set an outcome aside; False where it waits in memory alone."""
        name = f"{settlement.entry.agent or ''}.{settlement.entry.intent_id}.json"
        data = self._audit.sealed_text(name, _form().dump_json(settlement).decode()).encode()
        kept = await to_thread.run_sync(self._keep, name, data)
        if not kept:
            self._held[name] = data
        return kept

    async def make_way(self, agent: str, *, writes: bool) -> None:
        """Write down what waits, before a call of this agent's begins.

        Raises:
            StoreUnavailableError: the call writes, and an outcome of this agent's still waits.
        """
        try:
            await self.drain()
        except StoreUnavailableError:
            if writes and self._waits_for(agent):
                raise

    async def drain(self) -> int:
        """Write down what waits; return how many.

        Raises:
            StoreUnavailableError: it cannot be written yet, or a file cannot be read.
        """
        drained, trouble = 0, None
        for name, data in [*self._held.items(), *self._files()]:
            try:
                settlement = self._read(name, data)
            except StoreUnavailableError as error:
                trouble = error  # what else waits may still be written down
                continue
            if await self._store.write(
                lambda tables, one=settlement: settle_late(self._audit, tables, one)
            ):
                drained += 1
            self._held.pop(name, None)
            with suppress(FileNotFoundError):
                (self._folder / name).unlink()
        if trouble is not None:
            raise trouble
        return drained

    def _waits_for(self, agent: str) -> bool:
        """Whether an outcome of this agent's waits, or one of which nobody can tell whose it is."""
        try:
            names = [*self._held, *self._names()]
        except StoreUnavailableError:
            return True
        return any(_agent_of(name) in {agent, ""} for name in names)

    def _names(self) -> list[str]:
        try:
            names = os.listdir(self._folder)  # noqa: PTH208 - at every call: a Path costs more
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreadable(self._folder, error) from error
        return sorted(name for name in names if name.endswith(SUFFIX))

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for name in self._names():
            try:
                yield name, (self._folder / name).read_bytes()
            except FileNotFoundError:
                continue  # another process was first
            except OSError as error:
                raise _unreadable(self._folder / name, error) from error

    def _read(self, name: str, data: bytes) -> Settlement:
        try:
            return _form().validate_json(self._audit.opened_text(name, data.decode()))
        except ValueError as error:
            raise StoreUnavailableError(
                f"{self._folder / name} holds an outcome that could not be written down, and "
                "cannot be read. Keep it, move it elsewhere, and settle the call with `xero-mcp "
                "audit reconcile`."
            ) from error

    def _keep(self, name: str, data: bytes) -> bool:
        for _ in range(2):
            try:
                make_folder(self._folder)
                _write(self._folder / name, data)
            except OSError:
                with suppress(OSError):
                    (self._folder / RESERVE).unlink()  # the disk may be full: this makes room
            else:
                return True
        return False


def _agent_of(name: str) -> str:
    """`clerk.a-1m7w2dsmk1cg8s26.json`; a name without an agent is everybody's."""
    agent, _, rest = name.removesuffix(".json").partition(".")
    return agent if rest else ""


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and durable when this returns."""
    ready = path.with_name(f".{path.name}")
    try:
        descriptor = os.open(ready, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        ready.replace(path)
    except OSError:
        with suppress(OSError):
            ready.unlink()
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _unreadable(path: Path, error: OSError) -> StoreUnavailableError:
    return StoreUnavailableError(
        f"{path} cannot be read ({error.strerror}), and an outcome may wait there to be written "
        "down. Let the server's user read it."
    )


def _form() -> "TypeAdapter[Settlement]":
    from pydantic import TypeAdapter  # noqa: PLC0415 - built only where an outcome waits

    return TypeAdapter(Settlement)
