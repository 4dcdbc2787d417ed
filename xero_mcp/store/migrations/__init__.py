"""The steps that make a database what this version needs, in order.

`0001_core.sql` is for every database, `0003_audit_guard.sqlite.sql` for one kind alone.
Steps are written in SQLite's words; `postgres_words` says them again for PostgreSQL. Where it
cannot, a file for it alone stands beside: `0011_audit_search_filled.postgres.sql`.
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
    is_translated: bool = False

    def sql(self) -> str:
        written = self.source.read_text(encoding="utf-8")
        if not self.is_translated:
            return written
        from xero_mcp.store.migrations.postgres_words import in_postgres  # noqa: PLC0415

        return in_postgres(self.name, written)


def migrations(backend: str) -> tuple[Migration, ...]:
    """The steps for one kind of database, in the order of their numbers."""
    own: dict[str, Migration] = {}
    others: dict[str, Migration] = {}
    for source in files(__name__).iterdir():
        match = _NAME.fullmatch(source.name)
        if match is None:
            continue
        name = match["step"]
        if match["backend"] == backend or (match["backend"] is None and backend == "sqlite"):
            own[name] = Migration(name=name, source=source)
        elif match["backend"] in {None, "sqlite"}:
            others[name] = Migration(name=name, source=source, is_translated=True)
    return tuple(sorted((others | own).values(), key=lambda step: step.name))
