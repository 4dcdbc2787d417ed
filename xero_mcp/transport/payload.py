"""A payload as JSON, and the same once more as a text in JSON."""

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from pydantic_core import PydanticSerializationError, to_json

ROWS: Final = "rows"
MAX_KEPT_BYTES: Final = 4 * 1024 * 1024
"""Of lists that are written already: a long one, of a thousand accounts, is 250 KB."""
_NAME: Final = b'"rows":'
_QUOTED_NAME: Final = rb"\"rows\":"
_HOLE: Final = _NAME + b"null"
_NEVER_CHANGES: Final = frozenset({str, int, bool, type(None)})


@dataclass(slots=True)
class Written:
    """JSON in pieces that belong one behind the other."""

    plain: Sequence[bytes]
    quoted: Sequence[bytes]
    """What stands in `plain`, as a text."""


@dataclass(frozen=True, slots=True)
class _Rows:
    rows: tuple[object, ...]
    """Held, so that nothing else can have its place in memory."""
    plain: bytes
    quoted: bytes

    @property
    def size(self) -> int:
        return len(self.plain) + len(self.quoted)


def compact_json(content: object) -> bytes:
    """A payload without a space too many: as `json` writes it, in a quarter of its time.

    What holds half a letter (a lone surrogate) is no UTF-8, and is written with escapes.
    """
    try:
        return to_json(content)
    except PydanticSerializationError:
        return json.dumps(content, separators=(",", ":")).encode("ascii")


class Payloads:
    """Writes payloads. Rows that can never change, of a list that is kept, are written once."""

    def __init__(self, *, max_kept_bytes: int = MAX_KEPT_BYTES) -> None:
        self._max_kept_bytes = max_kept_bytes
        self._kept: OrderedDict[int, _Rows] = OrderedDict()
        """By identity: equal rows of somebody else are other rows. The last used stand last."""
        self.kept_bytes = 0

    def written(self, content: Mapping[str, object]) -> Written:
        """The payload; the same bytes, whether anything of it was kept or not."""
        rows = content.get(ROWS)
        if isinstance(rows, tuple):
            try:
                around = to_json({**content, ROWS: None})
                if around.count(_HOLE) == 1:  # not a name inside that looks the same
                    return _filled(around, self._known(cast("tuple[object, ...]", rows)))
            except PydanticSerializationError:
                pass  # half a letter somewhere: then all of it is written with escapes
        whole = compact_json(content)
        return Written((whole,), (to_json(whole.decode()),))

    def _known(self, rows: tuple[object, ...]) -> _Rows:
        known = self._kept.get(id(rows))
        if known is not None:
            self._kept.move_to_end(id(rows))
            return known
        plain = to_json(rows)
        known = _Rows(rows, plain, _within(plain))
        if known.size <= self._max_kept_bytes and _is_fixed(rows):
            self._kept[id(rows)] = known
            self.kept_bytes += known.size
            while self.kept_bytes > self._max_kept_bytes:
                _, gone = self._kept.popitem(last=False)
                self.kept_bytes -= gone.size
        return known


def _filled(around: bytes, rows: _Rows) -> Written:
    """The payload, with these rows in the hole that is left for them."""
    head, _, tail = around.partition(_HOLE)
    quoted = (b'"', _within(head), _QUOTED_NAME, rows.quoted, _within(tail), b'"')
    return Written((head, _NAME, rows.plain, tail), quoted)


def _within(plain: bytes) -> bytes:
    """A piece of JSON as it stands inside of a text."""
    return to_json(plain.decode())[1:-1]


def _is_fixed(value: object) -> bool:
    """Whether nobody can change it, nor anything in it."""
    if isinstance(value, tuple):
        return all(map(_is_fixed, cast("tuple[object, ...]", value)))
    return type(value) in _NEVER_CHANGES
