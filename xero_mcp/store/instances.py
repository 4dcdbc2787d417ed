"""Which server processes are alive, told by locks that the system drops when one dies.

A lock outlives no process: not a crash, not kill -9. So a call under way whose process
no longer holds its lock is a call of which nobody will hear the end.
"""

import os
import re
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol, Self

from xero_mcp.errors import StoreUnavailableError
from xero_mcp.store.private_file import make_folder

FILE_MODE = 0o600
MAX_TRIES = 10
"""More often than this, a sweeping neighbour does not take away a file before it is locked."""

_NAME = re.compile(r"s-[0-9a-f]{16}")

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int, *, shared: bool) -> bool:
        del shared  # Windows knows one kind; two who look at once may both see a live process
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _lock(descriptor: int, *, shared: bool) -> bool:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class SignOfLife(Protocol):
    """That this process is there; it ends with `leave`, or with the process."""

    instance: str

    def leave(self) -> None: ...


class Roll(Protocol):
    """Which server processes of a store are there; each kind of database has its own way."""

    def enter(self) -> SignOfLife:
        """Make this process known, before its first call."""
        ...

    def is_live(self, instance: str) -> bool: ...

    def sweep(self) -> int:
        """Remove what dead processes left; return how many."""
        ...

    def close(self) -> None: ...


class Presence:
    """This process's own sign of life; held until `leave` or the end of the process."""

    def __init__(self, instance: str, path: Path, descriptor: int) -> None:
        self.instance = instance
        self._path = path
        self._descriptor = descriptor

    def leave(self) -> None:
        """Let go; calls that are still under way count as orphans from now on."""
        if self._descriptor >= 0:
            with suppress(OSError):
                self._path.unlink()
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()


class Instances:
    """The server processes of one home folder; `folder` is `<home>/run`."""

    def __init__(
        self, folder: Path, *, randomness: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        self._folder = folder
        self._randomness = randomness

    def enter(self) -> Presence:
        """Make this process known, before its first call.

        Raises:
            StoreUnavailableError: the folder cannot be written.
        """
        try:
            make_folder(self._folder)
            for _ in range(MAX_TRIES):
                presence = self._try_to_enter()
                if presence is not None:
                    return presence
        except OSError as error:
            raise StoreUnavailableError(
                f"The folder {self._folder} cannot be written ({error.strerror}). "
                "Let the server's user write it."
            ) from error
        raise StoreUnavailableError(
            f"No file in {self._folder} could be locked. Use a local disk as home."
        )

    def is_live(self, instance: str) -> bool:
        """Whether the process still runs; one that never was counts as gone."""
        if not _NAME.fullmatch(instance):
            return False
        try:
            descriptor = os.open(self._path(instance), os.O_RDWR)
        except FileNotFoundError:
            return False
        except OSError:
            return True  # it cannot be asked, and to take a live call for dead would be worse
        try:
            return not _lock(descriptor, shared=True)
        finally:
            os.close(descriptor)

    def sweep(self) -> int:
        """Remove what dead processes left; return how many."""
        removed = 0
        for path in self._folder.glob("s-*.lock"):
            if not self.is_live(path.stem):
                with suppress(OSError):
                    path.unlink()
                    removed += 1
        return removed

    def close(self) -> None:
        """Nothing is held open."""

    def _try_to_enter(self) -> Presence | None:
        instance = f"s-{self._randomness(8).hex()}"
        path = self._path(instance)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, FILE_MODE)
        if _lock(descriptor, shared=False) and _is_the_file(path, descriptor):
            return Presence(instance, path, descriptor)
        os.close(descriptor)  # a neighbour swept it away between the two steps
        return None

    def _path(self, instance: str) -> Path:
        return self._folder / f"{instance}.lock"


def _is_the_file(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
