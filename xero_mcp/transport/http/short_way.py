"""The short way of a plain call over the newest protocol, past what only other requests need.

mcp's own way checks each message against models several times, makes three tasks and a stream for
every request, and writes an answer down and reads it again. A plain call of a tool needs none of
it. Whatever is not plain goes mcp's way, as it came; a test holds the two to the same answers.
"""

import asyncio
import json
from collections.abc import Mapping
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
from xero_mcp.transport.http.exchange import Exchange, Told, exchange_of
from xero_mcp.transport.http.waits import Waits
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
_ACCEPTS: Final = frozenset({b"application/json, text/event-stream", b"*/*"})
_VERSION: Final = VERSION.encode()
PROTOCOL_VERSION: Final = MCP_PROTOCOL_VERSION_HEADER.encode()
MCP_METHOD: Final = MCP_METHOD_HEADER.encode()
MCP_NAME: Final = MCP_NAME_HEADER.encode()
_PARAM: Final = b"mcp-param-"
_REQUEST: Final = frozenset({"jsonrpc", "id", "method", "params"})
_PARAMS: Final = frozenset({"name", "arguments", "_meta"})
_META: Final = frozenset(
    {t.PROTOCOL_VERSION_META_KEY, t.CLIENT_INFO_META_KEY, t.CLIENT_CAPABILITIES_META_KEY}
)
_NOBODY: Final = t.Implementation(name="", version="")
_IDS: Final = frozenset({int, str})
_READER: Final = json.JSONDecoder()
_SPACE: Final = " \t\r\n"
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
        self._quick = Waits[_Answering](quick_seconds, _Answering.look_for_the_client)
        self._ping_seconds = ping_seconds
        self._in_headers: dict[str, bool] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = exchange_of(scope)
        name = _plain_name(scope["method"], exchange.told)
        if name is None:
            await self._otherwise(scope, receive, send)
            return
        read = await _body(receive)
        asked = _plain_request(read, name)
        if asked is None or self._says_arguments_in_headers(asked[1].name):
            await self._otherwise(scope, _again(read, receive), send)
            return
        answering = _Answering(receive, send, exchange, self._ping_seconds)
        self._quick.begin(answering)
        try:
            text, status = await _answer(self._calls, *asked)
        finally:
            self._quick.end(answering)
            answering.over()
        await answering.say(text, status)

    def _says_arguments_in_headers(self, tool: str) -> bool:
        """Whether a tool wants arguments told in headers too, which mcp then compares."""
        known = self._in_headers.get(tool)
        if known is None:
            schema = self._calls.schema_of(tool)
            known = schema is not None and X_MCP_HEADER_KEY in json.dumps(schema)
            if schema is not None:  # what is no tool must not fill a table
                self._in_headers[tool] = known
        return known


def _plain_name(method: str, told: Told) -> bytes | None:
    """The tool that headers name; None where they ask for anything but a plain call."""
    is_plain = (
        method == "POST"
        and told.only(MCP_METHOD) == b"tools/call"
        and told.only(PROTOCOL_VERSION) == _VERSION
        and told.only(b"accept") in _ACCEPTS
        and told.only(b"content-type") == _JSON
        and not told.names_hold(_PARAM)
    )
    return told.only(MCP_NAME) if is_plain else None


async def _body(receive: Receive) -> list[Message]:
    """The pieces of the body, as far as they come; all of it, or it is not plain."""
    read = [await receive()]
    while read[-1].get("more_body", False) and len(read) < MAX_BODY_CHUNKS:
        read.append(await receive())
    return read


def _again(read: list[Message], receive: Receive) -> Receive:
    """What was read, once more, and then the rest."""
    waiting = iter(read)

    async def receive_again() -> Message:
        message = next(waiting, None)
        return await receive() if message is None else message

    return receive_again


