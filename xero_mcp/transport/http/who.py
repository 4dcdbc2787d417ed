"""Who is asking: a bearer credential in, an agent out, or a challenge."""

import hashlib
from collections import deque
from collections.abc import Awaitable, Callable, Container, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

import anyio
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from xero_mcp.agents import Agent, Caller, Refused
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.transport.http.exchange import Exchange, exchange_of
from xero_mcp.transport.http.held import Held
from xero_mcp.transport.http.plain import answer_plainly
from xero_mcp.transport.http.standing import Standing

MAX_TOKEN_BYTES: Final = 16 * 1024
WRONG_A_MINUTE: Final = 20
"""Wrong credentials from one address; beyond them only those known to be good are looked at."""
WINDOW_SECONDS: Final = 60.0
MAX_ADDRESSES: Final = 10_000
MAX_ADDRESS: Final = 64
PROXY_HEADERS: Final = (b"x-forwarded-for", b"x-forwarded-host", b"forwarded", b"x-real-ip", b"via")

_CANNOT_LOOK = "Credentials cannot be looked up now. Try again soon."

Identify = Callable[[str], Awaitable[Agent | Refused]]
"""Who holds this credential. Costs the same time whatever is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What a 401 tells of where to get a credential (RFC 9728)."""

    metadata_url: str | None = None

    def header(self, *, error: str = "", description: str = "") -> str:
        """The value of `WWW-Authenticate`."""
        parts = [
            f'{name}="{value}"'
            for name, value in (
                ("error", error),
                ("error_description", description),
                ("resource_metadata", self.metadata_url or ""),
            )
            if value
        ]
        return f"Bearer {', '.join(parts)}" if parts else 'Bearer realm="xero-mcp"'


class Guesses:
    """Wrong credentials of the last minute, by address."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._wrong: dict[str, deque[float]] = {}

    def wait_seconds(self, address: str) -> int:
        """How long this address has to wait; 0 where it may try."""
        times = self._recent(address)
        if len(times) < WRONG_A_MINUTE:
            return 0
        return max(1, round(times[0] + WINDOW_SECONDS - self._monotonic()))

    def note(self, address: str) -> None:
        """Another wrong one."""
        if address not in self._wrong and len(self._wrong) >= MAX_ADDRESSES:
            self._wrong.pop(next(iter(self._wrong)))
        self._wrong.setdefault(address, deque(maxlen=WRONG_A_MINUTE)).append(self._monotonic())

    def _recent(self, address: str) -> deque[float]:
        times = self._wrong.get(address, deque())
        while times and times[0] <= self._monotonic() - WINDOW_SECONDS:
            times.popleft()
        if not times:
            self._wrong.pop(address, None)
        return times


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """How whoever comes in is known; one for the whole server."""

    identify: Identify
    challenge: Challenge
    guesses: Guesses
    held: Held
    """What stays open for long waits there for the end of its credential."""
    standing: Standing
    """Whether anybody is let in at all, and who is inside."""
    anybody: Agent | None = None
    """Who it is that brings no credential, where the operator named one."""
    behind_proxy: bool = False
    """Whether a proxy on this machine or network is believed about an address."""
    known: dict[bytes, None] = field(default_factory=dict[bytes, None])
    """Digests of credentials that were good: nobody else's guesses lock their holders out."""


@dataclass(frozen=True, slots=True)
class AtHand:
    """Who brought the request that is being answered."""

    caller: Caller
    token: str | None
    held: Held

    async def until_over(self) -> None:
        """Return when the credential is let in no more."""
        await self.held.until_over(self.caller.agent, self.token)


_AT_HAND: ContextVar[AtHand | None] = ContextVar("at_hand", default=None)


def at_hand() -> AtHand:
    """Who brought the request that is being answered.

    Raises:
        LookupError: nobody was let in; the way in is built wrong.
    """
    found = _AT_HAND.get()
    if found is None:
        raise LookupError("a request came through without an agent")
    return found


def caller_at_hand() -> Caller:
    """The caller of the request that is being answered."""
    return at_hand().caller


async def until_over() -> None:
    """Wait until whoever brought the request that is being answered may speak no more."""
    await at_hand().until_over()


