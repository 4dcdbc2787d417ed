"""The steps that make a database what this version needs, in order.

`0001_core.sql` is for every database, `0003_audit_guard.sqlite.sql` for one kind alone.
A step that was released is never changed: what comes later is a new step.
"""

import re
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

_NAME = re.compile(r"(?P<step>[0-9]{4}_[a-z_]+)(\.(?P<backend>[a-z]+))?\.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step; its text is read only where it is needed."""

    name: str
    source: Traversable

    def sql(self) -> str:
        return self.source.read_text(encoding="utf-8")


def migrations(backend: str) -> tuple[Migration, ...]:
    """The steps for one kind of database, in the order of their numbers."""
    found: list[Migration] = []
    for source in files(__name__).iterdir():
        match = _NAME.fullmatch(source.name)
        if match and match["backend"] in {None, backend}:
            found.append(Migration(name=match["step"], source=source))
    return tuple(sorted(found, key=lambda step: step.name))
