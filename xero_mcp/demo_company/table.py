"""Documents by id, in the order they came and in Xero's default order, with indexes and undo."""

from bisect import bisect_left, insort
from collections.abc import Callable, Generator, Hashable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
IndexKey = Callable[[Json], Hashable | None]

_LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)
_GUID_LENGTH = 36
MAX_KEPT = 8


class Undo:
    """How to take back what was done since a block began. Outside of any block it keeps nothing."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], object]] = []
        self._depth = 0

    def record(self, step: Callable[[], object]) -> None:
        if self._depth:
            self._steps.append(step)

    @contextmanager
    def block(self) -> Generator[None]:
        mark = len(self._steps)
        self._depth += 1
        try:
            yield
        except BaseException:
            while len(self._steps) > mark:
                self._steps.pop()()
            raise
        finally:
            self._depth -= 1
            if not self._depth:
                self._steps.clear()


def guid_order(document_id: str) -> bytes:
    """A key that sorts ids as SQL Server sorts uniqueidentifiers, as Xero's lists do."""
    if len(document_id) != _GUID_LENGTH:
        return document_id.encode()
    raw = bytes.fromhex(document_id.replace("-", ""))
    return raw[10:] + raw[8:10] + raw[7:5:-1] + raw[5:3:-1] + raw[3::-1]


class Table:
    """One noun's documents. What is stored is never changed, only replaced by `put`."""

    def __init__(self, name: str, key: str, undo: Undo) -> None:
        self.name = name
        self.key = key
        self._version = 0
        self._kept: dict[str, tuple[int, list[Json]]] = {}
        self._undo = undo
        self._rows: dict[str, Json] = {}
        self._index_keys: dict[str, IndexKey] = {}
        self._indexes: dict[str, dict[Hashable, dict[str, None]]] = {}
        self._ordered: list[tuple[datetime, bytes, str]] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, document_id: object) -> bool:
        return document_id in self._rows

    def __iter__(self) -> Iterator[Json]:
        """Every document, in the order in which they were first stored."""
        return iter(self._rows.values())

    def get(self, document_id: str) -> Json | None:
        return self._rows.get(document_id)

    def __getitem__(self, document_id: str) -> Json:
        return self._rows[document_id]

    def add_index(self, name: str, key: IndexKey) -> None:
        """Find documents by something else than their id; a key of None leaves one out."""
        self._index_keys[name] = key
        index = self._indexes.setdefault(name, {})
        for document_id, document in self._rows.items():
            value = key(document)
            if value is not None:
                index.setdefault(value, {})[document_id] = None

    def find(self, index: str, value: Hashable) -> list[Json]:
        """The documents that have this value in the index, oldest entry first."""
        return [self._rows[document_id] for document_id in self._indexes[index].get(value, ())]

    def put(self, document: Json) -> Json:
        """Store it, in place of the one with the same id if there is one."""
        document_id = document[self.key]
        self._replace(document_id, document)
        return document

    def remove(self, document_id: str) -> None:
        self._replace(document_id, None)

    def in_order(self) -> list[Json]:
        """By UpdatedDateUTC, then id: the order of Xero's lists when none is asked for.

        The list is shared: make a new one of it, do not change it.
        """
        if self._ordered is None:
            self._ordered = sorted(self._place(row) for row in self._rows.values())
        rows, ordered = self._rows, self._ordered
        return self.kept("", lambda: [rows[place[2]] for place in ordered])

    def page_in_order(self, start: int, count: int) -> list[Json]:
        """A slice of `in_order`, without walking the whole table."""
        if self._ordered is None:
            self.in_order()
        ordered = self._ordered or []
        return [self._rows[place[2]] for place in ordered[start : start + count]]

    def kept(self, name: str, make: Callable[[], list[Json]]) -> list[Json]:
        """What `make` gives, made again only after the table has changed."""
        version, rows = self._kept.get(name, (-1, []))
        if version != self._version:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            rows = make()
            self._kept[name] = (self._version, rows)
        return rows

    def _place(self, document: Json) -> tuple[datetime, bytes, str]:
        document_id: str = document[self.key]
        updated: datetime | None = document.get("UpdatedDateUTC") or document.get("CreatedDateUTC")
        return (updated or _LONG_AGO, guid_order(document_id), document_id)

    def _replace(self, document_id: str, document: Json | None) -> None:
        before = self._rows.get(document_id)
        self._undo.record(lambda: self._set(document_id, before))
        self._set(document_id, document)

    def _set(self, document_id: str, document: Json | None) -> None:
        self._version += 1
        before = self._rows.get(document_id)
        if before is not None:
            self._forget(document_id, before)
        if document is None:
            self._rows.pop(document_id, None)
            return
        self._rows[document_id] = document
        for name, key in self._index_keys.items():
            value = key(document)
            if value is not None:
                self._indexes[name].setdefault(value, {})[document_id] = None
        if self._ordered is not None:
            insort(self._ordered, self._place(document))

    def _forget(self, document_id: str, document: Json) -> None:
        for name, key in self._index_keys.items():
            value = key(document)
            if value is not None:
                self._indexes[name][value].pop(document_id, None)
        if self._ordered is not None:
            place = self._place(document)
            at = bisect_left(self._ordered, place)
            if at < len(self._ordered) and self._ordered[at] == place:
                del self._ordered[at]
