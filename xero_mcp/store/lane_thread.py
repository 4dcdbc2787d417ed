"""A thread of its own for one connection, and what is asked of it, in the order of asking.

It takes all that waits at once, so that pieces of work may share a transaction; a call
costs one hop there and one back. After a while without work it ends, and begins again
with the next piece.
"""

import asyncio
import math
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from anyio import CancelScope, current_effective_deadline
from anyio.lowlevel import checkpoint_if_cancelled

from xero_mcp.store.base import Tables

IDLE_SECONDS = 10.0
"""So long a thread stays that has nothing to do."""
MAX_TOGETHER = 64
"""More pieces than this are never in one transaction: others wait for its end."""


class Piece:
    """One piece of work, from the asking to its end, which is told exactly once."""

    def __init__(self, work: Callable[[Tables], Any] | None) -> None:
        """Without `work` it is something to be done alone, which its lane knows."""
        self.work = work
        self.loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[None] = self.loop.create_future()
        self.is_told = False
        """Whether it has ended, as far as its loop knows."""
        self._result: Any = None
        self._error: BaseException | None = None

    def finish(self, result: object) -> None:
        self._result, self._error = result, None

    def fail(self, error: BaseException) -> None:
        self._result, self._error = None, error

    @property
    def failed(self) -> bool:
        return self._error is not None

    def tell(self) -> None:
        """Wake who waits for it, in the loop that it came from."""
        self.is_told = True
        if not self._waiting.done():  # asyncio itself may have cut off who waited
            self._waiting.set_result(None)

    async def end(self) -> Any:  # noqa: ANN401 - whatever the work gives
        """Wait for its end, through any cancellation; what it gave, or raised."""
        try:
            await self._waiting
        except asyncio.CancelledError:
            if not self.is_told:  # a shield from the start would cost every piece its price
                self._waiting = self.loop.create_future()
                with CancelScope(shield=True):
                    await self._waiting
            if current_effective_deadline() > -math.inf:
                raise  # asyncio's own, which comes once; anyio's comes again
        if self._error is not None:
            raise self._error
        return self._result


class LaneThread:
    """Hands pieces to `do`, which finishes or fails each of them, and wakes who waits."""

    def __init__(self, do: Callable[[Sequence[Piece]], None], *, together: int) -> None:
        self._do = do
        self._together = together
        self._waiting: SimpleQueue[Piece] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._coming_and_going = threading.Lock()

    async def run(self, piece: Piece) -> Any:  # noqa: ANN401 - whatever the work gives
        """Wait for the piece's end; once it is handed over, cancellation does not cut it."""
        await checkpoint_if_cancelled()
        self.put(piece)
        return await piece.end()

    def put(self, piece: Piece) -> None:
        """Hand it over; who waits for its end is told of it."""
        with self._coming_and_going:
            self._waiting.put(piece)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="store", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while pieces := self._next():  # until there was nothing to do for a while
            try:
                self._do(pieces)
            except BaseException as error:  # noqa: BLE001 - nobody may wait for a piece for ever
                for piece in pieces:
                    piece.fail(error)
            _wake(pieces)

    def _next(self) -> list[Piece]:
        try:
            pieces = [self._waiting.get(timeout=IDLE_SECONDS)]
        except Empty:
            with self._coming_and_going:
                if self._waiting.empty():
                    self._thread = None
                    return []
            pieces = [self._waiting.get(timeout=IDLE_SECONDS)]  # it came in this very moment
        with suppress(Empty):
            while pieces[-1].work is not None and len(pieces) < self._together:
                pieces.append(self._waiting.get_nowait())
        return pieces


def _wake(pieces: Sequence[Piece]) -> None:
    for loop in {piece.loop for piece in pieces}:
        own = [piece for piece in pieces if piece.loop is loop]
        with suppress(RuntimeError):  # the loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(tell, own)


def tell(pieces: Sequence[Piece]) -> None:
    """Wake who waits for these, in their loop."""
    for piece in pieces:
        piece.tell()
