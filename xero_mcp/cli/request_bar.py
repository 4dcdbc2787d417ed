"""How many requests to Xero were made, as a bar on a terminal."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from xero_mcp.text import one_line


class RequestBar:
    """On stderr; it goes away when it is done."""

    def __init__(self, name: str) -> None:
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("requests"),
            console=Console(stderr=True, highlight=False),
            transient=True,
        )
        self._task = self._progress.add_task(one_line(name, limit=40), total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del kind, error, trace
        self._progress.stop()

    async def tell(self, made: int, whole: int) -> None:
        """Move on."""
        self._progress.update(self._task, completed=made, total=whole)
