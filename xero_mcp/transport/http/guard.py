"""What every request passes before anything of ours looks at it: host, origin, path, size, pace."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast
from urllib.parse import urlsplit

import anyio
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from xero_mcp.transport.http.exchange import (
    MAX_BODY_BYTES,
    Exchange,
    Told,
    TooLargeError,
    Wrong,
    begun,
)
from xero_mcp.transport.http.patience import Patience
from xero_mcp.transport.http.plain import answer_plainly
from xero_mcp.transport.http.waits import Waits
from xero_mcp.transport.mistakes import say_mistake

MAX_HEAD_BYTES: Final = 64 * 1024
"""Of the address and the headers together. The parser sees to it only while they are not whole."""
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})

_WRONG_HOST = (
    "This server does not answer to that host name. XERO_MCP_ALLOWED_HOSTS and "
    "XERO_MCP_PUBLIC_URL say to which it does."
)
_TOO_LARGE = "The body is too large."
_SLOW_BODY: Wrong = HTTPStatus.REQUEST_TIMEOUT, "The body did not come in time."
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
        # One limit for the whole body, taken away when it is here.
        self._bodies = Waits[Exchange](patience.body, lambda one: one.end(_SLOW_BODY))
        self._sized_by_others = sized_by_others
        self._new_scope = anyio.CancelScope

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = Told(scope["headers"])
        wrong = self._what_is_wrong(scope, told)
        if wrong is not None:
            await answer_plainly(send, *wrong, close=True)
            return
        cut = self._new_scope()
        # anyio finds out at each scope in which kind of loop it is; here that never changes.
        self._new_scope = type(cut)
        exchange = Exchange(receive, send, told, cut, self._bodies)
        try:
            with cut:
                try:
                    await self._app(begun(scope, exchange), exchange.receive, exchange.send)
                except Exception as error:  # noqa: BLE001 - uvicorn would print its text, which may hold data
                    await exchange.refuse(_wrong_of(error))
        finally:
            exchange.whole()
        if cut.cancelled_caught:
            await exchange.say_why()

    def _what_is_wrong(self, scope: Scope, told: Told) -> Wrong | None:
        host = told.only(b"host")
        if host is None or not self._names.knows_host(host.decode("latin-1")):
            return HTTPStatus.MISDIRECTED_REQUEST, _WRONG_HOST
        names = told.names
        if b"origin" in names and not all(map(self._names.knows_origin, told.all(b"origin"))):
            return HTTPStatus.FORBIDDEN, "Pages of that origin may not call this server."
        if _BAD_PATH.search(scope.get("raw_path") or scope["path"].encode()):
            return HTTPStatus.BAD_REQUEST, "That path is not written plainly."
        if b"content-length" in names and b"transfer-encoding" in names:
            return HTTPStatus.BAD_REQUEST, "The body's length is told in two ways."
        return self._what_is_too_large(scope, told)

    def _what_is_too_large(self, scope: Scope, told: Told) -> Wrong | None:
        if _head_bytes(scope) > MAX_HEAD_BYTES:
            return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large."
        lengths = told.all(b"content-length")
        is_large = bool(lengths) and max(map(_bytes_of, lengths)) > MAX_BODY_BYTES
        if is_large and scope["path"] not in self._sized_by_others:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE
        return None


def _head_bytes(scope: Scope) -> int:
    headers = sum([len(name) + len(value) for name, value in scope["headers"]])
    return headers + len(scope["path"]) + len(scope.get("query_string", b""))


def declared_bytes(headers: Mapping[str, str]) -> int:
    """How large the body is to be, as far as that is told."""
    return _bytes_of(headers.get("content-length", "0"))


def _bytes_of(length: str) -> int:
    return int(length) if length.isascii() and length.isdigit() else 0


def _wrong_of(error: Exception) -> Wrong:
    """What a client did wrong; else a mistake of ours, said where only we read it."""
    told = _told_of(error)
    if told is None:
        say_mistake(error)
        return HTTPStatus.INTERNAL_SERVER_ERROR, "The server made a mistake."
    return told


def _told_of(error: BaseException) -> Wrong | None:
    """What the client did wrong, also where several tasks stumbled over it; None: nothing."""
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        found = [_told_of(one) for one in group.exceptions]
        return found[0] if all(found) else None
    if isinstance(error, TooLargeError):
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _TOO_LARGE
    if isinstance(error, ClientDisconnect):
        return HTTPStatus.BAD_REQUEST, "The body ended before its end."
    return None
