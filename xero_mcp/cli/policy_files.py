"""Which policy files a command means: files by their path, agents by their name, or all.

An agent's name means the file that decides for it, also where `agents add` tied it to another's.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from xero_mcp.cli.console import tell
from xero_mcp.cli.exits import CommandError
from xero_mcp.cli.ties import tied_file
from xero_mcp.policy.book import PolicyBook
from xero_mcp.policy.files import SUFFIX, check_file
from xero_mcp.policy.load import Loaded
from xero_mcp.policy.model import Policy
from xero_mcp.policy.plain import one_of
from xero_mcp.policy.problem import Problem
from xero_mcp.policy.read import is_name
from xero_mcp.text import one_line
from xero_mcp.tool.card import ToolCard

MAX_FILES = 1_000
MAX_PATH = 4_096


class Chosen(NamedTuple):
    """A policy file, and its name as messages show it."""

    path: Path
    shown: str
    tied: str = ""
    """The agent that was asked for by name, where another's file decides for it."""

    def checked(self, cards: Iterable[ToolCard]) -> Loaded:
        """All that would keep it from being in force."""
        return check_file(self.path, cards=cards, tied=bool(self.tied))

    def problems(self, found: Sequence[Problem]) -> list[Problem]:
        """The same problems, with a name by which an editor finds the file."""
        return [problem._replace(file=self.shown) for problem in found]


def chosen_files(which: Sequence[str] | None, book: PolicyBook) -> list[Chosen]:
    """The files that were asked for. A tie is told on stderr.

    Raises:
        CommandError: one is not there, or there are none at all.
        StoreUnavailableError: a name was given, and who is tied to what cannot be read.
    """
    if which:
        return [_chosen(each, book) for each in which]
    try:
        files = sorted(book.folder.glob(f"*{SUFFIX}"))[:MAX_FILES]
    except OSError as error:
        raise CommandError(f"The folder {book.folder} cannot be read.") from error
    if not files:
        raise CommandError(f"There is no policy file (NAME{SUFFIX}) in {book.folder}.")
    return [Chosen(path=path, shown=_short(path)) for path in files]


def misnamed(book: PolicyBook) -> list[str]:
    """Files beside the policies that look like one and are not read."""
    return sorted(path.name for path in book.folder.glob("*.yml"))[:MAX_FILES]


def good_policy(chosen: Chosen, loaded: Loaded) -> Policy:
    """The policy of a file.

    Raises:
        CommandError: the file is not right, with every problem.
    """
    if loaded.policy is None:
        listed = "\n".join(str(problem) for problem in chosen.problems(loaded.problems))
        raise CommandError(f"{chosen.shown} is not right, so nothing holds:\n{listed}")
    return loaded.policy


def _chosen(which: str, book: PolicyBook) -> Chosen:
    path = Path(which)
    if path.name != which or path.suffix in {SUFFIX, ".yml"}:
        if not path.exists():
            raise CommandError(f"There is no file {one_line(which)}.")
        return Chosen(path=path, shown=one_line(which, limit=MAX_PATH))
    tied = tied_file(which) if is_name(which) else None
    if tied is not None:
        return _tied(which, book.folder / tied)
    path = book.folder / f"{which}{SUFFIX}"
    if not path.is_file():
        names = book.names()
        there = f"there is {one_of(names)}" if names else "there is none at all"
        raise CommandError(f"There is no policy {path.name} in {book.folder}: {there}.")
    return Chosen(path=path, shown=_short(path))


def _tied(agent: str, path: Path) -> Chosen:
    if not path.is_file():
        raise CommandError(
            f"{agent} is tied to {path.name}, which is not in {path.parent}, so it may do nothing."
        )
    tell(f"{agent} is tied to {path.name}, which decides for it.")
    return Chosen(path=path, shown=_short(path), tied=agent)


def _short(path: Path) -> str:
    """Relative to where the person stands, where that is shorter and true."""
    here = Path.cwd()
    shown = path.relative_to(here) if path.is_relative_to(here) else path
    return one_line(str(shown), limit=MAX_PATH)
