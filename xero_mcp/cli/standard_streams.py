"""stdin, stdout and stderr, made fit for whatever a shell or a host did with them.

One that was closed is filled at once: the next file that is opened would take its number, and
what is printed would land in that file. And whoever reads the output may go away when they have
seen enough: that ends no work halfway, and is no failure.
"""

import os
import sys
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from typing_extensions import Buffer

IN, OUT, ERR = 0, 1, 2


class OutputLostError(OSError):
    """Something that was printed arrived nowhere: stdout is closed, or its disk is full."""


class Outlet(FileIO):
    """Where a process writes to; what nobody reads any more is dropped."""

    def __init__(self, descriptor: int, *, must_arrive: bool) -> None:
        """With `must_arrive` it raises `OutputLostError` where not all of it is taken."""
        super().__init__(descriptor, "wb", closefd=False)
        self._must_arrive = must_arrive
        self._has_ended = False

    def end(self) -> None:
        """Drop the rest."""
        self._has_ended = True

    def write(self, data: "Buffer", /) -> int | None:
        if not self._has_ended:
            try:
                return super().write(data)
            except BrokenPipeError:
                self._has_ended = True
            except OSError as error:
                if self._must_arrive:
                    raise OutputLostError(error.errno, error.strerror) from error
        return memoryview(data).nbytes

    def has_reader(self) -> bool:
        """Whether somebody may still read it; asks the system, as long as nothing was written."""
        if self._has_ended:
            return False
        from select import POLLERR, POLLHUP, poll  # noqa: PLC0415 - Windows has none

        asked = poll()
        asked.register(self.fileno(), 0)
        return not any(heard & (POLLERR | POLLHUP) for _, heard in asked.poll(0))


def fit_streams() -> None:
    """Fill what is closed, and let what is written end without a mistake."""
    if sys.stdin is None:
        sys.stdin = os.fdopen(_opened(IN, os.O_RDONLY), encoding="utf-8", closefd=False)
    if sys.stdout is None:
        # Opened to read alone: so a result that is printed there is missed, and told of.
        sys.stdout = os.fdopen(_opened(OUT, os.O_RDONLY), "w", encoding="utf-8", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(_opened(ERR, os.O_WRONLY), "w", encoding="utf-8", closefd=False)
    if sys.platform != "win32":  # whose console is no file
        sys.stdout = _let_out(sys.stdout, must_arrive=True)
        sys.stderr = _let_out(sys.stderr, must_arrive=False)


def end_streams() -> None:
    """Drop what could not be printed: that was told, and Python would end with a trace of it."""
    outlet = _outlet()
    if outlet is not None:
        outlet.end()


def has_reader() -> bool:
    """Whether somebody may still read what is printed; an endless command ends without."""
    outlet = _outlet()
    return outlet is None or outlet.has_reader()


def _outlet() -> Outlet | None:
    raw = getattr(sys.stdout.buffer, "raw", None)
    return raw if isinstance(raw, Outlet) else None


def _opened(number: int, how: int) -> int:
    """The null device; under the number that is missing, which is the lowest that is free."""
    descriptor = os.open(os.devnull, how)
    if descriptor == number:
        os.set_inheritable(descriptor, True)  # noqa: FBT003 - it takes it by position alone
    return descriptor


def _let_out(stream: TextIO, *, must_arrive: bool) -> TextIO:
    if not isinstance(stream, TextIOWrapper):
        return stream
    return TextIOWrapper(
        BufferedWriter(Outlet(stream.fileno(), must_arrive=must_arrive)),
        encoding=stream.encoding,
        errors="replace",  # a name that cannot be shown ends nothing
        line_buffering=stream.line_buffering or stream.write_through,
    )
