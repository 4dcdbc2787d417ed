"""The Merkle tree of RFC 6962 over the records' hashes: one record can be shown without others.

A leaf is SHA-256 over a zero byte and the 32 bytes of the record's hash; a node is SHA-256
over a one byte and its two children.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Self

HASH_DIGITS = 64


class Peaks:
    """A tree that grows at its right end, kept as the roots of its whole subtrees.

    As many as `size` has ones in binary, the largest first: adding a record costs two hashes
    on average, however long the log is.
    """

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self._hashes = list(hashes)
        if len(self._hashes) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks")

    @classmethod
    def from_text(cls, size: int, text: str) -> Self:
        """Read what `to_text` wrote.

        Raises:
            ValueError: it is not the text of a tree of this size.
        """
        parts = [text[at : at + HASH_DIGITS] for at in range(0, len(text), HASH_DIGITS)]
        return cls(size, (bytes.fromhex(part) for part in parts))

    def to_text(self) -> str:
        return "".join(peak.hex() for peak in self._hashes)

    def ranges(self) -> dict[tuple[int, int], bytes]:
        """Each whole subtree: from which leaf up to which, and its root."""
        found: dict[tuple[int, int], bytes] = {}
        first = 0
        for peak in self._hashes:
            end = first + (1 << (self.size - first).bit_length() - 1)
            found[first, end] = peak
            first = end
        return found

    def add(self, record_hash: str) -> None:
        joined = leaf(record_hash)
        rest = self.size
        while rest & 1:
            joined = node(self._hashes.pop(), joined)
            rest >>= 1
        self._hashes.append(joined)
        self.size += 1

    def root(self) -> str:
        """The hash of the whole tree, as it stands."""
        if not self._hashes:
            return sha256(b"").hexdigest()
        joined = self._hashes[-1]
        for peak in reversed(self._hashes[:-1]):
            joined = node(peak, joined)
        return joined.hex()


def leaf(record_hash: str) -> bytes:
    return sha256(b"\x00" + bytes.fromhex(record_hash)).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def path_to(index: int, record_hashes: Sequence[str]) -> list[str]:
    """The audit path of RFC 6962, 2.1.1: with the leaf it gives the root; nearest first."""
    level = [leaf(each) for each in record_hashes]
    path: list[str] = []
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            path.append(level[beside].hex())
        index //= 2
        level = [
            node(level[at], level[at + 1]) if at + 1 < len(level) else level[at]
            for at in range(0, len(level), 2)
        ]
    return path


def path_beyond(index: int, *, start: Peaks, record_hashes: Sequence[str]) -> list[str]:
    """As `path_to`, where of the leaves that make up `start` only its peaks are known.

    `record_hashes` follow them; the leaf is one of these.
    """
    whole = start.ranges()

    def root(first: int, end: int) -> bytes:
        known = whole.get((first, end))
        if known is not None:
            return known
        if end - first == 1:
            return leaf(record_hashes[first - start.size])
        middle = first + (1 << (end - first - 1).bit_length() - 1)
        return node(root(first, middle), root(middle, end))

    path: list[str] = []
    first, end = 0, start.size + len(record_hashes)
    while end - first > 1:
        middle = first + (1 << (end - first - 1).bit_length() - 1)
        here, beside = ((first, middle), (middle, end))[:: 1 if index < middle else -1]
        path.append(root(*beside).hex())
        first, end = here
    return path[::-1]


def root_by_path(record_hash: str, *, index: int, size: int, path: Sequence[str]) -> str:
    """The root that this record and path lead to (RFC 9162, 2.1.3.2).

    Raises:
        ValueError: the path is not of a tree of this size, or holds what is no hash.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} has no leaf {index}")
    joined, last = leaf(record_hash), size - 1
    for step in path:
        if last == 0:
            raise ValueError("the path is too long for a tree of this size")
        beside = bytes.fromhex(step)
        if index & 1 or index == last:
            joined = node(beside, joined)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            joined = node(joined, beside)
        index, last = index >> 1, last >> 1
    if last:
        raise ValueError("the path is too short for a tree of this size")
    return joined.hex()
