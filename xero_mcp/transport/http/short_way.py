"""The short way of a plain call over the newest protocol, past what only other requests need.

mcp's own way checks each message against models several times, makes three tasks and a stream for
every request, and writes an answer down and reads it again. A plain call of a tool needs none of
it. Whatever is not plain goes mcp's way, as it came; a test holds the two to the same answers.
"""

import asyncio
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final, cast

import anyio
import mcp_types as t
from mcp import MCPError
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    MCP_METHOD_HEADER,
    MCP_NAME_HEADER,
    MCP_PROTOCOL_VERSION_HEADER,
    X_MCP_HEADER_KEY,
    decode_header_value,
)
from pydantic import ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xero_mcp.transport.approval_link import opens_pages
from xero_mcp.transport.plain_call import PlainCall, PlainCalls

VERSION: Final = "2026-07-28"
PING_SECONDS: Final = 15.0
"""An answer that is not there by then becomes a stream, kept open by pings; like mcp's own."""
QUICK_SECONDS: Final = 1.0
"""From then on somebody looks whether the client is still there: a busy server's calls wait for
each other about as long, and to look costs a task each."""
MAX_BODY_CHUNKS: Final = 256
"""A body in more pieces is read the long way."""

_JSON: Final = b"application/json"
_ACCEPTS: Final = frozenset({"application/json, text/event-stream", "*/*"})
_ONCE: Final = frozenset(
    name.encode() for name in (MCP_PROTOCOL_VERSION_HEADER, MCP_METHOD_HEADER, MCP_NAME_HEADER)
) | {b"accept", b"content-type"}
_PARAM: Final = b"mcp-param-"
_REQUEST: Final = frozenset({"jsonrpc", "id", "method", "params"})
_PARAMS: Final = frozenset({"name", "arguments", "_meta"})
_META: Final = frozenset(
    {t.PROTOCOL_VERSION_META_KEY, t.CLIENT_INFO_META_KEY, t.CLIENT_CAPABILITIES_META_KEY}
)
_NOBODY: Final = t.Implementation(name="", version="")
_STREAM: Final = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"connection", b"keep-alive"),
    (b"x-accel-buffering", b"no"),
]


