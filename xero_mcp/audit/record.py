"""A record as it is read back."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Self, cast

from xero_mcp.audit.canonical import Json
from xero_mcp.store.tables.audit import AuditRow

UNDER_WAY = "under way"
"""An intent whose process still runs and has not heard yet."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record of the log."""

    row: AuditRow
    state: str
    """How the call stands as a reader sees it today; for an intent, how it ended."""

    @classmethod
    def of(cls, row: AuditRow, *, state: str | None = None) -> Self:
        return cls(row=row, state=state or row.status or "")

    @cached_property
    def body(self) -> dict[str, Json]:
        """What is hashed; read as empty where it is not JSON (somebody has been at it)."""
        return _read(self.row.body)

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def says(self) -> str:
        said = self.body.get("says")
        if isinstance(said, str):
            return said
        return "" if self.row.forgotten is None else self._facts_in_words()

    def _facts_in_words(self) -> str:
        who, tool = self.text("agent") or "somebody", self.text("tool") or self.row.kind
        where = self.text("organisation", "name")
        ended = self.text("status") or self.row.kind
        place = f" in {where}" if where else ""
        return f"{who}, {tool}{place}: {ended}. Its content was forgotten ({self.row.forgotten})."

    def text(self, *path: str) -> str | None:
        """One text of the body: `text("organisation", "name")`; None where there is none."""
        found: Json = self.body
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, str) else None


def _read(body: str) -> dict[str, Json]:
    try:
        read: object = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Json]", read) if isinstance(read, dict) else {}
