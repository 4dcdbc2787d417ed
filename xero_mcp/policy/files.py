"""A policy file on the disk: read once, never further than its bound."""

import stat
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from xero_mcp.policy.document import MAX_BYTES, too_big
from xero_mcp.policy.load import Loaded
from xero_mcp.policy.plain import shown
from xero_mcp.policy.problem import TOP, Place, Problem
from xero_mcp.policy.selftest import checked
from xero_mcp.tool.card import ToolCard

SUFFIX = ".yaml"


class Stamp(NamedTuple):
    """What changes when a file does, without reading it."""

    modified_ns: int
    changed_ns: int
    size: int
    inode: int

    @property
    def is_nobodys(self) -> bool:
        """Whether the file could not be looked at."""
        return self == UNSEEN


UNSEEN = Stamp(0, 0, 0, 0)


class Content(NamedTuple):
    """The bytes of a file, or why there are none."""

    data: bytes = b""
    digest: str = ""
    problem: str = ""


def stamp_of(path: Path) -> Stamp:
    """Look at a file.

    Raises:
        OSError: it is not there, or cannot be looked at.
    """
    seen = path.stat()
    return Stamp(seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size, seen.st_ino)


def read_content(path: Path) -> Content:
    """Read a file whole, unless it is too big or no file at all."""
    try:
        seen = path.stat()
        if not stat.S_ISREG(seen.st_mode):
            return Content(problem="this is not a file")
        if seen.st_size > MAX_BYTES:
            return Content(problem=too_big(seen.st_size))
        with path.open("rb") as file:
            # One byte more than allowed, in case it grew since it was looked at.
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return Content(problem=f"the file cannot be read ({type(error).__name__})")
    return Content(data=data, digest=sha256(data).hexdigest())


def check_content(
    content: Content, *, file: str, cards: Iterable[ToolCard], agent: str | None
) -> Loaded:
    """Load and test what was read. The file must be for `agent`, unless that is None."""
    if content.problem:
        problem = Problem(file=file, line=TOP.line, column=TOP.column, text=content.problem)
        return Loaded(policy=None, problems=(problem,))
    loaded = checked(content.data, file=file, cards=cards)
    policy = loaded.policy
    if policy is None or agent is None or policy.agent == agent:
        return loaded
    at = Place(policy.lines.get("agent", TOP.line), 1)
    problem = Problem(
        file=file,
        line=at.line,
        column=at.column,
        text=(
            f"the file is named after {shown(agent)} but is for {shown(policy.agent)}:"
            " name both alike"
        ),
    )
    return Loaded(policy=None, problems=(problem,), notes=loaded.notes)


def check_file(path: Path, *, cards: Iterable[ToolCard], tied: bool = False) -> Loaded:
    """Everything that keeps a file from being in force: `policy check`.

    Args:
        path: the file.
        cards: the tools that there are.
        tied: it is looked at for an agent that was tied to it, whatever its own name.
    """
    agent = None if tied else path.stem
    return check_content(read_content(path), file=path.name, cards=cards, agent=agent)