class Doorkeeper:
    """Lets requests through to `app` under the name of their agent, while the server takes work."""

    def __init__(self, app: ASGIApp, door: Door, *, transport: str, is_cut: bool = True) -> None:
        """`is_cut`: whether what comes in is cut off by a stop, and does not end by itself."""
        self._app = app
        self._door = door
        self._transport = transport
        self._is_cut = is_cut
        self._anybody = self._here(door.anybody) if door.anybody else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._door.standing.stops:
            text = "This server is stopping. Try again."
            later = {"retry-after": "1"}
            status = HTTPStatus.SERVICE_UNAVAILABLE
            await answer_plainly(send, status, text, headers=later, close=True)
            return
        exchange = exchange_of(scope)
        given = exchange.told.all(b"authorization")
        if self._is_cut:
            self._door.standing.begin(exchange, scope["method"])
        before = _AT_HAND.set(None)
        try:
            here = await self._let_in(given, scope, send) if given else self._nobody_in(exchange)
            if here is not None:
                _AT_HAND.set(here)
                if self._is_cut and scope["method"] == "GET":
                    await self._stream(exchange, scope, receive, send)
                else:
                    await self._app(scope, receive, send)
            elif not given:
                await self._challenged(send, "A credential is needed: Authorization: Bearer KEY.")
        finally:
            _AT_HAND.reset(before)
            self._door.standing.end(exchange)

    async def _stream(self, exchange: Exchange, scope: Scope, receive: Receive, send: Send) -> None:
        """What is only waited at, as long as its credential is good."""

        async def end_in_time() -> None:
            await until_over()
            exchange.end(None)

        async with anyio.create_task_group() as beside:
            beside.start_soon(end_in_time)
            await self._app(scope, receive, send)
            beside.cancel_scope.cancel()

    async def _let_in(self, given: Sequence[str], scope: Scope, send: Send) -> AtHand | None:
        """Who brought that; None where it is nobody, who has then been told why."""
        token = _token_of(given)
        if token:
            agent = await self._look(token, scope, send)
            return self._here(agent, token) if agent else None
        why = "The credential cannot be read: Authorization: Bearer KEY."
        await self._challenged(send, why, "invalid_request")
        return None

    def _nobody_in(self, exchange: Exchange) -> AtHand | None:
        """Who it is that brings no credential; what a proxy passes on is not of this machine."""
        return None if is_passed_on(exchange.told.names) else self._anybody

    def _here(self, agent: Agent, token: str | None = None) -> AtHand:
        return AtHand(Caller(agent=agent, transport=self._transport), token, self._door.held)

    async def _look(self, token: str, scope: Scope, send: Send) -> Agent | None:
        door = self._door
        mark = hashlib.sha256(token.encode()).digest()
        if mark not in door.known:
            wait = door.guesses.wait_seconds(self._address_of(scope))
            if wait:
                await answer_plainly(
                    send,
                    HTTPStatus.TOO_MANY_REQUESTS,
                    "Too many wrong credentials came from there.",
                    headers={"retry-after": str(wait)},
                )
                return None
        try:
            found = await door.identify(token)
        except StoreUnavailableError:
            await answer_plainly(send, HTTPStatus.SERVICE_UNAVAILABLE, _CANNOT_LOOK)
            return None
        if isinstance(found, Agent):
            if mark not in door.known and len(door.known) >= MAX_ADDRESSES:
                del door.known[next(iter(door.known))]  # tokens are renewed: the oldest are over
            door.known[mark] = None
            return found
        door.known.pop(mark, None)
        if found.is_known:
            header = door.challenge.header(error="insufficient_scope", description=found.why)
            await answer_plainly(
                send, HTTPStatus.FORBIDDEN, found.why, headers={"www-authenticate": header}
            )
            return None
        door.guesses.note(self._address_of(scope))
        await self._challenged(send, found.why, "invalid_token")
        return None

    async def _challenged(self, send: Send, why: str, error: str = "") -> None:
        header = self._door.challenge.header(error=error, description=why if error else "")
        status = HTTPStatus.BAD_REQUEST if error == "invalid_request" else HTTPStatus.UNAUTHORIZED
        await answer_plainly(send, status, why, headers={"www-authenticate": header})

    def _address_of(self, scope: Scope) -> str:
        return address_of(scope, behind_proxy=self._door.behind_proxy)


class KnownToMcp:
    """Tells mcp who is at hand, in its own words: it holds a session to the one who opened it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        agent = caller_at_hand().agent
        user = AuthenticatedUser(
            AccessToken(
                token="",  # what was brought goes no further
                client_id=agent.name,
                scopes=[],
                subject=f"{agent.credential_fingerprint or ''} {agent.on_behalf_of or ''}",
            )
        )
        await self._app({**scope, "user": user}, receive, send)


def is_passed_on(names: Container[bytes]) -> bool:
    """Whether headers of these names came through a proxy, which speaks for others."""
    return any(name in names for name in PROXY_HEADERS)


def _token_of(given: Sequence[str]) -> str:
    """The one bearer token of the headers, or nothing."""
    if len(given) != 1 or len(given[0]) > MAX_TOKEN_BYTES:
        return ""
    scheme, _, token = given[0].partition(" ")
    token = token.strip()
    is_plain = token.isascii() and token.isprintable() and " " not in token
    return token if scheme.lower() == "bearer" and is_plain else ""


def address_of(scope: Scope, *, behind_proxy: bool) -> str:
    """Whose guesses are counted together; nothing else hangs on it."""
    client = scope.get("client")
    peer = str(client[0]) if client else ""
    if not behind_proxy or not _is_near(peer):
        return peer
    passed_on = Headers(scope=scope).getlist("x-forwarded-for")
    # The last one is the proxy's own word; those before it are the client's.
    nearest = passed_on[-1].rpartition(",")[2].strip() if passed_on else ""
    return nearest[:MAX_ADDRESS] or peer


def _is_near(peer: str) -> bool:
    try:
        return ip_address(peer).is_private
    except ValueError:
        return False
