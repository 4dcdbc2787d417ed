"""How a table speaks to its database: portable SQL with `:name` parameters, plain values back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from xero_mcp.clock import from_iso, to_iso

Value = str | int | bytes | None
"""Money is stored as text, moments as ISO text: the database never does arithmetic on them."""

Row = tuple[Value, ...]


class Executor(Protocol):
    """The one way in which a table speaks to its database: named SQL, named parameters."""

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> Sequence[Row]: ...

    def change(self, sql: str, parameters: Mapping[str, Value]) -> int:
        """Run a statement that changes rows; return how many."""
        ...


def text(value: Value) -> str:
    """A column that is never null, as text."""
    if not isinstance(value, str):
        raise TypeError(f"The database holds {type(value).__name__} where text belongs.")
    return value


def text_or_none(value: Value) -> str | None:
    return None if value is None else text(value)


def whole(value: Value) -> int:
    """A column that is never null, as a whole number."""
    if not isinstance(value, int):
        raise TypeError(f"The database holds {type(value).__name__} where a number belongs.")
    return value


def moment(value: Value) -> datetime:
    """A column that is never null, as a moment."""
    return from_iso(text(value))


def moment_or_none(value: Value) -> datetime | None:
    return None if value is None else moment(value)


def columns(**named: str | int | datetime | None) -> dict[str, Value]:
    """The columns of a row by name, moments as the text that they are stored as."""
    return {
        name: to_iso(value) if isinstance(value, datetime) else value
        for name, value in named.items()
    }


def iso_or_none(value: datetime | None) -> str | None:
    return None if value is None else to_iso(value)
