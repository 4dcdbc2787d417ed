"""One `install` at a time for a folder: of two at once, both servers are in the file."""

import os
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from xero_mcp.cli.exits import CommandError

POLL_SECONDS = 0.05
MAX_POLLS = 200
"""Ten seconds: each takes some hundredths of one."""

if sys.platform == "win32":

    def _taken(folder: Path) -> int | None:
        """A file that the system takes away with the process that holds it; None: another has it.

        While it goes away it can be neither made nor opened.
        """
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_TEMPORARY
        with suppress(FileExistsError, PermissionError):
            return os.open(folder / ".xero-mcp-install.lock", flags)
        return None

else:
    import fcntl

    def _taken(folder: Path) -> int | None:
        """A lock on the folder itself, which leaves nothing behind; None: another has it."""
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        except OSError:  # some file systems of other machines know no locks: then there are none
            return handle
        return handle


@contextmanager
def turn_in(folder: Path) -> Generator[None]:
    """Wait for others who change files there, and keep them waiting.

    Raises:
        CommandError: somebody else has it all the time.
        OSError: the folder cannot be opened.
    """
    for _ in range(MAX_POLLS):
        handle = _taken(folder)
        if handle is not None:
            try:
                yield
            finally:
                os.close(handle)
            return
        time.sleep(POLL_SECONDS)
    raise CommandError(
        f"Another `xero-mcp install` is at work in {folder}, or nothing can be written there. "
        "Try again."
    )
