"""What is kept of a thing: sealed at rest, each text bound to its own row of the store."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from xero_mcp.store.tables.changes import ChangeRow, KnownRow
from xero_mcp.xero.secret import Sealer, Secret, UnsealableError

Fields = Mapping[str, str]

MARK_CHARS: Final = 32
"""Of a digest: enough that no two versions of a thing have the same."""
_FIELDS: Final = "fields of changes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The fields of one change."""

    before: Fields | None = None
    """What differs, as it was; None where the thing was not seen before."""
    now: Fields = field(default_factory=dict[str, str])
    """All that is kept of it."""

    @property
    def after(self) -> Fields:
        """What differs, as it is now; empty where it is gone."""
        if self.before is None:
            return self.now
        return {name: self.now.get(name, "") for name in self.before}


class Box:
    """Seals and opens with the store's key."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def digest(self, fields: Fields) -> str:
        """By which the same fields are known again; tells nothing without the key."""
        text = json.dumps(dict(fields), sort_keys=True, ensure_ascii=False)
        return self._sealer.mark(text, purpose=_FIELDS)[:MARK_CHARS]

    def mark(self, text: str, *, purpose: str) -> str:
        """The same of one text that is not to be kept."""
        return self._sealer.mark(text, purpose=purpose)[:MARK_CHARS]

    def close_known(self, row: KnownRow, fields: Fields) -> KnownRow:
        """The row with its fields sealed into it."""
        return row._replace(sealed=self._closed(_place_of_known(row), dict(fields)))

    def open_known(self, row: KnownRow) -> Fields | None:
        """None where it does not open with this key: then nothing is known of before."""
        return _texts(self._opened(_place_of_known(row), row.sealed))

    def close_change(self, row: ChangeRow, told: Told) -> ChangeRow:
        """The row with what is told sealed into it."""
        before = None if told.before is None else dict(told.before)
        content = {"before": before, "now": dict(told.now)}
        return row._replace(sealed=self._closed(_place_of_change(row), content))

    def open_change(self, row: ChangeRow) -> Told:
        """Without fields where it does not open with this key."""
        content = self._opened(_place_of_change(row), row.sealed)
        if not isinstance(content, dict):
            return Told(before={})
        read = cast("dict[str, object]", content)
        return Told(before=_texts(read.get("before")), now=_texts(read.get("now")) or {})

    def _closed(self, place: str, content: Mapping[str, object]) -> str:
        text = json.dumps(content, ensure_ascii=False)
        return base64.b64encode(self._sealer.seal(Secret(text), place=place)).decode("ascii")

    def _opened(self, place: str, sealed: str) -> object:
        try:
            opened = self._sealer.open(base64.b64decode(sealed), place=place)
            found: object = json.loads(opened.reveal())
        except (UnsealableError, ValueError):
            return None
        return found


def _texts(content: object) -> Fields | None:
    if not isinstance(content, dict):
        return None
    read = cast("dict[object, object]", content)
    return {str(name): str(value) for name, value in read.items()}


def _place_of_known(row: KnownRow) -> str:
    return f"known/{row.organisation_id}/{row.resource}/{row.resource_id}"


def _place_of_change(row: ChangeRow) -> str:
    return f"change/{row.organisation_id}/{row.resource}/{row.resource_id}/{row.mark}"
