"""A migration's statements, one at a time: run as a whole, SQLite would commit before it begins."""

import sqlite3
from collections.abc import Iterator


def statements(script: str) -> Iterator[str]:
    """One statement at a time, as SQLite divides them: a trigger is one."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        raise ValueError(f"A migration ends in the middle of a statement: {pending[:80]!r}")
