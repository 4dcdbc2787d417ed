"""A file that only its owner reads and that is made once, whoever comes first."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def make_folder(path: Path) -> None:
    """Make a folder and the one it lies in, each for its owner alone.

    Whoever may write the one above could put another in this one's place.

    Raises:
        OSError: one of them cannot be made.
    """
    for folder in (path.parent, path):
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)


def read_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds; where there is none, one is made of `make()`.

    The file is whole from its first moment, and of several processes that make it at once
    all read the same.

    Raises:
        OSError: it can neither be read nor made.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    ready = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    ready.touch(mode=FILE_MODE, exist_ok=False)
    try:
        ready.write_bytes(make())
        with suppress(FileExistsError):
            path.hardlink_to(ready)
    finally:
        ready.unlink()
    return path.read_bytes()
