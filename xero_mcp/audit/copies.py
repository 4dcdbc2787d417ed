"""Checkpoints kept outside of the database, where whoever can change the log cannot reach."""

import os
from collections.abc import Sequence
from pathlib import Path

from xero_mcp.audit.checkpoint import Checkpoint, CheckpointFormError

FILE_MODE = 0o644
"""A checkpoint is no secret: whoever audits may read it."""
TAIL_BYTES = 64 * 1024
"""Where the last whole line of a file is looked for."""
LOG_DIGITS = 16


class Copies:
    """A file of checkpoints, or a folder with one file for each log."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def file_for(self, log: str) -> Path:
        if self._place.is_dir():
            return self._place / f"checkpoints-{log[:LOG_DIGITS]}.jsonl"
        return self._place

    def size_reached(self, log: str) -> int:
        """How far the copies of this log go; 0 where there is none.

        Raises:
            OSError: the file is there and cannot be read.
        """
        for line in reversed(self._tail(self.file_for(log))):
            try:
                found = Checkpoint.read(line)
            except CheckpointFormError:
                continue  # a line that a power cut left half written
            if found.log == log:
                return found.size
        return 0

    def add(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Add lines, durable when this returns.

        Two processes may add the same ones; that says nothing new, and nothing wrong.

        Raises:
            OSError: the file cannot be written.
        """
        if not checkpoints:
            return
        path = self.file_for(checkpoints[0].log)
        text = "".join(f"{each.line()}\n" for each in checkpoints)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_APPEND | os.O_CREAT | os.O_RDWR, FILE_MODE)
        try:
            if os.fstat(descriptor).st_size:
                os.lseek(descriptor, -1, os.SEEK_END)
                if os.read(descriptor, 1) != b"\n":
                    text = f"\n{text}"
            data = text.encode("ascii")
            if os.write(descriptor, data) != len(data):
                raise OSError(None, "only a part could be written", str(path))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    @staticmethod
    def _tail(path: Path) -> list[str]:
        try:
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - TAIL_BYTES))
                return file.read(TAIL_BYTES).decode("ascii", "replace").splitlines()
        except FileNotFoundError:
            return []
