"""Chance that is the same for the same seed, on every machine and every version of Python."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Numbers that look thrown. Two dice with the same name throw the same."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thrown = 0

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        self._thrown += 1
        digest = sha256(f"{self._name}/{self._thrown}".encode()).digest()
        return low + int.from_bytes(digest[:6], "big") % (high - low + 1)

    def one_in(self, chances: int) -> bool:
        return self.between(1, chances) == 1

    def choose(self, things: Sequence[T]) -> T:
        return things[self.between(0, len(things) - 1)]
