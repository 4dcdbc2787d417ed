"""Small texts kept for a while: encrypted tokens, the organisations of a connection."""

import base64
from datetime import datetime

from xero_mcp.clock import to_iso
from xero_mcp.store.executor import Executor, iso_or_none, text

_PUT = """
INSERT INTO kept (name, form, value, expires_at) VALUES (:name, :form, :value, :expires_at)
ON CONFLICT (name) DO UPDATE
SET form = excluded.form, value = excluded.value, expires_at = excluded.expires_at
"""
_GET = """
SELECT form, value FROM kept WHERE name = :name AND (expires_at IS NULL OR expires_at > :now)
"""
_DELETE = "DELETE FROM kept WHERE name = :name"
_SWEEP = "DELETE FROM kept WHERE expires_at <= :now"


class KeptTable:
    """Values under a name, each forgotten at its moment."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def put(self, key: str, value: str | bytes, expires_at: datetime | None = None) -> None:
        """Keep the value in place of any earlier one; without `expires_at` it stays."""
        is_bytes = isinstance(value, bytes)
        shown = base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        self._executor.change(
            _PUT,
            {
                "name": key,
                "form": "base64" if is_bytes else "text",
                "value": shown,
                "expires_at": iso_or_none(expires_at),
            },
        )

    def get(self, key: str, now: datetime) -> str | bytes | None:
        """What was put, as it was put; None where it never was or has expired."""
        for form, value in self._executor.rows(_GET, {"name": key, "now": to_iso(now)}):
            return base64.b64decode(text(value)) if form == "base64" else text(value)
        return None

    def delete(self, key: str) -> None:
        self._executor.change(_DELETE, {"name": key})

    def sweep(self, now: datetime) -> int:
        """Remove what has expired; return how many."""
        return self._executor.change(_SWEEP, {"now": to_iso(now)})
