"""What is wrong with a policy file, and where: one clear line each."""

from typing import NamedTuple


class Place(NamedTuple):
    """A place in a file, counted from 1 as editors do."""

    line: int
    column: int


TOP = Place(1, 1)


class Problem(NamedTuple):
    """`ap-clerk.yaml:7:3: …`: the form that editors jump to."""

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.text}"

    def as_json(self) -> dict[str, str | int]:
        return {"file": self.file, "line": self.line, "column": self.column, "text": self.text}


class Findings:
    """Collects the problems of one file, so that all are told at once."""

    MAX_TOLD = 50
    """A file with more wrong than this is another kind of file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._problems: list[Problem] = []
        self._notes: list[Problem] = []

    def add(self, at: Place, text: str) -> None:
        self._problems.append(self._at(at, text))

    def note(self, at: Place, text: str) -> None:
        """Remember what keeps no file out but is worth a word."""
        self._notes.append(self._at(at, text))

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(sorted(set(self._problems))[: self.MAX_TOLD])

    @property
    def notes(self) -> tuple[Problem, ...]:
        return tuple(sorted(set(self._notes))[: self.MAX_TOLD])

    def _at(self, at: Place, text: str) -> Problem:
        return Problem(file=self.file, line=at.line, column=at.column, text=text)
