"""Brief work, done where it is asked for: only the wait for the disk is left to a thread.

A hop to a thread and back costs more than the few statements of a record. So they are done on
the event loop, in one transaction for all that came in the same turn of the loop, and a
thread makes them durable. Where anything would have to be waited for (another process's lock,
another transaction of this one), they go to the lane's own thread, as all other work does.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import Any, Protocol

from anyio.lowlevel import cancel_shielded_checkpoint, checkpoint_if_cancelled

from xero_mcp.store.base import Tables
from xero_mcp.store.lane_thread import MAX_TOGETHER, LaneThread, Piece, tell


class Begun(Enum):
    """How far pieces came without waiting."""

    NOT = auto()
    """Something would have to be waited for; nothing happened."""
    OPEN = auto()
    """They are done, in a transaction that is still open."""
    OVER = auto()
    """Each has ended, and nothing of it is left to become durable."""


class BriefLane(Protocol):
    """What a lane offers for it: to do pieces without a wait, and to make them durable."""

    def begin_at_once(self, pieces: Sequence[Piece]) -> Begun: ...

    def commit(self, pieces: Sequence[Piece]) -> None:
        """End the transaction that is open; from whichever thread."""
        ...


class Turn:
    """Whose turn it is to write: who waits for it in a thread comes before the event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._waiting = 0

    def __enter__(self) -> None:
        self._count(1)
        self._lock.acquire()
        self._count(-1)

    def __exit__(self, *_: object) -> None:
        self.give_back()

    def take_at_once(self) -> bool:
        """Take it where nobody has it or waits for it."""
        return not self._waiting and self._lock.acquire(blocking=False)

    def give_back(self) -> None:
        """From whichever thread: it may end elsewhere than it began."""
        self._lock.release()

    def _count(self, more: int) -> None:
        with self._counting:
            self._waiting += more


class BriefWork:
    """Pieces of one event loop on their way through a lane."""

    def __init__(self, lane: BriefLane, thread: LaneThread) -> None:
        """`thread` is the lane's own, for pieces that have to wait."""
        self._lane = lane
        self._thread = thread
        self._ends = LaneThread(_commit, together=1)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[Piece] = []
        self._is_called = False
        self._is_open = False
        """Whether a transaction of ours waits for the disk; those that come now wait for it."""
        self._came_alone = True
        """Whether the last one was for one piece: then the next is not held back for others."""

    async def run(self, work: Callable[[Tables], Any]) -> Any:  # noqa: ANN401 - whatever the work gives
        """Run the work in a transaction; once handed over, cancellation does not cut it."""
        await checkpoint_if_cancelled()
        piece = Piece(work)
        if self._serves(piece.loop):
            self._waiting.append(piece)
            self._call()
            if piece.is_told:  # whoever asks again and again must not stop the loop
                await cancel_shielded_checkpoint()
        else:
            self._thread.put(piece)
        return await piece.end()

    def _serves(self, loop: asyncio.AbstractEventLoop) -> bool:
        """One loop at a time; the next one once that is closed, whatever it left undone."""
        if self._loop is loop:
            return True
        if self._loop is not None and not self._loop.is_closed():
            return False
        self._loop, self._waiting = loop, []
        self._is_called = self._is_open = False
        return True

    def _call(self) -> None:
        if self._loop is None or not self._waiting or self._is_called or self._is_open:
            return
        if self._came_alone:
            self._go()
        else:
            self._is_called = True
            self._loop.call_soon(self._go)

    def _go(self) -> None:
        self._is_called = False
        self._came_alone = len(self._waiting) == 1
        pieces, self._waiting = self._waiting[:MAX_TOGETHER], self._waiting[MAX_TOGETHER:]
        match self._lane.begin_at_once(pieces):
            case Begun.OPEN:
                self._is_open = True
                self._ends.put(_Ending(self._lane, pieces, self._over))
            case Begun.OVER:
                tell(pieces)
            case Begun.NOT:
                for piece in pieces:
                    self._thread.put(piece)
        self._call()

    def _over(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop is self._loop:
            self._is_open = False
            self._call()


class _Ending(Piece):
    """The wait for the disk, on behalf of the pieces that were done."""

    def __init__(
        self,
        lane: BriefLane,
        pieces: Sequence[Piece],
        then: Callable[[asyncio.AbstractEventLoop], None],
    ) -> None:
        super().__init__(None)
        self._lane = lane
        self._pieces = pieces
        self._then = then

    def commit(self) -> None:
        self._lane.commit(self._pieces)

    def fail(self, error: BaseException) -> None:
        for piece in self._pieces:
            piece.fail(error)

    def tell(self) -> None:
        tell(self._pieces)
        self._then(self.loop)


def _commit(endings: Sequence[Piece]) -> None:
    for ending in endings:
        if isinstance(ending, _Ending):
            ending.commit()
