"""Legacy HTTP+SSE: a stream that stays open, and messages posted beside it."""

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Final

import anyio
from mcp.server.runner import serve_dual_era_loop
from mcp.server.sse import SseServerTransport
from starlette.types import Message, Receive, Scope, Send

from xero_mcp.transport.http.exchange import MAX_BODY_BYTES
from xero_mcp.transport.http.plain import answer_plainly
from xero_mcp.transport.http.who import until_over
from xero_mcp.transport.server import CONVERSATION, XeroServer

MESSAGES: Final = "/messages/"
MAX_STREAMS: Final = 2_000


class SseWay:
    """The two ends of the legacy transport, as applications of their own."""

    def __init__(self, server: XeroServer, *, new_id: Callable[[], str]) -> None:
        self._server = server
        self._new_id = new_id
        self._transport = SseServerTransport(MESSAGES, max_request_body_size=MAX_BODY_BYTES)
        self._streams: set[anyio.Event] = set()

    @property
    def open_streams(self) -> int:
        return len(self._streams)

    async def stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One client, from its connecting to its going: one conversation."""
        if len(self._streams) >= MAX_STREAMS:
            text = "Too many streams are open. Try again later."
            await answer_plainly(send, HTTPStatus.SERVICE_UNAVAILABLE, text, close=True)
            return
        conversation, ended = self._new_id(), anyio.Event()
        self._streams.add(ended)
        try:
            async with anyio.create_task_group() as beside:
                beside.start_soon(_end_in_time, ended)
                # A client that goes away in mid-sentence is no failure.
                with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
                    await self._serve(conversation, scope, _until(ended, receive), send)
                beside.cancel_scope.cancel()
        finally:
            self._streams.discard(ended)
            self._server.changes.gone(conversation)
            self._server.updates.gone(conversation)

    async def message(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._transport.handle_post_message(scope, receive, send)

    def close(self) -> None:
        """End every stream: the server stops."""
        for ended in tuple(self._streams):
            ended.set()

    async def _serve(self, conversation: str, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._transport.connect_sse(scope, receive, send) as (read, write):
            await serve_dual_era_loop(
                self._server,
                read,
                write,
                lifespan_state={CONVERSATION: conversation},
                init_options=self._server.create_initialization_options(),
            )


async def _end_in_time(ended: anyio.Event) -> None:
    await until_over()
    ended.set()


def _until(ended: anyio.Event, receive: Receive) -> Receive:
    """As if the client had gone, from that moment on: then mcp closes what it has opened."""

    async def receive_or_end() -> Message:
        received: list[Message] = []
        async with anyio.create_task_group() as either:

            async def wait() -> None:
                await ended.wait()
                either.cancel_scope.cancel()

            either.start_soon(wait)
            received.append(await receive())
            either.cancel_scope.cancel()
        return received[0] if received else {"type": "http.disconnect"}

    return receive_or_end
