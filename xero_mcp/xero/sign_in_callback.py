"""The page on this machine to which Xero sends the browser back.

It listens on the loopback addresses alone, for one attempt, and answers one path. What does not
carry the attempt's own state ends nothing: whoever knows the port can send a browser there.
"""

import errno
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import anyio
from anyio.abc import SocketStream
from anyio.streams.stapled import MultiListener

from xero_mcp.xero.sign_in_request import Redirect

Listener = MultiListener[SocketStream]
Query = Mapping[str, str]

MAX_HEAD_BYTES: Final = 16_384
MAX_FIELDS: Final = 20
MAX_REQUESTS: Final = 200
"""A browser asks for an icon, and opens connections that it never uses; more is no browser."""
REQUEST_SECONDS: Final = 10.0
_ADDRESSES: Final = ("127.0.0.1", "::1")
_PARTS: Final = 3

DONE: Final = (200, "Xero has answered. Go back to the terminal: it says how it went.\n")
NOT_GIVEN: Final = (200, "Access was not given. Go back to the terminal, or close this page.\n")
_LATE: Final = (409, "This sign-in is over already. You can close this page.\n")
_FOREIGN: Final = (
    400,
    "This page belongs to another sign-in. Begin again from the terminal: xero-mcp connect\n",
)
_NOWHERE: Final = (404, "There is nothing here but the end of a sign-in to Xero.\n")
_NO_GET: Final = (405, "Only a browser that comes back from Xero is answered here.\n")
_GARBLED: Final = (400, "That was no request.\n")
_PHRASES: Final = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
}


class PortTakenError(Exception):
    """Somebody else listens where the browser would come back to."""


class Callback:
    """Waits for the one request that belongs to an attempt."""

    def __init__(self, redirect: Redirect, listeners: list[Listener]) -> None:
        self._redirect = redirect
        self._listeners = listeners
        self._found: Query | None = None
        self._came = anyio.Event()
        self._requests = 0
        self.foreign = 0
        """Callbacks that carried another state than ours."""

    async def wait(
        self, belongs: Callable[[Query], bool], *, timeout_seconds: float
    ) -> Query | None:
        """What the browser brought; None where nothing of ours came in time."""

        async def serve(stream: SocketStream) -> None:
            async with stream:
                with anyio.move_on_after(REQUEST_SECONDS):
                    await self._serve(stream, belongs)

        with anyio.move_on_after(timeout_seconds):
            async with anyio.create_task_group() as group:
                for listener in self._listeners:
                    group.start_soon(listener.serve, serve)
                await self._came.wait()
                group.cancel_scope.cancel()
        return self._found

    async def _serve(self, stream: SocketStream, belongs: Callable[[Query], bool]) -> None:
        self._requests += 1
        if self._requests > MAX_REQUESTS:
            return
        try:
            line = await _first_line(stream)
            answer = self._answer(line, belongs) if line is not None else _GARBLED
            await stream.send(_page(*answer))
        except (anyio.BrokenResourceError, anyio.EndOfStream, anyio.ClosedResourceError):
            return  # the browser is gone; what it brought, if anything, is here
        finally:
            # The wait ends only when the browser has its page, or does not want it.
            if self._found is not None:
                self._came.set()

    def _answer(self, line: str, belongs: Callable[[Query], bool]) -> tuple[int, str]:
        words = line.split(" ")
        if len(words) != _PARTS or not words[2].startswith("HTTP/1."):
            return _GARBLED
        if words[0] != "GET":
            return _NO_GET
        query = self._query(words[1])
        if query is None:
            return _NOWHERE
        if not belongs(query):
            self.foreign += 1
            return _FOREIGN
        if self._found is not None:
            return _LATE
        self._found = query
        return NOT_GIVEN if "error" in query else DONE

    def _query(self, target: str) -> Query | None:
        """The fields of a request for our path; of a field that comes twice, none is trusted."""
        try:
            parts = urlsplit(target)
            pairs = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
        except ValueError:
            return None
        if parts.path != self._redirect.path or parts.netloc:
            return None
        fields = dict(pairs)
        return fields if len(fields) == len(pairs) else {}


@asynccontextmanager
async def listening(redirect: Redirect) -> AsyncGenerator[Callback]:
    """Take the port, on every loopback address that this machine has.

    Raises:
        PortTakenError: it cannot be had.
    """
    listeners: list[Listener] = []
    try:
        for address in _ADDRESSES:
            try:
                listeners.append(
                    await anyio.create_tcp_listener(local_host=address, local_port=redirect.port)
                )
            except OSError as error:
                if address == _ADDRESSES[0] or _is_taken(error):
                    raise PortTakenError(error.strerror or type(error).__name__) from error
        yield Callback(redirect, listeners)
    finally:
        for listener in listeners:
            await listener.aclose()


def _is_taken(error: OSError) -> bool:
    """Whether the address is there, and somebody else's; a machine may have no IPv6."""
    return error.errno in (errno.EADDRINUSE, errno.EACCES)


async def _first_line(stream: SocketStream) -> str | None:
    """The request's first line, once its head is whole; None for what is no request."""
    head = bytearray()
    while b"\r\n\r\n" not in head:
        if len(head) > MAX_HEAD_BYTES:
            return None
        head += await stream.receive()
    try:
        return head.split(b"\r\n", 1)[0].decode("ascii")
    except UnicodeDecodeError:
        return None


def _page(status: int, text: str) -> bytes:
    """Plain text: nothing that came in is shown again, and nothing can run."""
    body = text.encode()
    head = [
        f"HTTP/1.1 {status} {_PHRASES[status]}",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body
