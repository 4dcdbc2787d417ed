"""Where commands print: results to stdout, everything else to stderr.

In a pipe, and with TERM=dumb, it is plain text: a line a thing, nothing wrapped, nothing
coloured. On a terminal `terminal.py` takes its place.
"""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from textwrap import wrap

from xero_mcp.cli.standard_streams import has_reader
from xero_mcp.text import clean, one_line

GAP = "  "
MAX_CELL = 400
MAX_WIDTH = 100
"""Lines of prose longer than this are hard to read, however wide the terminal is."""

Row = Sequence[str]


class Screen:
    """One command's way to its reader: here a pipe or a file."""

    is_terminal = False

    def line(self, text: str = "", *, style: str = "", indent: int = 0) -> None:
        """A line of prose; on a terminal it goes on `indent` columns further in."""
        del style, indent
        print(text)

    def as_it_is(self, text: str) -> None:
        """Text that is laid out already."""
        print(text)

    def heading(self, text: str) -> None:
        print(text)

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """A label and its value a line, values below each other; empty ones are left out."""
        listed = [(label, cell(value)) for label, value in pairs if value]
        longest = max((len(label) for label, _ in listed), default=0)
        for label, value in listed:
            print(f"{label:<{longest}}{GAP}{value}")

    def marked(self, mark: str, text: str) -> None:
        """A word that says how it is, and a text beside it."""
        print(f"{mark:<8}{GAP}{text}")

    def record(self, left: str, mark: str, text: str) -> None:
        """Something with a name or a time, how it ended, and a sentence about it."""
        print(f"{left}{GAP}{mark:<8}{GAP}{cell(text)}")

    def table(self, headings: Row, rows: Iterable[Row], *, right: Row = ()) -> None:
        """Columns, those named in `right` flush right; on a terminal the last is wrapped to fit."""
        listed = [[cell(each) for each in row] for row in rows]
        shown = [[name.upper() for name in headings], *listed]
        widths = [max(len(row[column]) for row in shown) for column in range(len(headings))]
        for row in shown:
            cells = (
                each.rjust(width) if name in right else each.ljust(width)
                for name, each, width in zip(headings, row, widths, strict=True)
            )
            print(GAP.join(cells).rstrip())

    def json(self, value: object) -> None:
        """The result for a program."""
        print(json.dumps(value, indent=2, ensure_ascii=False, default=str))

    def note(self, text: str) -> None:
        """What is no result: to stderr, on one line."""
        tell(text)


def open_screen() -> Screen:
    """The screen of this process."""
    if not sys.stdout.isatty():
        return Screen()
    from rich.console import Console  # noqa: PLC0415 - only on a terminal

    from xero_mcp.cli.terminal import Terminal  # noqa: PLC0415 - only on a terminal

    console = Console(highlight=False, markup=False, emoji=False)
    return Screen() if console.is_dumb_terminal else Terminal(console)


def working(what: str) -> AbstractContextManager[object]:
    """Show on a terminal that something takes a while; say nothing in a pipe."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console  # noqa: PLC0415 - only on a terminal

    console = Console(stderr=True, highlight=False)
    return nullcontext() if console.is_dumb_terminal else console.status(f"{what} …")


def flush() -> bool:
    """Hand on what is printed; False where nobody reads it any more, which is no failure."""
    sys.stdout.flush()
    return has_reader()


def tell(text: str) -> None:
    """A line to a person, on stderr; on a terminal it is wrapped, and no word of it is broken.

    It may hold what was typed, or the name of a file: that must not repaint the terminal.
    """
    text = clean(text)
    if sys.stderr.isatty():
        room = min(os.get_terminal_size(sys.stderr.fileno()).columns or MAX_WIDTH, MAX_WIDTH)
        lines = (
            wrap(line, room, break_long_words=False, break_on_hyphens=False) or [""]
            for line in text.split("\n")
        )
        text = "\n".join(part for parts in lines for part in parts)
    print(text, file=sys.stderr)


def cell(text: str) -> str:
    """What others wrote must not move the cursor or break the line."""
    return one_line(text, limit=MAX_CELL)
