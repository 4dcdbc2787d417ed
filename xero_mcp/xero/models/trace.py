"""What a write leaves behind in Xero, whichever noun it was: enough to know it again."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import cast

from pydantic import ConfigDict

from xero_mcp.text import clean
from xero_mcp.xero.models.base import Paged
from xero_mcp.xero.wire import Json, read_day, read_moment

_MADE = ("CreatedDateUTC",)
_CHANGED = ("UpdatedDateUTC", "DateUTC")


class Traced:
    """One thing as Xero shows it, read by the names that its fields have there."""

    def __init__(self, fields: Mapping[str, Json]) -> None:
        self._fields = fields

    def text(self, field: str) -> str:
        """A text of it, made safe to show; empty where there is none."""
        found = self._read(field)
        return clean(found) if isinstance(found, str) else ""

    @property
    def made_at(self) -> datetime | None:
        """When it was made, where Xero tells."""
        return self._moment(_MADE)

    @property
    def changed_at(self) -> datetime | None:
        """When it was made or last changed, where Xero tells."""
        return self._moment((*_CHANGED, *_MADE))

    def holds(self, field: str, wanted: str) -> bool:
        """Whether a field holds that; of `Total|SubTotal` one of them."""
        return any(_is(self._read(name), wanted) for name in field.split("|"))

    def inside(self, name: str) -> "tuple[Traced, ...]":
        """What stands in a list of it."""
        return _each(self._read(name))

    def _read(self, field: str) -> Json:
        value: Json = cast("Json", self._fields)
        for name in field.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def _moment(self, names: tuple[str, ...]) -> datetime | None:
        for name in names:
            held = self._read(name)
            if isinstance(held, str) and held:
                try:
                    found = read_moment(held)
                except ValueError:
                    continue
                return found if isinstance(found, datetime) else None
        return None


class Traces(Paged):
    """One page of any list of Xero's."""

    model_config = ConfigDict(extra="allow")

    def of(self, plural: str) -> tuple[Traced, ...]:
        """What it lists under that name: `Invoices`."""
        return _each((self.model_extra or {}).get(plural))


def _each(value: object) -> tuple[Traced, ...]:
    listed = cast("list[object]", value) if isinstance(value, list) else []
    return tuple(Traced(cast("dict[str, Json]", one)) for one in listed if isinstance(one, dict))


def _is(held: Json, wanted: str) -> bool:
    if isinstance(held, bool):
        return str(held).casefold() == wanted.casefold()
    if isinstance(held, int | Decimal):
        return _is_amount(Decimal(held), wanted)
    if not isinstance(held, str):
        return False
    if held.startswith("/Date(") or "T00:00:00" in held:
        return _is_day(held, wanted)
    return clean(held).strip().casefold() == clean(wanted).strip().casefold()


def _is_amount(held: Decimal, wanted: str) -> bool:
    try:
        return held == Decimal(wanted)
    except InvalidOperation:
        return False


def _is_day(held: str, wanted: str) -> bool:
    try:
        day = read_day(held)
    except ValueError:
        return False
    return isinstance(day, date) and day.isoformat() == wanted
