"""A request as it came off the wire."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

MAX_QUERY_FIELDS: Final = 100

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`path` is still percent-encoded; `query` and `headers` are keyed in lower case.

    `too_large` says that the body went over the limit: then what came of it was dropped.
    """

    method: str
    path: str
    query: Mapping[str, str]
    query_text: str
    headers: Mapping[str, str]
    body: bytes
    too_large: bool = False
    scheme: str = "http"
    client_host: str = ""

    @property
    def origin(self) -> str:
        """Where the client thinks we are, which is what our own URLs must say."""
        return f"{self.scheme}://{self.headers.get('host', 'localhost')}"


async def read_request(
    scope: Scope, receive: Receive, *, max_bytes: Callable[[str], int]
) -> Request | None:
    """Read a whole request; None where the client left before it was all said.

    `max_bytes` gives the limit for a path.
    """
    path = _path(scope)
    body = await _body(receive, limit=max_bytes(path))
    if body is None:
        return None
    content, too_large = body
    query_text = bytes(scope.get("query_string", b"")).decode("latin-1")
    client = scope.get("client")
    return Request(
        method=str(scope["method"]).upper(),
        path=path,
        query=query_of(query_text),
        query_text=query_text,
        headers=_headers(scope),
        body=content,
        too_large=too_large,
        scheme=str(scope.get("scheme", "http")),
        client_host=str(client[0]) if client else "",
    )


async def _body(receive: Receive, *, limit: int) -> tuple[bytes, bool] | None:
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        more = bool(message.get("more_body", False))
    return (b"".join(chunks), False) if size <= limit else (b"", True)


def _path(scope: Scope) -> str:
    raw = scope.get("raw_path")
    text = bytes(raw).decode("latin-1") if raw else str(scope["path"])
    return text.partition("?")[0]


def query_of(text: str) -> dict[str, str]:
    """Read a query, names in lower case, the last of two with the same name."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS)
    except ValueError:
        return {}
    return {name.lower(): value for name, value in pairs}


def _headers(scope: Scope) -> dict[str, str]:
    return {
        bytes(name).decode("latin-1").lower(): bytes(value).decode("latin-1")
        for name, value in scope.get("headers", [])
    }
