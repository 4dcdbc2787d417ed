"""A fresh access token of one sign-in, whoever else wants one at the same time.

Xero gives a new refresh token with every access token and takes the old one for half an hour
more. So: one process asks (a lease in the store), what it hears is durable before it is used,
and who was killed in between is followed by one that sends the old one again.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from types import MappingProxyType
from typing import Final

import anyio

from xero_mcp.clock import Clock
from xero_mcp.errors import StoreUnavailableError, XeroMcpError
from xero_mcp.store.base import Store, Tables
from xero_mcp.store.tables.sign_ins import Rotation, SignInRow
from xero_mcp.xero import errors
from xero_mcp.xero.credentials import XeroHosts
from xero_mcp.xero.network import AnswerTooLargeError, BrokenError, Network, UnsentError
from xero_mcp.xero.retry import RetryRules, backoff_seconds
from xero_mcp.xero.secret import Sealer, Secret, UnsealableError
from xero_mcp.xero.sign_in_seal import Kept, opened, sealed, successor
from xero_mcp.xero.sign_in_tokens import App, SignedIn, exchange_refresh, read_signed_in
from xero_mcp.xero.token_request import Refused, TokenHostError
from xero_mcp.xero.tokens import Token

REFRESH_DAYS: Final = 60
"""So long a refresh token lives that nobody uses."""
_GONE: Final = "This sign-in to Xero was taken away here."
_ENDED: Final = frozenset({"invalid_grant"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRules:
    margin_seconds: float = 120.0
    """A token is renewed this long before it ends, so that none ends under way."""
    attempt_seconds: float = 15.0
    """One try to refresh; shorter than the lease, so that nobody else begins meanwhile."""
    lease_seconds: float = 20.0
    poll_seconds: float = 0.1
    grace_seconds: float = 1_800.0
    """As long as Xero takes a refresh token that was replaced."""
    idle_refresh_seconds: float = 86_400.0
    """A sign-in that nobody uses is refreshed this often, so that it does not end."""
    look_again_seconds: float = 5.0
    """How old what we know of the sign-ins may be; other processes add and remove them."""
    check_again_seconds: float = 60.0
    """Whether Xero still lets us into an organisation is asked at most this often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInDesk:
    """What sign-ins take from outside."""

    hosts: XeroHosts
    network: Network
    store: Store
    clock: Clock
    sealer: Sealer
    randomness: Random
    retries: RetryRules = field(default_factory=RetryRules)
    rules: SignInRules = field(default_factory=SignInRules)
    secrets: Mapping[str, Secret] = field(default_factory=lambda: MappingProxyType({}))
    """Secrets of apps as the settings have them; they go before those that were kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """New tokens, not yet durable."""

    row: SignInRow
    kept: Kept
    scopes: str


class Refresher:
    """Fresh tokens of the sign-ins of one host."""

    def __init__(self, desk: SignInDesk) -> None:
        self._desk = desk
        self._holder = f"{desk.randomness.getrandbits(64):016x}"
        self._asking: dict[str, anyio.Lock] = {}
        self._held: dict[str, Token] = {}
        self._unsaved: dict[str, _Heard] = {}

    async def token(self, sign_in_id: str, *, instead_of: Token | None = None) -> Token:
        """A token of this sign-in, refreshed where it has to be.

        Raises:
            XeroMcpError: NOT_CONNECTED or XERO_UNAVAILABLE.
            StoreUnavailableError: what was heard could not be made durable, so it is not used.
        """
        found = self._usable(self._held.get(sign_in_id), instead_of)
        if found is not None:
            return found
        async with self._asking.setdefault(sign_in_id, anyio.Lock()):
            found = self._usable(self._held.get(sign_in_id), instead_of)
            token = found or await self._obtain(sign_in_id, instead_of)
            self._held[sign_in_id] = token
            return token

    async def refresh(self, sign_in_id: str) -> None:
        """Refresh now, however young the token is."""
        row = await self._row(sign_in_id)
        await self.token(sign_in_id, instead_of=self._token(row, self._opened(row)))

    def forget(self, sign_in_id: str) -> None:
        self._held.pop(sign_in_id, None)

    def opened(self, row: SignInRow) -> Kept:
        """The tokens of a row.

        Raises:
            XeroMcpError: NOT_CONNECTED: another key sealed them.
        """
        return self._opened(row)

    def _usable(self, token: Token | None, instead_of: Token | None) -> Token | None:
        if token is None or not token.is_fresh(self._desk.clock.now()):
            return None
        return token if instead_of is None or token.text != instead_of.text else None

    async def _obtain(self, sign_in_id: str, instead_of: Token | None) -> Token:
        """What another process brought; otherwise refresh, once nobody else does."""
        rules = self._desk.rules
        rounds = 3 + round(rules.lease_seconds / rules.poll_seconds)
        for _ in range(rounds):
            await self._save_what_waits(sign_in_id)
            row = await self._row(sign_in_id)
            found = self._usable(self._token(row, self._opened(row)), instead_of)
            if found is not None:
                return found
            if await self._take_lease(sign_in_id):
                try:
                    # Between the look and the lease, another may have been faster.
                    row = await self._row(sign_in_id)
                    found = self._usable(self._token(row, self._opened(row)), instead_of)
                    return found or await self._refresh(row)
                finally:
                    await self._give_back(sign_in_id)
            await self._desk.clock.sleep(rules.poll_seconds)
        raise errors.unavailable("Another process has been renewing the sign-in for too long.")

    async def _refresh(self, row: SignInRow) -> Token:
        retries = self._desk.retries
        for tries in range(1, retries.max_tries + 1):
            # Nobody may take away an answer that replaces the only refresh token there is.
            with anyio.CancelScope(shield=True):
                answer = await self._ask(row, self._opened(row).refresh_token)
                if isinstance(answer, SignedIn):
                    return await self._save(self._heard(row, answer))
                if isinstance(answer, Refused):
                    return await self._refused(row, answer)
            if tries < retries.max_tries:
                pause = backoff_seconds(retries, tries=tries, randomness=self._desk.randomness)
                await self._desk.clock.sleep(pause)
                if not await self._take_lease(row.id):
                    break
        raise errors.unavailable("Xero's sign-in service could not be reached.")

    async def _ask(self, row: SignInRow, refresh_token: Secret) -> SignedIn | Refused | None:
        """Send one refresh token once; None where no answer tells what became of it."""
        kept = self._opened(row)
        secret = self._secret(row, kept)
        app = App(client_id=row.client_id, secret=secret)
        request = exchange_refresh(self._desk.hosts, app, refresh_token)
        try:
            with anyio.fail_after(self._desk.rules.attempt_seconds):
                return read_signed_in(
                    await self._desk.network.send(request), asked=row.scopes.split()
                )
        except (UnsentError, BrokenError, AnswerTooLargeError, TokenHostError, TimeoutError):
            return None

    async def _refused(self, row: SignInRow, refused: Refused) -> Token:
        """Somebody may have replaced it; or the one before it may still be good."""
        now = await self._row(row.id)
        if now.generation != row.generation:
            found = self._usable(self._token(now, self._opened(now)), None)
            if found is not None:
                return found
        kept = self._opened(row)
        age_seconds = (self._desk.clock.now() - kept.rotated_at).total_seconds()
        if (
            refused.error in _ENDED
            and kept.previous is not None
            and age_seconds < self._desk.rules.grace_seconds
        ):
            answer = await self._ask(row, kept.previous)
            if isinstance(answer, SignedIn):
                return await self._save(self._heard(row, answer))
            if answer is None:
                raise errors.unavailable("Xero's sign-in service could not be reached.")
        raise await self._end(row, refused)

    async def _end(self, row: SignInRow, refused: Refused) -> XeroMcpError:
        if refused.error not in _ENDED:
            return errors.sign_in_over(
                "Xero does not accept the app of this sign-in: its id or its secret is wrong."
            )
        at = self._desk.clock.now()
        expired = at >= row.refresh_by
        why = f"nobody used it for {REFRESH_DAYS} days" if expired else "Xero no longer takes it"
        await self._desk.store.write(
            lambda tables: tables.sign_ins.end(row.id, row.generation, why=why, at=at)
        )
        return over(why)

    def _heard(self, row: SignInRow, answer: SignedIn) -> _Heard:
        now = self._desk.clock.now()
        kept = self._opened(row)
        ends_at = now + timedelta(seconds=answer.lifetime_seconds)
        new = successor(
            answer, sent=kept.refresh_token, secret=kept.client_secret, times=(now, ends_at)
        )
        return _Heard(row=row, kept=new, scopes=" ".join(sorted(answer.scopes)))

    async def _save(self, heard: _Heard) -> Token:
        """Durable first, used afterwards. What cannot be saved waits here for the next call."""
        self._unsaved[heard.row.id] = heard
        await self._save_what_waits(heard.row.id)
        row = await self._row(heard.row.id)
        return self._token(row, self._opened(row))

    async def _save_what_waits(self, sign_in_id: str) -> None:
        heard = self._unsaved.get(sign_in_id)
        if heard is None:
            return
        rotated_at = heard.kept.rotated_at
        rotation = Rotation(
            id=sign_in_id,
            generation=heard.row.generation,
            sealed=sealed(heard.kept, self._desk.sealer, sign_in_id=sign_in_id),
            scopes=heard.scopes,
            refreshed_at=rotated_at,
            refresh_by=rotated_at + timedelta(days=REFRESH_DAYS),
        )
        # Where another process was faster, its tokens stand, and ours are nobody's.
        await self._desk.store.write(lambda tables: tables.sign_ins.rotate(rotation))
        self._unsaved.pop(sign_in_id, None)

    async def _take_lease(self, sign_in_id: str) -> bool:
        now = self._desk.clock.now()
        ends_at = now + timedelta(seconds=self._desk.rules.lease_seconds)
        return await self._desk.store.write(
            lambda tables: tables.sign_ins.take_lease(
                sign_in_id, self._holder, now=now, ends_at=ends_at
            )
        )

    async def _give_back(self, sign_in_id: str) -> None:
        def work(tables: Tables) -> None:
            tables.sign_ins.give_back(sign_in_id, self._holder)

        # A lease that cannot be given back runs out.
        with anyio.CancelScope(shield=True), suppress(StoreUnavailableError):
            await self._desk.store.quick(work)

    async def _row(self, sign_in_id: str) -> SignInRow:
        row = await self._desk.store.read(lambda tables: tables.sign_ins.find(sign_in_id))
        if row is None:
            raise errors.sign_in_over(_GONE)
        if row.over_at is not None:
            raise over(row.over_why or "Xero no longer takes it")
        return row

    def _opened(self, row: SignInRow) -> Kept:
        try:
            return opened(row.sealed, self._desk.sealer, sign_in_id=row.id)
        except UnsealableError:
            raise errors.sign_in_over(
                "The tokens of this sign-in were sealed with another key: put it back into "
                "XERO_MCP_SECRET_KEY or the key file, or sign in once more."
            ) from None

    def _secret(self, row: SignInRow, kept: Kept) -> Secret | None:
        if kept.client_secret is None:
            return None  # PKCE: a secret that is there meanwhile was none of this sign-in's
        return self._desk.secrets.get(row.client_id) or kept.client_secret

    def _token(self, row: SignInRow, kept: Kept) -> Token:
        renew_at = kept.access_ends_at - timedelta(seconds=self._desk.rules.margin_seconds)
        halfway = kept.rotated_at + (kept.access_ends_at - kept.rotated_at) / 2
        return Token(
            text=kept.access_token,
            renew_at=max(renew_at, halfway),
            scopes=frozenset(row.scopes.split()),
        )


def over(why: str) -> XeroMcpError:
    """The sign-in has ended."""
    return errors.sign_in_over(f"The sign-in to Xero has ended: {why}.")


def is_idle(row: SignInRow, rules: SignInRules, now: datetime) -> bool:
    """Whether it is time to refresh it only so that it does not end."""
    return (now - row.refreshed_at).total_seconds() >= rules.idle_refresh_seconds
