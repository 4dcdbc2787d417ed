"""A file of another program, changed without ever being half there, with a copy of how it was."""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_hex

from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.install_turns import turn_in

MAX_BYTES = 32 * 1024 * 1024
MAX_COPIES = 100
MAX_TRIES = 3
BOM = b"\xef\xbb\xbf"
WRITE_BITS = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
PRIVATE = 0o600
"""Of a new file: people put secrets into it later."""

Change = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What became of it."""

    path: Path
    """Where the bytes are: behind a link, where there is one."""
    is_changed: bool
    copy: Path | None
    """How it was before."""


def change_file(named: Path, change: Change, *, now: datetime) -> Changed:
    """Put `change` of the file's text in its place.

    Raises:
        CommandError: it is not a file to be changed, or somebody else changes it all the time.
        OSError: it cannot be read or written.
    """
    path = Path(os.path.realpath(named))
    if not path.parent.exists():
        _changed(path, b"", change)  # what is refused leaves no new folder behind
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with turn_in(path.parent):
            return _in_turn(path, change, now)
    except OSError as error:  # the name of a file that is ours alone says nothing to anybody
        raise OSError(error.errno, error.strerror, str(path)) from error


def _in_turn(path: Path, change: Change, now: datetime) -> Changed:
    for _ in range(MAX_TRIES):
        before = _read(path)
        after = _changed(path, before or b"", change)
        if after == before:
            return Changed(path=path, is_changed=False, copy=None)
        made = _put(path, before, after, now)
        if made is not None:
            return made
    raise CommandError(f"{path} is being changed by another program. Close that, and try again.")


def _read(path: Path) -> bytes | None:
    """The bytes; None where there is no file yet."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise CommandError(f"{path} is no file. Name another one with --file.")
    if found.st_size > MAX_BYTES:
        raise CommandError(f"{path} is larger than {MAX_BYTES} bytes. Add the server by hand.")
    if not found.st_mode & WRITE_BITS:
        raise CommandError(
            f"{path} is read-only, so it was left alone. Make it writable, or add the server by "
            "hand: --print shows what."
        )
    return path.read_bytes()


def _changed(path: Path, before: bytes, change: Change) -> bytes:
    mark = BOM if before.startswith(BOM) else b""
    try:
        text = before.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        raise CommandError(
            f"{path} is not UTF-8, so it was left alone. Save it as UTF-8, or add the server by "
            "hand: --print shows what."
        ) from error
    return mark + change(text).encode()


def _put(path: Path, before: bytes | None, after: bytes, now: datetime) -> Changed | None:
    """Copy, then replace; None where somebody changed the file meanwhile."""
    new = path.with_name(f".{path.name}.{token_hex(4)}.new")
    copy: Path | None = None
    try:
        _write(new, after, like=path if before is not None else None)
        if before is not None:
            copy = _copied(path, before, now)
        if _read(path) != before:  # looked at last: what a host writes after that is lost
            if copy is not None:
                copy.unlink()
            return None
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    return Changed(path=path, is_changed=True, copy=copy)


def _copied(path: Path, before: bytes, now: datetime) -> Path:
    """A copy beside it, under a name that nothing else has."""
    stem = f"{path.name}.backup-{now:%Y%m%dT%H%M%SZ}"
    for number in range(1, MAX_COPIES + 1):
        copy = path.with_name(stem if number == 1 else f"{stem}-{number}")
        with suppress(FileExistsError):
            _write(copy, before, like=path)
            return copy
    raise CommandError(f"There are {MAX_COPIES} copies of {path} of this second. Try again.")


def _write(path: Path, content: bytes, *, like: Path | None) -> None:
    """A file that was not there before, on the disk when this returns; mode and owner of `like`."""
    handle = os.open(
        path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), PRIVATE
    )
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if like is not None:
        found = like.stat()
        path.chmod(stat.S_IMODE(found.st_mode))
        if hasattr(os, "chown"):
            with suppress(PermissionError):  # only root may give a file away
                os.chown(path, found.st_uid, found.st_gid)
