"""Who is asking: a bearer credential in, an agent out, or a challenge."""

import hashlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from xero_mcp.agents import Agent, Caller, Refused
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.transport.http.held import Held
from xero_mcp.transport.http.plain import answer_plainly

MAX_TOKEN_BYTES: Final = 16 * 1024
WRONG_A_MINUTE: Final = 20
"""Wrong credentials from one address; beyond them only those known to be good are looked at."""
WINDOW_SECONDS: Final = 60.0
MAX_ADDRESSES: Final = 10_000
MAX_ADDRESS: Final = 64

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
    anybody: Agent | None = None
    """Who it is that brings no credential, where the operator named one."""
    behind_proxy: bool = False
    """Whether a proxy on this machine or network is believed about an address."""
    known: set[bytes] = field(default_factory=set[bytes])
    """Digests of credentials that were good: nobody else's guesses lock their holders out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHand:
    """Who brought the request that is being answered."""

    caller: Caller
    until_over: Callable[[], Awaitable[None]]
    """Returns when the credential is let in no more."""


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
    """Lets requests through to `app` under the name of their agent."""

    def __init__(
        self,
        app: ASGIApp,
        door: Door,
        *,
        transport: str,
    ) -> None:
        self._app = app
        self._door = door
        self._transport = transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).getlist("authorization")
        if not given and self._door.anybody is not None:
            await self._through(self._door.anybody, None, scope, receive, send)
            return
        if not given:
            await self._challenged(send, "A credential is needed: Authorization: Bearer KEY.")
            return
        token = _token_of(given)
        if not token:
            await self._challenged(
                send, "The credential cannot be read: Authorization: Bearer KEY.", "invalid_request"
            )
            return
        found = await self._look(
            token, address_of(scope, behind_proxy=self._door.behind_proxy), send
        )
        if isinstance(found, Agent):
            await self._through(found, token, scope, receive, send)

    async def _look(self, token: str, address: str, send: Send) -> Agent | None:
        door = self._door
        mark = hashlib.sha256(token.encode()).digest()
        if mark not in door.known:
            wait = door.guesses.wait_seconds(address)
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
            if len(door.known) < MAX_ADDRESSES:
                door.known.add(mark)
            return found
        door.known.discard(mark)
        if found.is_known:
            header = door.challenge.header(error="insufficient_scope", description=found.why)
            await answer_plainly(
                send, HTTPStatus.FORBIDDEN, found.why, headers={"www-authenticate": header}
            )
            return None
        door.guesses.note(address)
        await self._challenged(send, found.why, "invalid_token")
        return None

    async def _challenged(self, send: Send, why: str, error: str = "") -> None:
        header = self._door.challenge.header(error=error, description=why if error else "")
        status = HTTPStatus.BAD_REQUEST if error == "invalid_request" else HTTPStatus.UNAUTHORIZED
        await answer_plainly(send, status, why, headers={"www-authenticate": header})

    async def _through(
        self, agent: Agent, token: str | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        user = AuthenticatedUser(  # mcp holds a session to the one who opened it
            AccessToken(
                token="",  # what was brought goes no further
                client_id=agent.name,
                scopes=[],
                subject=f"{agent.credential_fingerprint or ''} {agent.on_behalf_of or ''}",
            )
        )
        here = AtHand(
            caller=Caller(agent=agent, transport=self._transport),
            until_over=lambda: self._door.held.until_over(agent, token),
        )
        before = _AT_HAND.set(here)
        try:
            await self._app({**scope, "user": user}, receive, send)
        finally:
            _AT_HAND.reset(before)


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
