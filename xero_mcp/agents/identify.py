"""Who holds a credential: a key of ours, a token of the identity provider, or nobody."""

from collections.abc import Awaitable, Callable
from typing import Final, cast
from urllib.parse import urlsplit

from xero_mcp.agents.agent import Agent, Refused
from xero_mcp.agents.book import AgentBook
from xero_mcp.agents.tokens import Claims, TokenError, Tokens, looks_like_jwt, taken_apart
from xero_mcp.clock import Clock

RECORDED_A_MINUTE: Final = 10
"""Refused credentials in the log; those beyond are counted there. A guesser writes no book."""
WINDOW_SECONDS: Final = 60.0
NO_PASSING_THROUGH: Final = (
    "That is a token of Xero's. This server takes none: it signs in to Xero by itself. Use a key "
    "of this server."
)

Record = Callable[[str], Awaitable[object]]
"""Writes down that a credential was refused, and why; may fail quietly."""


class Identifier:
    """The one place where a credential becomes an agent."""

    def __init__(
        self,
        book: AgentBook,
        clock: Clock,
        record: Record,
        *,
        tokens: Tokens | None = None,
        xero_hosts: frozenset[str] = frozenset(),
    ) -> None:
        """`xero_hosts`: issuers at these hosts are Xero's too, besides those at xero.com."""
        self._book = book
        self._tokens = tokens
        self._xero_hosts = xero_hosts
        self._log = _FewRecords(clock, record)

    async def identify(self, credential: str) -> Agent | Refused:
        """Who it is. What is refused is written down, the first few of each minute.

        Raises:
            StoreUnavailableError: it cannot be known now.
        """
        found = await self._found(credential)
        if isinstance(found, Refused):
            await self._log.note(f"{found.why} {found.about}")
        return found

    async def _found(self, credential: str) -> Agent | Refused:
        if not looks_like_jwt(credential):
            return await self._book.identify(credential)
        try:
            jwt = taken_apart(credential)
        except TokenError as error:
            return Refused(why=str(error))
        if self._is_of_xero(jwt.claims):
            return Refused(why=NO_PASSING_THROUGH)
        if self._tokens is None:
            return Refused(why="This server takes its own keys alone, which begin with xmcp_.")
        return await self._tokens.identify(jwt)

    def _is_of_xero(self, claims: Claims) -> bool:
        """By its issuer, or by what it is for: there are tokens of both kinds."""
        given = claims.get("aud")
        audiences = cast("list[object]", given) if isinstance(given, list) else [given]
        hosts = {_host(one) for one in (claims.get("iss"), *audiences)}
        is_xeros = any(f".{host}".endswith(".xero.com") for host in hosts)
        return is_xeros or _host(claims.get("iss")) in self._xero_hosts


def _host(claim: object) -> str:
    try:
        return (urlsplit(claim).hostname or "") if isinstance(claim, str) else ""
    except ValueError:
        return ""


class _FewRecords:
    """Lets some through in each minute, and tells with the next how many were left out."""

    def __init__(self, clock: Clock, record: Record) -> None:
        self._clock = clock
        self._record = record
        self._began = float("-inf")
        self._written = 0
        self._left_out = 0

    async def note(self, why: str) -> None:
        now = self._clock.monotonic()
        if now - self._began >= WINDOW_SECONDS:
            self._began, self._written = now, 0
        if self._written >= RECORDED_A_MINUTE:
            self._left_out += 1
            return
        self._written += 1
        left_out, self._left_out = self._left_out, 0
        more = f" ({left_out} more were refused before it)" if left_out else ""
        await self._record(f"{why.strip()}{more}")
