"""The screen of a person: colour, and text wrapped to the width. Imported on a terminal only."""

from collections.abc import Iterable, Sequence
from textwrap import wrap

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from xero_mcp.cli.console import GAP, MAX_WIDTH, Row, Screen, cell

MIN_LAST_COLUMN = 24
"""A table's last column holds its sentences: it gives way to no less than this."""

STYLES = {
    "ok": "green",
    "done": "green",
    "approved": "green",
    "used": "green",
    "allow": "green",
    "asked": "yellow",
    "pending": "yellow",
    "ask": "yellow",
    "mend": "yellow",
    "warn": "yellow",
    "unknown": "magenta",
    "running": "cyan",
    "asks": "cyan",
    "person": "magenta",
    "away": "red",
    "cut off": "red",
    "ended": "red",
    "policy": "cyan",
    "refused": "red",
    "rejected": "red",
    "failed": "red",
    "wrong": "red",
    "not done": "red",
    "deny": "red",
    "expired": "dim",
    "begun": "dim",
    "started": "dim",
    "stopped": "dim",
    "skipped": "dim",
    "created": "green",
    "updated": "cyan",
    "told": "dim",
    "unreadable": "yellow",
    "found": "red",
}
"""The colour of a word that stands alone in a column."""


class Terminal(Screen):
    """A terminal, of whatever width."""

    is_terminal = True

    def __init__(self, console: Console) -> None:
        self._console = console
        self._width = min(console.width, MAX_WIDTH)

    def line(self, text: str = "", *, style: str = "", indent: int = 0) -> None:
        own = " " * (len(text) - len(text.lstrip()))
        self._put(*self._wrapped(text, first=own, rest=own + " " * indent), style=style)

    def heading(self, text: str) -> None:
        self._put(text, style="bold")

    def pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        listed = [(label, cell(value)) for label, value in pairs if value]
        longest = max((len(label) for label, _ in listed), default=0)
        for label, value in listed:
            self._beside(f"{label:<{longest}}{GAP}", value, style="dim")

    def marked(self, mark: str, text: str) -> None:
        self._beside(f"{mark:<8}{GAP}", text, style=STYLES.get(mark, ""))

    def record(self, left: str, mark: str, text: str) -> None:
        head = Text()
        head.append(f"{left}{GAP}", style="dim")
        head.append(mark, style=STYLES.get(mark, ""))
        self._console.print(head, soft_wrap=True)
        self._put(*self._wrapped(cell(text), first=" " * 8, rest=" " * 8))

    def table(self, headings: Row, rows: Iterable[Row], *, right: Row = ()) -> None:
        listed = [[cell(each) for each in row] for row in rows]
        made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
        widths = widths_of([list(headings), *listed], room=self._console.width)
        for name, width in zip(headings, widths, strict=True):
            justify = "right" if name in right else "left"
            made.add_column(name, width=width, overflow="fold", justify=justify)
        for row in listed:
            made.add_row(*(Text(each, style=STYLES.get(each, "")) for each in row))
        self._console.print(made)

    def _beside(self, left: str, text: str, *, style: str) -> None:
        """Text beside a left column; the column alone is in colour."""
        first, *rest = self._wrapped(text, first=left, rest=" " * len(left))
        shown = Text(first)
        shown.stylize(style, 0, len(left))
        self._console.print(shown, soft_wrap=True)
        self._put(*rest)

    def _put(self, *lines: str, style: str = "") -> None:
        for line in lines:
            self._console.print(Text(line, style=style), soft_wrap=True)

    def _wrapped(self, text: str, *, first: str, rest: str) -> list[str]:
        lines = wrap(
            text.strip(),
            self._width,
            initial_indent=first,
            subsequent_indent=rest,
            break_on_hyphens=False,
            break_long_words=False,
        )
        return lines or [first.rstrip()]


def widths_of(rows: Sequence[Row], *, room: int) -> list[int]:
    """How wide each column is shown, so that all of them fit into so much room.

    The last gives way first, as long as it can still be read; then the others, the widest first,
    to the width of their longest word; and only then are words broken, in the last.
    """
    columns = list(zip(*rows, strict=True))
    widths = [max(cell_len(each) for each in column) for column in columns]
    longest_words = [
        max((cell_len(word) for each in column for word in each.split()), default=0)
        for column in columns
    ]
    last = len(columns) - 1
    order = sorted(range(last), key=lambda column: -widths[column])
    floors = [
        (last, max(longest_words[last], min(widths[last], MIN_LAST_COLUMN))),
        *((column, longest_words[column]) for column in order),
        (last, 1),
    ]
    too_much = sum(widths) + len(GAP) * last - room
    for column, floor in floors:
        given = max(0, min(too_much, widths[column] - floor))
        widths[column] -= given
        too_much -= given
    return widths