def _plain_request(read: list[Message], named: bytes) -> tuple[int | str, PlainCall] | None:
    """The call that a body asks for; None where it is anything but a plain one."""
    request = _json_of(read)
    if not isinstance(request, dict) or request.keys() != _REQUEST:
        return None
    given = cast("dict[str, Any]", request)
    params, request_id = given["params"], given["id"]
    is_plain = (
        given["jsonrpc"] == "2.0"
        and given["method"] == "tools/call"
        and type(request_id) in _IDS
        and isinstance(params, dict)
    )
    if not is_plain:
        return None
    call = _call_of(cast("dict[str, Any]", params), named)
    return None if call is None else (request_id, call)


def _json_of(read: list[Message]) -> object:
    """What a body holds; None where it is not whole, or not plainly JSON from its first letter."""
    last = read[-1]
    if last["type"] != "http.request" or last.get("more_body", False):
        return None
    pieces = [one.get("body", b"") for one in read]
    body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    try:
        text = body.decode()
        found, end = _READER.raw_decode(text)
    except (ValueError, RecursionError):
        return None
    return None if text[end:].strip(_SPACE) else found


def _call_of(params: Mapping[str, Any], named: bytes) -> PlainCall | None:
    name, arguments, meta = params.get("name"), params.get("arguments", {}), params.get("_meta")
    is_plain = (
        params.keys() <= _PARAMS
        and isinstance(name, str)
        and name == decode_header_value(named.decode("latin-1"))
        and isinstance(arguments, dict)
        and isinstance(meta, dict)
    )
    if not is_plain:
        return None
    said = cast("Mapping[str, Any]", meta)
    if not said.keys() <= _META or said.get(t.PROTOCOL_VERSION_META_KEY) != VERSION:
        return None
    try:
        can_open_pages = _opens_pages(said.get(t.CLIENT_CAPABILITIES_META_KEY))
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
        opens_pages=can_open_pages,
    )


def _opens_pages(told: object) -> bool:
    """Whether a client that tells this of itself can open a page.

    Raises:
        ValidationError: that cannot be what a client can do.
    """
    if told == {}:
        return False
    return opens_pages(t.ClientCapabilities.model_validate(told), VERSION)


async def _answer(calls: PlainCalls, request_id: int | str, call: PlainCall) -> tuple[bytes, int]:
    """The whole answer, and its status."""
    own = b"%d" % request_id if isinstance(request_id, int) else _compact(request_id)
    try:
        pieces = await calls.answer(call)
        return b"".join((b'{"jsonrpc":"2.0","id":', own, b',"result":', *pieces, b"}")), 200
    except MCPError as error:
        said = error.error.model_dump(mode="json", by_alias=True, exclude_none=True)
        status = ERROR_CODE_HTTP_STATUS.get(error.error.code, 200)
        return b'{"jsonrpc":"2.0","id":%b,"error":%b}' % (own, _compact(said)), status


def _compact(said: object) -> bytes:
    return json.dumps(said, separators=(",", ":")).encode("ascii")


class _Answering:
    """The client of one call, while it waits for the answer."""

    def __init__(
        self, receive: Receive, send: Send, exchange: Exchange, ping_seconds: float
    ) -> None:
        self._receive = receive
        self._send = send
        self._exchange = exchange
        self._ping_seconds = ping_seconds
        self._looking: asyncio.Task[None] | None = None
        self._is_stream = False
        self._is_over = False

    def look_for_the_client(self) -> None:
        """From now on its going ends the call. A quick call is over before anybody looks."""
        self._looking = asyncio.get_running_loop().create_task(self._wait_with_the_client())

    def over(self) -> None:
        """The call has ended."""
        self._is_over = True
        if self._looking is not None:
            self._looking.cancel()

    async def say(self, text: bytes, status: int) -> None:
        """Send the answer, in whichever form the client is already told of."""
        if self._is_stream:
            event = b"event: message\r\ndata: " + text + b"\r\n\r\n"
            await self._send({"type": "http.response.body", "body": event})
            return
        headers = [(b"content-length", b"%d" % len(text)), (b"content-type", _JSON)]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        await self._send({"type": "http.response.body", "body": text})

    async def _wait_with_the_client(self) -> None:
        """End the call of a client that goes; keep the connection of one that waits long."""
        while not self._is_over:
            with anyio.move_on_after(self._ping_seconds):
                if (await self._receive())["type"] == "http.disconnect":
                    self._exchange.end(None)
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
