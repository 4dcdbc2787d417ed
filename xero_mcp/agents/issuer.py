"""An identity provider: where its keys are, and when they are looked at again."""

import json
from collections.abc import Awaitable, Callable
from typing import Final, cast
from urllib.parse import urlsplit

import anyio

from xero_mcp.agents.jwks import PublicKey, fitting, read_keys
from xero_mcp.clock import Clock
from xero_mcp.errors import StoreUnavailableError
from xero_mcp.settings import LOOPBACK

KEPT_SECONDS: Final = 3_600.0
"""After this long the keys are read again, so that one that was taken out is known no more."""
AT_MOST_SECONDS: Final = 12 * 3_600.0
"""Keys older than this are of no use, however long the provider is away."""
ASK_AGAIN_SECONDS: Final = 60.0
"""How often at most the provider is asked: names of keys that nobody knows are cheap to make."""
TRY_AGAIN_SECONDS: Final = 5.0
"""The same, while there are no keys at all."""

Fetch = Callable[[str], Awaitable[bytes]]
"""The body of one small document, within seconds and without redirects; raises FetchError."""


class FetchError(Exception):
    """The document cannot be had; says why."""


class IssuerAwayError(StoreUnavailableError):
    """The keys cannot be read now: as with the store, nobody can be told from another."""


class Issuer:
    """The keys of one provider, as they were last read."""

    def __init__(self, url: str, fetch: Fetch, clock: Clock) -> None:
        self.url = url
        self._fetch = fetch
        self._clock = clock
        self._keys: tuple[PublicKey, ...] = ()
        self._read_at: float | None = None
        self._asked_at: float | None = None
        self._one_at_a_time = anyio.Lock()

    async def keys_for(self, kid: str | None, algorithm: str) -> list[PublicKey]:
        """The keys that could have made a signature; the provider is asked for unknown ones.

        Raises:
            IssuerAwayError: there are no keys, or too old ones, and none can be had.
        """
        known = fitting(self._keys, kid, algorithm)
        if known and self._age() <= KEPT_SECONDS:
            return known
        if known and self._age() <= AT_MOST_SECONDS and self._one_at_a_time.locked():
            return known  # somebody asks already: nobody else need wait for a slow answer
        async with self._one_at_a_time:
            if self._age() > KEPT_SECONDS or not fitting(self._keys, kid, algorithm):
                await self._look_again()
        return fitting(self._keys, kid, algorithm)

    async def check(self) -> None:
        """Find out whether the keys can be read.

        Raises:
            FetchError: with what is wrong.
        """
        await self._read()

    def _age(self) -> float:
        return float("inf") if self._read_at is None else self._clock.monotonic() - self._read_at

    async def _look_again(self) -> None:
        now = self._clock.monotonic()
        pause = TRY_AGAIN_SECONDS if self._read_at is None else ASK_AGAIN_SECONDS
        if self._asked_at is None or now - self._asked_at >= pause:
            try:
                # Whoever goes away while it is asked must not leave the others without keys.
                with anyio.CancelScope(shield=True):
                    self._keys = await self._read()
                self._read_at = self._clock.monotonic()
            except FetchError as error:
                if self._age() > AT_MOST_SECONDS:
                    raise IssuerAwayError(_away(str(error))) from error
            finally:
                # From its end on: whoever waited for a slow answer need not wait for another.
                self._asked_at = self._clock.monotonic()
        if self._age() > AT_MOST_SECONDS:
            raise IssuerAwayError(_away("it could not be asked just now"))

    async def _read(self) -> tuple[PublicKey, ...]:
        address = await self._address_of_keys()
        try:
            keys = read_keys(await self._fetch(address))
        except ValueError as error:
            raise FetchError(f"its keys cannot be read: {error}") from error
        if not keys:
            raise FetchError("it has no key by which a token could be verified")
        return keys

    async def _address_of_keys(self) -> str:
        body = await self._fetch(f"{self.url.rstrip('/')}/.well-known/openid-configuration")
        try:
            document: object = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise FetchError("its configuration is no JSON") from error
        found = cast("dict[str, object]", document) if isinstance(document, dict) else {}
        if found.get("issuer") != self.url:
            raise FetchError("its configuration names another issuer than XERO_MCP_OIDC_ISSUER")
        address = found.get("jwks_uri")
        if not isinstance(address, str) or not self._may_ask(address):
            raise FetchError("its configuration names no https address of its keys")
        return address

    def _may_ask(self, address: str) -> bool:
        """https; http on this machine where the provider itself is there."""
        try:
            parts, own = urlsplit(address), urlsplit(self.url)
        except ValueError:
            return False
        if parts.username is not None or not parts.hostname or "\\" in address:
            return False
        is_near = parts.scheme == own.scheme == "http" and parts.hostname in LOOPBACK
        return parts.scheme == "https" or is_near


def _away(why: str) -> str:
    return f"The identity provider's keys cannot be had: {why}."
