"""One token for each set of scopes: kept sealed, renewed in time, asked for once.

However many calls wait, one of them asks; however many processes, normally one does, since
the store holds both the token and a short lease on the asking.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Final

import anyio

from xero_mcp.clock import Clock, from_iso, to_iso
from xero_mcp.errors import Detail, StoreUnavailableError
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.kept import KeptTable
from xero_mcp.xero import errors
from xero_mcp.xero.credentials import Credentials, XeroHosts
from xero_mcp.xero.network import AnswerTooLargeError, BrokenError, Network, UnsentError
from xero_mcp.xero.retry import RetryRules, backoff_seconds
from xero_mcp.xero.scopes import broad_of, without_implied
from xero_mcp.xero.secret import Sealer, Secret, UnsealableError
from xero_mcp.xero.token_request import (
    Granted,
    Refused,
    TokenHostError,
    client_credentials,
    read_answer,
)

INVALID_SCOPE: Final = "invalid_scope"
MAX_HELD: Final = 200
"""So many sets of scopes at once in memory; the store has the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    margin_seconds: float = 120.0
    """A token is renewed this long before it ends, so that none ends under way."""
    lease_seconds: float = 20.0
    """So long one process may take to ask before another one does."""
    poll_seconds: float = 0.1
    broad_memory_seconds: float = 86_400.0
    """How long an app that knew only the broad scopes is taken to be still like that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token that may be used until `renew_at`."""

    text: Secret
    renew_at: datetime
    scopes: frozenset[str]

    def is_fresh(self, now: datetime) -> bool:
        return now < self.renew_at


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDesk:
    """What asking for a token takes."""

    hosts: XeroHosts
    credentials: Credentials
    network: Network
    retries: RetryRules
    randomness: Random

    @property
    def place(self) -> str:
        """Names this credential at this host, for the store."""
        return place_of(self.hosts, self.credentials)

    async def ask(self, scopes: frozenset[str], clock: Clock) -> Granted | Refused:
        """Ask, and ask again where the host fails.

        Raises:
            XeroMcpError: XERO_UNAVAILABLE.
        """
        request = client_credentials(self.hosts.token_url, self.credentials, scopes)
        for tries in range(1, self.retries.max_tries + 1):
            try:
                return read_answer(await self.network.send(request), scopes)
            except (UnsentError, BrokenError, AnswerTooLargeError, TokenHostError):
                if tries == self.retries.max_tries:
                    break
            pause = backoff_seconds(self.retries, tries=tries, randomness=self.randomness)
            await clock.sleep(pause)
        raise errors.unavailable("Xero's sign-in service could not be reached.")


