"""One process on one port: slow clients end in time, and a stop ends nothing in the middle."""

import asyncio
import logging
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import contextmanager
from signal import Signals
from typing import Any, Final

import anyio
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from xero_mcp.transport.http.capacity import (
    MAX_BACKLOG,
    MAX_CONNECTIONS,
    Capacity,
    capacity_of,
    files_to_open,
)
from xero_mcp.transport.http.guard import MAX_HEAD_BYTES
from xero_mcp.transport.http.patience import Patience
from xero_mcp.transport.http.site import Front

LAST_WORDS_SECONDS: Final = 0.2
"""For the last answers to get onto the streams that are still open."""


class TimedProtocol(H11Protocol):
    """HTTP/1.1 that waits for ever neither for headers nor for a reader."""

    patience: Patience = Patience()
    most: int = MAX_CONNECTIONS
    """Connections that are held at once; what comes beyond them is closed unheard."""
    _hurry: asyncio.TimerHandle | None = None
    _full: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
            return
        self._begin_to_wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if _is_over(self.cycle):
            self._begin_to_wait()
        else:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        self._stop_waiting()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._has_room()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The reader is behind. A close would wait for it as well, so this does not close."""
        super().pause_writing()
        if self._full is None:
            self._full = self.loop.call_later(self.patience.sending, self.transport.abort)

    def resume_writing(self) -> None:
        self._has_room()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self.loop.call_later(self.patience.sending, self.transport.abort)

    def _begin_to_wait(self) -> None:
        if self._hurry is None:
            self._hurry = self.loop.call_later(self.patience.headers, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._hurry is not None:
            self._hurry.cancel()
            self._hurry = None

    def _has_room(self) -> None:
        if self._full is not None:
            self._full.cancel()
            self._full = None


def _is_over(cycle: RequestResponseCycle | None) -> bool:
    """Whether no request is being answered; there is no cycle until the first is whole."""
    return cycle is None or cycle.response_complete


class _Server(uvicorn.Server):
    """uvicorn, but for signals: those are heard where the whole house is closed."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Let more wait before the door than are let in at a stroke, which asyncio ties."""
        await super().startup(sockets)
        for one in sockets or ():
            one.listen(MAX_BACKLOG)


def listening(host: str, port: int) -> socket.socket:
    """Take the port.

    Raises:
        OSError: it cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio answers without delay only on sockets that say they are TCP.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(MAX_BACKLOG)
    except OSError:
        taken.close()
        raise
    return taken


async def run_http(
    front: Front,
    taken: socket.socket,
    signals: AsyncIterator[Signals],
    *,
    on_stop: Callable[[str], Awaitable[None]],
) -> None:
    """Serve until a signal comes; what is under way then ends, or is cut off and written down.

    `on_stop` is called when everything has ended.
    """
    _quiet()
    server = _Server(_config(front, capacity_of(files_to_open())))
    why: list[str] = []

    async def until_signal() -> None:
        async for number in signals:
            why.append(Signals(number).name)
            await _wind_down(front, server)
            return

    async with anyio.create_task_group() as group:
        group.start_soon(until_signal)
        await server.serve(sockets=[taken])
        group.cancel_scope.cancel()
    await on_stop(why[0] if why else "the port was closed")


async def _wind_down(front: Front, server: _Server) -> None:
    """No new work; what is under way gets its time; the rest is cut off and written down."""
    front.standing.stops = True
    front.listening.close()
    front.stop_waiting()
    with anyio.move_on_after(front.patience.finishing):
        await front.standing.until_idle()
        await front.meter.until_idle()  # on a legacy stream no request waits for the answer
        if front.sse.open_streams:
            await anyio.sleep(LAST_WORDS_SECONDS)
    front.standing.cut_off()
    front.sse.close()
    with anyio.move_on_after(front.patience.cutting):
        await front.meter.until_idle()
    server.should_exit = True


def _config(front: Front, capacity: Capacity) -> uvicorn.Config:
    own = {"patience": front.patience, "most": capacity.most}
    timed = type("Timed", (TimedProtocol,), own)
    options: dict[str, Any] = {
        "http": timed,
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "limit_concurrency": capacity.connections,
        "backlog": capacity.backlog,
        "h11_max_incomplete_event_size": MAX_HEAD_BYTES,
        "timeout_keep_alive": front.patience.idle,
        "timeout_graceful_shutdown": 1,
    }
    return uvicorn.Config(front.app, **options)


def _quiet() -> None:
    """What libraries log of a request may hold what was sent: we say ourselves what matters."""
    for name in ("uvicorn", "mcp", "sse_starlette"):
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False


def say_where(taken: socket.socket, *, anybody: str | None = None) -> None:
    """To stderr: where it listens, and for whom."""
    host, port = taken.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    sys.stderr.write(f"xero-mcp: serving MCP at http://{shown}:{port}/mcp (and /sse)\n")
    if anybody is not None:
        sys.stderr.write(
            f"xero-mcp: whoever reaches it without a key is {anybody}: every program on this "
            "machine\n"
        )
    sys.stderr.flush()
