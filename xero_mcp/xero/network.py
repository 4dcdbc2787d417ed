"""One request over the network, and the exact difference between "not sent" and "no answer"."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
import httpx2

from xero_mcp import __version__

HttpSource = Callable[[], httpx2.AsyncClient]
"""Makes the client at the first request: opening one costs time that a start does not have."""

USER_AGENT: Final = f"xero-mcp/{__version__}"
_MAX_CONNECTIONS: Final = 100
_MAX_DIGITS: Final = 9
_KEEPALIVE_SECONDS: Final = 60.0

AsgiApp = Callable[..., Any]
"""What httpx2 takes as an application; its own type is not public."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRules:
    """Named limits of one request."""

    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    write_seconds: float = 30.0
    pool_seconds: float = 10.0
    attempt_seconds: float = 45.0
    """All of one try together, so that a trickle of bytes ends too."""
    max_answer_bytes: int = 25_000_000
    max_request_bytes: int = 3_500_000
    """As much as Xero takes in one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A request, complete but for the connection. Its headers hold a token: it is never shown."""

    method: str
    url: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    body: bytes | None = field(default=None, repr=False)
    auth: httpx2.Auth | None = field(default=None, repr=False)
    address: str | None = None
    """The IP address to connect to, in place of asking for the host's; the certificate must
    still be the host's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        return self.headers.get(name.lower())

    def whole_number(self, name: str) -> int | None:
        """A header that counts; None where it is not there or does not."""
        text = (self.header(name) or "").strip()
        counts = text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS
        return int(text) if counts else None


class UnsentError(Exception):
    """No connection: the request never left this machine."""


class BrokenError(Exception):
    """The request may have arrived, and no whole answer came back."""


class AnswerTooLargeError(Exception):
    """The answer was larger than `max_answer_bytes` and was left unread."""


_UNSENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
)
"""What httpx2 raises before the first byte, and only then."""


def network(rules: NetworkRules | None = None) -> HttpSource:
    """The real network: connections kept alive, gzip, no redirects, a limit on every wait."""
    limits = rules or NetworkRules()

    def connect() -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            timeout=httpx2.Timeout(
                connect=limits.connect_seconds,
                read=limits.read_seconds,
                write=limits.write_seconds,
                pool=limits.pool_seconds,
            ),
            limits=httpx2.Limits(
                max_connections=_MAX_CONNECTIONS,
                max_keepalive_connections=_MAX_CONNECTIONS,
                keepalive_expiry=_KEEPALIVE_SECONDS,
            ),
            headers={"User-Agent": USER_AGENT},
            follow_redirects=False,
        )

    return connect


def in_process(app: AsgiApp) -> HttpSource:
    """An application in this process instead of the network.

    What it raises is what a lost connection raises, so it passes through as such.
    """

    def connect() -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app=app)
        return httpx2.AsyncClient(transport=transport, headers={"User-Agent": USER_AGENT})

    return connect


class Network:
    """Sends a request once. It knows no token, no limit and no second try."""

    def __init__(self, http: HttpSource, rules: NetworkRules) -> None:
        self._http = http
        self._rules = rules
        self._client: httpx2.AsyncClient | None = None

    async def send(self, request: Outgoing) -> Answer:
        """Send, and read the whole answer.

        Raises:
            UnsentError: no connection was made.
            BrokenError: the request was, at least in part, on its way.
            AnswerTooLargeError: an answer came, too large to read.
        """
        if self._client is None:
            self._client = self._http()
        try:
            with anyio.fail_after(self._rules.attempt_seconds):
                return await self._exchange(self._client, request)
        except _UNSENT as error:
            failure: Exception = UnsentError(type(error).__name__)
        except (httpx2.TransportError, httpx2.DecodingError, TimeoutError) as error:
            failure = BrokenError(type(error).__name__)
        # Raised out here, so that no request, with its token, hangs on the error as its cause.
        raise failure

    async def _exchange(self, client: httpx2.AsyncClient, request: Outgoing) -> Answer:
        url, headers, extensions = httpx2.URL(request.url), dict(request.headers), {}
        if request.address is not None:
            headers["host"], extensions = url.netloc.decode(), {"sni_hostname": url.host}
            url = url.copy_with(host=request.address)
        stream = client.stream(
            request.method,
            url,
            params=list(request.query) or None,
            headers=headers,
            content=request.body,
            auth=request.auth or httpx2.USE_CLIENT_DEFAULT,
            extensions=extensions,
        )
        async with stream as response:
            body = bytearray()
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > self._rules.max_answer_bytes:
                    raise AnswerTooLargeError
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(status=response.status_code, headers=headers, body=bytes(body))

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None
