"""stdio: one agent, one process. Ends cleanly on SIGTERM, SIGINT and end of input.

While it serves, stdout belongs to MCP alone: the transport points descriptor 1 at stderr,
so that a stray print can never break the wire.
"""

import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import NoReturn

import anyio
from mcp.server.runner import serve_dual_era_loop
from mcp.server.stdio import stdio_server

from xero_mcp.errors import StoreUnavailableError
from xero_mcp.transport.server import XeroServer

SIGNAL_SECONDS = 1.7
"""How long after a signal this process is gone at the latest, whatever it still waits for."""
GOODBYE_SECONDS = 1.0
"""The same from the end of input on, when the calls under way have ended."""


Signals = AsyncIterator[signal.Signals]


def end_signals() -> AbstractContextManager[Signals]:
    """From here on SIGTERM and SIGINT wait to be heard, and no longer kill."""
    return anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT)


async def serve_stdio(
    server: XeroServer, signals: Signals, *, on_stop: Callable[[str], Awaitable[None]]
) -> None:
    """Serve until the client goes or a signal comes; `on_stop` runs in both cases, shielded.

    Calls under way are cancelled; the gate still writes down what became of each.
    """
    signalled: list[str] = []

    async def until_signal(scope: anyio.CancelScope) -> None:
        async for number in signals:
            signalled.append(signal.Signals(number).name)
            _gone_after(SIGNAL_SECONDS)
            scope.cancel()
            return

    async with stdio_server() as (read, write):
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(until_signal, group.cancel_scope)
                group.start_soon(server.changes.watch)
                group.start_soon(server.updates.watch)
                await serve_dual_era_loop(
                    server,
                    read,
                    write,
                    lifespan_state={},
                    init_options=server.create_initialization_options(),
                )
                group.cancel_scope.cancel()
        except anyio.get_cancelled_exc_class():
            # Only the transport itself ends it so: an answer could not be written.
            _gone_after(GOODBYE_SECONDS)
            with anyio.CancelScope(shield=True):
                await _stop_and_leave(on_stop, "its answers are read no more")
        if signalled:
            await _stop_and_leave(on_stop, signalled[0])
    with _bounded():
        await on_stop("end of input")


async def _stop_and_leave(on_stop: Callable[[str], Awaitable[None]], why: str) -> NoReturn:
    try:
        await on_stop(why)
    except StoreUnavailableError as error:
        leave_now(str(error))
    leave_now()


def leave_now(trouble: str = "") -> NoReturn:
    """Leave at once: a thread may still wait in a read of stdin that nothing can interrupt.

    Everything that matters is durable by now, or cannot be made durable: that is the trouble.
    """
    if trouble:
        sys.stderr.write(f"xero-mcp: The audit log has no word of this server's end: {trouble}\n")
    sys.stderr.flush()
    os._exit(1 if trouble else 0)


def _gone_after(seconds: float) -> threading.Timer:
    """A locked database must not keep the process: what it holds back cannot be waited for."""
    timer = threading.Timer(seconds, leave_now, ["the database did not answer in time."])
    timer.daemon = True
    timer.start()
    return timer


@contextmanager
def _bounded() -> Generator[None]:
    timer = _gone_after(GOODBYE_SECONDS)
    try:
        yield
    finally:
        timer.cancel()
