"""How the tour is told: scenes with a heading, what the agent asks, what it hears."""

from collections.abc import Iterable

from xero_mcp.cli.console import Row, Screen
from xero_mcp.clock import Clock

BEAT_SECONDS = 0.4
"""Between scenes on a terminal, so that one sees that something happens. None in a pipe."""


class Narrator:
    """Tells one tour."""

    def __init__(self, screen: Screen, clock: Clock) -> None:
        self.screen = screen
        self._clock = clock
        self._scene = 0

    async def scene(self, title: str) -> None:
        if self.screen.is_terminal:
            await self._clock.sleep(BEAT_SECONDS)
        self._scene += 1
        self.screen.line()
        self.screen.heading(f"{self._scene}. {title}")
        self.screen.line()

    def says(self, text: str) -> None:
        """In the tour's own voice."""
        self.screen.line(text)

    def asks(self, text: str) -> None:
        self.screen.marked("asks", text)

    def hears(self, text: str, *, mark: str = "hears") -> None:
        self.screen.marked(mark, text)

    def person(self, text: str) -> None:
        self.screen.marked("person", text)

    def rows(self, headings: Row, rows: Iterable[Row], *, right: Row = ()) -> None:
        self.screen.line()
        self.screen.table(headings, rows, right=right)