class Tokens:
    """Tokens of one credential."""

    def __init__(
        self, desk: TokenDesk, store: Store, clock: Clock, sealer: Sealer, *, rules: TokenRules
    ) -> None:
        self._desk = desk
        self._store = store
        self._clock = clock
        self._sealer = sealer
        self._rules = rules
        self._holder = f"{desk.randomness.getrandbits(64):016x}"
        self._held: dict[frozenset[str], Token] = {}
        self._asking: dict[frozenset[str], anyio.Lock] = {}

    async def token(self, scopes: frozenset[str], *, instead_of: Token | None = None) -> Token:
        """A token that is good for these granular scopes.

        `instead_of` is one that Xero did not take: it will not be handed out again.

        Raises:
            XeroMcpError: SCOPE_MISSING, NOT_CONNECTED or XERO_UNAVAILABLE.
        """
        bearer = self._desk.credentials.bearer_token
        if bearer is not None:
            if instead_of is not None:
                raise errors.not_connected("Xero no longer takes the bearer token.")
            far = self._clock.now() + timedelta(days=1)
            return Token(text=bearer, renew_at=far, scopes=scopes)
        wanted = without_implied(scopes)
        found = self._fresh(wanted, instead_of)
        if found is not None:
            return found
        async with self._asking.setdefault(wanted, anyio.Lock()):
            # Whoever waited here finds what the one before brought.
            found = self._fresh(wanted, instead_of) or await self._obtain(wanted, instead_of)
            if len(self._held) >= MAX_HELD:
                self._held.pop(next(iter(self._held)))
            self._held[wanted] = found
            return found

    def _fresh(self, scopes: frozenset[str], instead_of: Token | None) -> Token | None:
        found = self._held.get(scopes)
        return found if found and _is_usable(found, instead_of, self._clock.now()) else None

    async def _obtain(self, scopes: frozenset[str], instead_of: Token | None) -> Token:
        """From the store where another process asked; otherwise ask, with a lease against two."""
        rounds = 2 + round(self._rules.lease_seconds / self._rules.poll_seconds)
        for _ in range(rounds):
            try:
                found = await self._store.quick(lambda t: self._look(t.kept, scopes, instead_of))
            except StoreUnavailableError:
                break  # a token that cannot be shared still serves this process
            if isinstance(found, Token):
                return found
            if found:
                break
            await self._clock.sleep(self._rules.poll_seconds)
        return await self._ask_and_keep(scopes)

    def _look(
        self, kept: KeptTable, scopes: frozenset[str], instead_of: Token | None
    ) -> Token | bool:
        """The token that is kept; or whether it is on us to ask for one."""
        name, now = self._name(scopes), self._clock.now()
        sealed = kept.get(name, now)
        found = self._opened(sealed, name) if isinstance(sealed, bytes) else None
        if found is not None and _is_usable(found, instead_of, now):
            return found
        if kept.get(lease_name(name), now) not in (None, self._holder):
            return False
        lease_ends = now + timedelta(seconds=self._rules.lease_seconds)
        kept.put(lease_name(name), self._holder, lease_ends)
        return True

    def _opened(self, sealed: bytes, name: str) -> Token | None:
        """None for what another key sealed: then a new token takes its place."""
        try:
            opened = self._sealer.open(sealed, place=name).reveal()
        except UnsealableError:
            return None
        renew_at, asked, text = opened.split("\n", 2)
        return Token(
            text=Secret(text), renew_at=from_iso(renew_at), scopes=frozenset(asked.split())
        )

    async def _ask_and_keep(self, scopes: frozenset[str]) -> Token:
        try:
            token = await self._ask(scopes)
        except BaseException:
            await self._settle(scopes, None)
            raise
        await self._settle(scopes, token)
        return token

    async def _settle(self, scopes: frozenset[str], token: Token | None) -> None:
        """Keep what was got, and let the next one ask; the store failing costs only the sharing."""
        name = self._name(scopes)
        with anyio.CancelScope(shield=True), suppress(StoreUnavailableError):
            await self._store.quick(lambda tables: self._keep(tables.kept, name, token))

    def _keep(self, kept: KeptTable, name: str, token: Token | None) -> None:
        if kept.get(lease_name(name), self._clock.now()) == self._holder:
            kept.delete(lease_name(name))
        if token is not None:
            asked = " ".join(sorted(token.scopes))
            text = f"{to_iso(token.renew_at)}\n{asked}\n{token.text.reveal()}"
            kept.put(name, self._sealer.seal(Secret(text), place=name), token.renew_at)

    async def _ask(self, scopes: frozenset[str]) -> Token:
        """Granular scopes first; the broad ones that cover them where the app has no others."""
        broad = broad_of(scopes)
        manners = [scopes] if broad == scopes else [scopes, broad]
        if len(manners) > 1 and await self._is_broad():
            manners.reverse()
        for asked in manners:
            began = self._clock.now()
            answer = await self._desk.ask(asked, self._clock)
            if isinstance(answer, Granted):
                if len(manners) > 1:
                    await self._remember(broad=asked == broad)
                lives = max(0.0, answer.lifetime_seconds - self._rules.margin_seconds)
                renew_at = began + timedelta(seconds=lives or answer.lifetime_seconds / 2)
                return Token(text=answer.access_token, renew_at=renew_at, scopes=asked)
            if answer.error != INVALID_SCOPE:
                why = "Xero did not accept the client id and secret for a Custom Connection."
                raise errors.not_connected(why, [Detail(path="error", message=answer.error)])
        raise errors.scope_missing(sorted(scopes))

    async def _is_broad(self) -> bool:
        def look(tables: Tables) -> bool:
            return tables.kept.get(self._broad_name, self._clock.now()) is not None

        try:
            return await self._store.read(look)
        except StoreUnavailableError:
            return False

    async def _remember(self, *, broad: bool) -> None:
        """Only for a day: an app that gets granular scopes should soon have narrow tokens."""

        def note(tables: Tables) -> None:
            if broad:
                ends = self._clock.now() + timedelta(seconds=self._rules.broad_memory_seconds)
                tables.kept.put(self._broad_name, "broad", ends)
            else:
                tables.kept.delete(self._broad_name)

        with suppress(StoreUnavailableError):
            await self._store.quick(note)

    @property
    def _broad_name(self) -> str:
        return f"scopes/{self._desk.place}"

    def _name(self, scopes: frozenset[str]) -> str:
        return kept_name(self._desk.place, scopes)


def place_of(hosts: XeroHosts, credentials: Credentials) -> str:
    """Names these credentials at this host, giving nothing away."""
    return f"{credentials.fingerprint}/{hosts.fingerprint}"


def kept_name(place: str, scopes: frozenset[str]) -> str:
    """Where the store keeps the token for these scopes; the lease on asking lies beside it."""
    named = sha256(" ".join(sorted(scopes)).encode()).hexdigest()[:16]
    return f"token/{place}/{named}"


def lease_name(name: str) -> str:
    return f"{name}/asking"


def _is_usable(token: Token, instead_of: Token | None, now: datetime) -> bool:
    return token.is_fresh(now) and (instead_of is None or token.text != instead_of.text)