class ShortWay:
    """Answers plain calls itself and hands the rest on."""

    def __init__(
        self,
        otherwise: ASGIApp,
        calls: PlainCalls,
        *,
        quick_seconds: float = QUICK_SECONDS,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._otherwise = otherwise
        self._calls = calls
        self._quick_seconds = quick_seconds
        self._ping_seconds = ping_seconds
        self._in_headers: dict[str, bool] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _plain_headers(scope)
        if headers is None:
            await self._otherwise(scope, receive, send)
            return
        read: list[Message] = []
        asked = _plain_request(await _body(receive, read), headers)
        if asked is None or self._says_arguments_in_headers(asked[1].name):
            await self._otherwise(scope, _again(read, receive), send)
            return
        request_id, call = asked
        answering = _Answering(
            receive, send, quick_seconds=self._quick_seconds, ping_seconds=self._ping_seconds
        )
        await answering.to_the_end(request_id, self._calls, call)

    def _says_arguments_in_headers(self, tool: str) -> bool:
        """Whether a tool wants arguments told in headers too, which mcp then compares."""
        known = self._in_headers.get(tool)
        if known is None:
            schema = self._calls.schema_of(tool)
            known = schema is not None and X_MCP_HEADER_KEY in json.dumps(schema)
            if schema is not None:  # what is no tool must not fill a table
                self._in_headers[tool] = known
        return known


def _plain_headers(scope: Scope) -> Mapping[bytes, str] | None:
    """The headers that decide, each once; None where they ask for anything else."""
    if scope["method"] != "POST":
        return None
    found: dict[bytes, str] = {}
    for name, value in cast("list[tuple[bytes, bytes]]", scope["headers"]):
        if name in _ONCE:
            if name in found:
                return None
            found[name] = value.decode("latin-1")
        elif name.startswith(_PARAM):
            return None
    is_plain = (
        found.get(b"mcp-protocol-version") == VERSION
        and found.get(b"mcp-method") == "tools/call"
        and found.get(b"accept") in _ACCEPTS
        and found.get(b"content-type") == "application/json"
    )
    return found if is_plain else None


async def _body(receive: Receive, read: list[Message]) -> bytes:
    """The whole body, its pieces kept for the long way; nothing where it does not all come."""
    while len(read) < MAX_BODY_CHUNKS:
        message = await receive()
        read.append(message)
        if message["type"] != "http.request":
            return b""
        if not message.get("more_body", False):
            return b"".join(one.get("body", b"") for one in read)
    return b""


def _again(read: list[Message], receive: Receive) -> Receive:
    """What was read, once more, and then the rest."""
    waiting = iter(read)

    async def receive_again() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return receive_again


def _plain_request(body: bytes, headers: Mapping[bytes, str]) -> tuple[int | str, PlainCall] | None:
    """The call that a body asks for; None where it is anything but a plain one."""
    try:
        request = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(request, dict) or request.keys() != _REQUEST:
        return None
    given = cast("dict[str, Any]", request)
    params, request_id = given["params"], given["id"]
    is_plain = (
        given["jsonrpc"] == "2.0"
        and given["method"] == "tools/call"
        and type(request_id) in {int, str}
        and isinstance(params, dict)
    )
    if not is_plain:
        return None
    call = _call_of(cast("dict[str, Any]", params), headers)
    return None if call is None else (request_id, call)


def _call_of(params: Mapping[str, Any], headers: Mapping[bytes, str]) -> PlainCall | None:
    name, arguments, meta = params.get("name"), params.get("arguments", {}), params.get("_meta")
    is_plain = (
        params.keys() <= _PARAMS
        and isinstance(name, str)
        and name == decode_header_value(headers.get(b"mcp-name"))
        and isinstance(arguments, dict)
        and isinstance(meta, dict)
    )
    if not is_plain:
        return None
    said = cast("Mapping[str, Any]", meta)
    if not said.keys() <= _META or said.get(t.PROTOCOL_VERSION_META_KEY) != VERSION:
        return None
    try:
        told = t.ClientCapabilities.model_validate(said.get(t.CLIENT_CAPABILITIES_META_KEY))
        info = said.get(t.CLIENT_INFO_META_KEY)
        program = _NOBODY if info is None else t.Implementation.model_validate(info)
    except ValidationError:
        return None
    return PlainCall(
        name=cast("str", name),
        arguments=cast("dict[str, Any]", arguments),
        protocol=VERSION,
        client_name=program.name,
        client_version=program.version,
        opens_pages=opens_pages(told, VERSION),
    )


def _compact(said: object) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode("ascii")


class _Answering:
    """One request, from its call to the last byte of its answer."""

    def __init__(
        self, receive: Receive, send: Send, *, quick_seconds: float, ping_seconds: float
    ) -> None:
        self._receive = receive
        self._send = send
        self._quick_seconds = quick_seconds
        self._ping_seconds = ping_seconds
        self._is_stream = False
        self._is_over = False

    async def to_the_end(self, request_id: int | str, calls: PlainCalls, call: PlainCall) -> None:
        told, status = b"", 200
        with self._client_watched():
            try:
                told = b'"result":' + await calls.answer(call)
            except MCPError as error:
                status = ERROR_CODE_HTTP_STATUS.get(error.error.code, status)
                said = error.error.model_dump(mode="json", by_alias=True, exclude_none=True)
                told = b'"error":' + _compact(said)
        if told:  # else the client is gone
            own = json.dumps(request_id).encode("ascii")
            await self._say(b'{"jsonrpc":"2.0","id":%b,%b}' % (own, told), status)

    @contextmanager
    def _client_watched(self) -> Generator[None]:
        """End the block where the client goes. A quick call is over before anybody looks."""
        looking: list[asyncio.Task[None]] = []
        with anyio.CancelScope() as scope:
            timer = asyncio.get_running_loop().call_later(
                self._quick_seconds,
                lambda: looking.append(asyncio.create_task(self._wait_with_the_client(scope))),
            )
            try:
                yield
            finally:
                self._is_over = True
                timer.cancel()
                for task in looking:
                    task.cancel()

    async def _wait_with_the_client(self, scope: anyio.CancelScope) -> None:
        """End the call of a client that goes; keep the connection of one that waits long."""
        while not self._is_over:
            with anyio.move_on_after(self._ping_seconds):
                if (await self._receive())["type"] == "http.disconnect":
                    scope.cancel()
                    return
                continue
            if not self._is_over:
                await self._ping()

    async def _ping(self) -> None:
        if not self._is_stream:
            self._is_stream = True
            await self._send({"type": "http.response.start", "status": 200, "headers": _STREAM})
        ping = {"type": "http.response.body", "body": b": ping\r\n\r\n", "more_body": True}
        await self._send(ping)

    async def _say(self, text: bytes, status: int) -> None:
        if self._is_stream:
            event = b"event: message\r\ndata: " + text + b"\r\n\r\n"
            await self._send({"type": "http.response.body", "body": event})
            return
        headers = [(b"content-length", b"%d" % len(text)), (b"content-type", _JSON)]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": text})
