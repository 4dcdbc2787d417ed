"""What every request passes before anything of ours looks at it: host, origin, path, size, pace."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast
from urllib.parse import urlsplit

import anyio
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from xero_mcp.transport.http.patience import Patience
from xero_mcp.transport.http.plain import answer_plainly
from xero_mcp.transport.mistakes import say_mistake

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
"""An attachment of the greatest size that a tool takes, as base64, fits in."""
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})

_WRONG_HOST = (
    "This server does not answer to that host name. XERO_MCP_ALLOWED_HOSTS and "
    "XERO_MCP_PUBLIC_URL say to which it does."
)
_LOOKED_AT = frozenset({b"host", b"origin", b"content-length", b"transfer-encoding"})
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(?P<port>\d{1,5}))?")
_BAD_PATH = re.compile(
    rb"//|\\|%00|%2f|%5c|[\x00-\x20\x7f-\xff]|(?:^|/)(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names that this server answers to."""

    hosts: frozenset[str]
    """Host names without port, lower case; IPv6 in brackets."""
    origins: frozenset[str]
    """Origins of pages that may call us: our own public one."""

    @classmethod
    def of(cls, *, public_url: str | None, allowed_hosts: tuple[str, ...]) -> "Names":
        """Loopback's names always; what the settings add."""
        hosts = {*LOOPBACK, *(_name_of(host) for host in allowed_hosts)}
        origins: set[str] = set()
        if public_url:
            parts = urlsplit(public_url)
            hosts.add(_name_of(parts.netloc))
            origins.add(f"{parts.scheme}://{parts.netloc}".lower())
        return cls(hosts=frozenset(hosts - {""}), origins=frozenset(origins))

    def knows_host(self, header: str) -> bool:
        return _name_of(header) in self.hosts

    def knows_origin(self, header: str) -> bool:
        """A page of our own address, or one on this machine."""
        origin = header.lower()
        if origin in self.origins:
            return True
        scheme, _, rest = origin.partition("://")
        return scheme in {"http", "https"} and _name_of(rest) in LOOPBACK


def _name_of(host: str) -> str:
    found = _HOST.fullmatch(host.strip().lower())
    return found["name"].rstrip(".") if found else ""


class Guard:
    """The outermost layer."""

    def __init__(
        self,
        app: ASGIApp,
        names: Names,
        patience: Patience,
        *,
        sized_by_others: frozenset[str] = frozenset(),
    ) -> None:
        """`sized_by_others`: paths whose bodies have a smaller limit, which their room keeps."""
        self._app = app
        self._names = names
        self._patience = patience
        self._sized_by_others = sized_by_others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wrong = self._what_is_wrong(scope)
        if wrong is not None:
            status, text = wrong
            await answer_plainly(send, status, text, close=True)
            return
        # One limit for the whole body, taken away when it is here.
        limit = anyio.CancelScope()
        if _brings_a_body(scope):
            limit.deadline = anyio.current_time() + self._patience.body
        pace = _Pace(receive, send, limit)
        with limit:
            try:
                await self._app(scope, pace.receive, pace.send)
            except Exception as error:  # noqa: BLE001 - uvicorn would print its text, which may hold data
                await pace.end(error)
        if limit.cancelled_caught:
            await pace.end(_SlowBodyError())

    def _what_is_wrong(self, scope: Scope) -> tuple[HTTPStatus, str] | None:
        told = _told_in(scope)
        if len(told["host"]) != 1 or not self._names.knows_host(told["host"][0]):
            return HTTPStatus.MISDIRECTED_REQUEST, _WRONG_HOST
        if not all(self._names.knows_origin(one) for one in told["origin"]):
            return HTTPStatus.FORBIDDEN, "Pages of that origin may not call this server."
        if _BAD_PATH.search(scope.get("raw_path") or scope["path"].encode()):
            return HTTPStatus.BAD_REQUEST, "That path is not written plainly."
        if told["content-length"] and told["transfer-encoding"]:
            return HTTPStatus.BAD_REQUEST, "The body's length is told in two ways."
        is_sized = scope["path"] in self._sized_by_others
        lengths = ({"content-length": one} for one in told["content-length"])
        if any(declared_bytes(one) > MAX_BODY_BYTES for one in lengths) and not is_sized:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large."
        return None


def _told_in(scope: Scope) -> Mapping[str, Sequence[str]]:
    """What a request says of whither, whence and how long, read off in one go."""
    found: dict[str, list[str]] = {name.decode(): [] for name in _LOOKED_AT}
    for name, value in cast("list[tuple[bytes, bytes]]", scope["headers"]):
        if name in _LOOKED_AT:
            found[name.decode()].append(value.decode("latin-1"))
    return found


def declared_bytes(headers: Mapping[str, str]) -> int:
    """How large the body is to be, as far as that is told."""
    text = headers.get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def _brings_a_body(scope: Scope) -> bool:
    names = {name for name, _ in scope["headers"]}
    return b"content-length" in names or b"transfer-encoding" in names


class _TooLargeError(Exception):
    pass


class _SlowBodyError(Exception):
    pass


class _Pace:
    """One request's body, counted and timed."""

    def __init__(self, receive: Receive, send: Send, limit: anyio.CancelScope) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit
        self._size = 0
        self._is_whole = False
        self._answered = False

    async def receive(self) -> Message:
        message = await self._receive()
        if self._is_whole:  # from here on it only waited for the client to go
            return message
        if message["type"] == "http.request":
            self._size += len(message.get("body", b""))
            if self._size > MAX_BODY_BYTES:
                raise _TooLargeError
            if message.get("more_body", False):
                return message
        self._is_whole = True
        self._limit.deadline = math.inf
        return message

    async def send(self, message: Message) -> None:
        self._answered = True
        await self._send(message)

    async def end(self, error: Exception) -> None:
        """Say what is wrong where nothing was said yet; else the connection just ends."""
        told = _told_of(error)
        if told is None:
            say_mistake(error)
            told = HTTPStatus.INTERNAL_SERVER_ERROR, "The server made a mistake."
        if not self._answered:
            await answer_plainly(self._send, *told, close=True)


def _told_of(error: BaseException) -> tuple[HTTPStatus, str] | None:
    """What the client did wrong, also where several tasks stumbled over it; None: nothing."""
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        found = [_told_of(one) for one in group.exceptions]
        return found[0] if all(found) else None
    if isinstance(error, _TooLargeError):
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large."
    if isinstance(error, _SlowBodyError):
        return HTTPStatus.REQUEST_TIMEOUT, "The body did not come in time."
    if isinstance(error, ClientDisconnect):
        return HTTPStatus.BAD_REQUEST, "The body ended before its end."
    return None
