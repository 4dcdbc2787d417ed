"""A list of words in a rule: account codes and ranges, currencies, contacts, tracking."""

from dataclasses import dataclass
from typing import NamedTuple

from xero_mcp.policy.plain import one_of

MAX_LISTED = 200
MAX_SHOWN = 12


class CodeRange(NamedTuple):
    """Account codes from one number to another, both in it: `400-499`."""

    first: str
    last: str

    def has(self, code: str) -> bool:
        if not (code.isascii() and code.isdigit()):
            return False
        # `0450` is another code than `450`, so the length counts too.
        fits = len(self.first) <= len(code) <= len(self.last)
        return fits and int(self.first) <= int(code) <= int(self.last)

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Compared without case and without the spaces around a word, as Xero takes a code.

    `Region` stands for every option of that tracking category.
    """

    words: tuple[str, ...]
    ranges: tuple[CodeRange, ...] = ()
    categories: bool = False

    @property
    def text(self) -> str:
        """`400-499 or 620`."""
        every = [*map(str, self.ranges), *self.words]
        more = [f"{len(every) - MAX_SHOWN} more"] if len(every) > MAX_SHOWN else []
        return one_of([*every[:MAX_SHOWN], *more])

    def has(self, word: str) -> bool:
        wanted = word.strip().casefold()
        if any(own.strip().casefold() == wanted for own in self.words):
            return True
        if self.categories and any(wanted.startswith(f"{own.casefold()}: ") for own in self.words):
            return True
        return any(codes.has(wanted) for codes in self.ranges)
