"""The policies in force: files, read again when they change, swapped in whole or not at all.

A change is taken once the file has stood still. A file that became bad leaves the last good
one in force, until that expires. A file that is gone was taken away: nothing is allowed from
then on.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from xero_mcp.clock import Clock
from xero_mcp.policy.files import (
    SUFFIX,
    UNSEEN,
    Content,
    Stamp,
    check_content,
    read_content,
    stamp_of,
)
from xero_mcp.policy.model import Policy
from xero_mcp.policy.plain import one_of, shown
from xero_mcp.policy.problem import Problem
from xero_mcp.policy.read import is_name
from xero_mcp.policy.stillness import STILL_SECONDS, Stillness
from xero_mcp.tool.card import ToolCard

_SETTLED_SECONDS = timedelta(seconds=3).total_seconds()
"""A file younger than this may change again within one tick of the file system's clock."""
MAX_PATHS = 1_000
_MAX_NAMES_SHOWN = 20


class Happened(StrEnum):
    """What the audit log hears of a policy file."""

    LOADED = "loaded"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEvent:
    """A policy file was taken, refused, or is gone."""

    kind: Happened
    agent: str
    file: str
    sha256: str
    """Of the file's bytes; empty where they could not be read."""
    at: datetime
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What holds for an agent now."""

    agent: str
    policy: Policy | None
    reason: str = ""
    """Why there is no policy, or why it is not the one in the file."""
    problems: tuple[Problem, ...] = ()
    """Of the file as it is now; where there are some, it is not the file that holds."""
    notes: tuple[Problem, ...] = ()


class _Known(NamedTuple):
    """A file as it was last read."""

    stamp: Stamp
    content_id: tuple[str, str]
    read_at: float
    in_force: InForce


class PolicyBook:
    """All policies of a folder. Files are looked at when they are asked for, and no sooner."""

    def __init__(
        self,
        folders: tuple[Path, Path],
        *,
        cards: Iterable[ToolCard],
        clock: Clock,
        on_event: Callable[[PolicyEvent], None] | None = None,
        still_seconds: float = STILL_SECONDS,
    ) -> None:
        """Open the first folder, or where there is none the second: the one that shipped.

        Args:
            folders: both.
            cards: the tools that there are.
            clock: by which files stand still.
            on_event: hears of each file that is taken, refused or gone.
            still_seconds: 0 takes each file as it is found, for who looks only once.
        """
        # Chosen once: a folder that disappears must not bring the shipped policies into force.
        self.folder = folders[0] if folders[0].is_dir() else folders[1]
        self._cards = tuple(cards)
        self._clock = clock
        self._on_event = on_event
        self._known: dict[tuple[str, Path], _Known] = {}
        self._paths: dict[str, Path] = {}
        """Kept, since a Path works out its text and its hash once, and each call looks at one."""
        self._stillness = Stillness(started_at=clock.now().timestamp(), still_seconds=still_seconds)

    def names(self) -> tuple[str, ...]:
        """The agents that have a file of their own, whether it is good or not."""
        files = sorted(self.folder.glob(f"*{SUFFIX}"))
        return tuple(file.stem for file in files if is_name(file.stem))

    def for_agent(self, name: str, *, file: str | None = None) -> InForce:
        """What holds for this agent now.

        Args:
            name: the agent. Its policy is `name.yaml`.
            file: another file, where `agents add` tied the agent to one.
        """
        if not is_name(name):
            return InForce(agent="", policy=None, reason=f"{shown(name)} is not an agent's name")
        path = self._path_of(file or f"{name}{SUFFIX}")
        try:
            stamp = stamp_of(path)
        except (FileNotFoundError, NotADirectoryError):
            return self._gone(name, path)
        except OSError as error:
            problem = f"the file cannot be looked at ({type(error).__name__})"
            return self._take(name, path, UNSEEN, Content(problem=problem))
        known = self._known.get((name, path))
        if known is not None and known.stamp == stamp and _is_settled(known):
            return known.in_force
        return self._take(name, path, stamp, read_content(path), tied=file is not None)

    def _path_of(self, file: str) -> Path:
        path = self._paths.get(file)
        if path is None:
            if len(self._paths) >= MAX_PATHS:
                self._paths.clear()
            path = self._paths[file] = self.folder / file
        return path

    def _take(
        self, name: str, path: Path, stamp: Stamp, content: Content, *, tied: bool = False
    ) -> InForce:
        known = self._known.get((name, path))
        content_id = (content.digest, content.problem)
        read_at = self._clock.now().timestamp()
        if known is not None and known.content_id == content_id:
            in_force = known.in_force
            self._stillness.forget((name, path))
        elif not self._stillness.has((name, path), stamp, content, now=read_at):
            return known.in_force if known is not None else _just_written(name, path)
        else:
            agent = None if tied else name
            in_force = self._loaded(name, path, content, agent=agent)
        self._known[name, path] = _Known(stamp, content_id, read_at, in_force)
        return in_force

    def _loaded(self, name: str, path: Path, content: Content, *, agent: str | None) -> InForce:
        loaded = check_content(content, file=path.name, cards=self._cards, agent=agent)
        if loaded.policy is not None:
            self._tell(Happened.LOADED, name, path.name, content.digest)
            return InForce(agent=name, policy=loaded.policy, notes=loaded.notes)
        self._tell(Happened.REFUSED, name, path.name, content.digest, loaded.problems)
        before = self._known.get((name, path))
        last_good = before.in_force.policy if before is not None else None
        held = "the last good one holds" if last_good else "so nothing is allowed"
        return InForce(
            agent=name,
            policy=last_good,
            reason=f"{path.name} is not right, {held}: {loaded.problems[0]}",
            problems=loaded.problems,
            notes=loaded.notes,
        )

    def _gone(self, name: str, path: Path) -> InForce:
        self._stillness.forget((name, path))
        if self._known.pop((name, path), None) is not None:
            self._tell(Happened.GONE, name, path.name, "")
        names = self.names()[:_MAX_NAMES_SHOWN]
        there = f"there is {one_of(names)}" if names else "there is none at all"
        return InForce(
            agent=name, policy=None, reason=f"there is no policy file {path.name}: {there}"
        )

    def _tell(
        self,
        kind: Happened,
        agent: str,
        file: str,
        digest: str,
        problems: tuple[Problem, ...] = (),
    ) -> None:
        if self._on_event is not None:
            self._on_event(
                PolicyEvent(
                    kind=kind,
                    agent=agent,
                    file=file,
                    sha256=digest,
                    at=self._clock.now(),
                    problems=problems,
                )
            )


def _just_written(name: str, path: Path) -> InForce:
    reason = f"{path.name} was written this moment: it holds once it has stood still for a moment"
    return InForce(agent=name, policy=None, reason=reason)


def _is_settled(known: _Known) -> bool:
    return known.read_at - known.stamp.modified_ns / 1e9 > _SETTLED_SECONDS
