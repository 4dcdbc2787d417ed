"""What stands between the tables' SQL and PostgreSQL's: names of parameters, and NUL in texts."""

import re
from collections.abc import Mapping
from functools import lru_cache

from xero_mcp.store.executor import Row, Value
from xero_mcp.store.migrations.postgres_words import RESERVED

MAX_STATEMENTS = 1_000
"""The house has about two hundred; some are put together for a search."""

_TOKEN = re.compile(
    rf"'(?:[^']|'')*'|::|:(?P<name>[A-Za-z_]\w*)|\b(?P<word>{RESERVED})\b|%", re.ASCII
)

# PostgreSQL keeps every character but one. What cannot be kept is written with a code point
# that Unicode promises never to use, and read back as it was: the log compares letter by letter.
_NUL = "\x00"
_MARK = "\ufdd0"
_MARK_ITSELF = f"{_MARK}m"
_MARK_FOR_NUL = f"{_MARK}0"


@lru_cache(maxsize=MAX_STATEMENTS)
def translated(sql: str) -> bytes:
    """`:name` as psycopg has it, and names that PostgreSQL takes for words of its own in quotes."""
    return _TOKEN.sub(_written, sql).encode()


def _written(token: re.Match[str]) -> str:
    if token["name"]:
        return f"%({token['name']})s"
    return f'"{token[0]}"' if token["word"] else token[0].replace("%", "%%")


def for_database(parameters: Mapping[str, Value]) -> dict[str, Value]:
    return {name: _kept(value) for name, value in parameters.items()}


def from_database(row: Row) -> Row:
    for value in row:
        if isinstance(value, str) and _MARK in value:
            return tuple(_unmarked(each) for each in row)
    return row


def _kept(value: Value) -> Value:
    if isinstance(value, str):
        if _NUL in value or _MARK in value:
            return value.replace(_MARK, _MARK_ITSELF).replace(_NUL, _MARK_FOR_NUL)
        return value
    return int(value) if isinstance(value, bool) else value


def _unmarked(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    return value.replace(_MARK_FOR_NUL, _NUL).replace(_MARK_ITSELF, _MARK)
