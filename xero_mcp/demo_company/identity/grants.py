"""What was granted: connections, codes, refresh tokens and access tokens, with their ends."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

ACCESS_LIFETIME: Final = timedelta(minutes=30)
REFRESH_LIFETIME: Final = timedelta(days=60)
REFRESH_GRACE: Final = timedelta(minutes=30)
CODE_LIFETIME: Final = timedelta(minutes=5)
MAX_REMEMBERED: Final = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An organisation that a user, or a custom connection, opened to an app."""

    id: str
    client_id: str
    organisation_id: str
    auth_event_id: str
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Who may do what: the part that a code, a refresh token and an access token share.

    `user` is False for client credentials; `pkce` lets an app without a secret use it.
    """

    client_id: str
    scopes: tuple[str, ...]
    auth_event_id: str
    auth_time: datetime
    user: bool
    pkce: bool = False
    nonce: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    grant: Grant
    redirect_uri: str
    challenge: str
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    grant: Grant
    expires: datetime
    used: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    grant: Grant
    expires: datetime
    revoked: bool = False

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.grant.scopes)


class Grants:
    """Everything that was granted. Refresh tokens are known by their hash only."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.connections: dict[str, Connection] = {}
        self.codes: dict[str, Code] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
        self.access_tokens: dict[str, AccessToken] = {}
        self.issued = 0

    def connect(
        self, client_id: str, organisation_id: str, *, auth_event_id: str, new_id: str
    ) -> None:
        """Open an organisation to an app; once more only renews the event."""
        now = self._now()
        for known in self.of(client_id):
            if known.organisation_id == organisation_id:
                self.connections[known.id] = replace(
                    known, auth_event_id=auth_event_id, updated=now
                )
                return
        self.connections[new_id] = Connection(
            id=new_id,
            client_id=client_id,
            organisation_id=organisation_id,
            auth_event_id=auth_event_id,
            created=now,
            updated=now,
        )

    def of(self, client_id: str) -> list[Connection]:
        return [each for each in self.connections.values() if each.client_id == client_id]

    def consented(self, client_id: str) -> tuple[str, ...]:
        """Return the scopes that a person gave the app before, while it is still connected."""
        if not self.of(client_id):
            return ()
        given = [t.grant for t in self.refresh_tokens.values()]
        given += [t.grant for t in self.access_tokens.values() if not t.revoked]
        scopes = (s for g in given if g.user and g.client_id == client_id for s in g.scopes)
        return tuple(dict.fromkeys(scopes))

    def add_access(self, text: str, grant: Grant) -> None:
        self.access_tokens[text] = AccessToken(grant=grant, expires=self._now() + ACCESS_LIFETIME)
        self.issued += 1
        _trim(self.access_tokens)

    def add_refresh(self, text: str, grant: Grant) -> None:
        self.refresh_tokens[_hash(text)] = RefreshToken(
            grant=grant, expires=self._now() + REFRESH_LIFETIME
        )
        _trim(self.refresh_tokens)

    def add_code(self, text: str, code: Code) -> None:
        self.codes[text] = code
        _trim(self.codes)

    def take_code(self, text: str) -> Code | None:
        """Use a code up; a second time, or too late, there is none."""
        code = self.codes.pop(text, None)
        return code if code is not None and self._now() < code.expires else None

    def find_refresh(self, text: str) -> RefreshToken | None:
        return self.refresh_tokens.get(_hash(text))

    def take_refresh(self, text: str) -> RefreshToken | None:
        """Use a refresh token; a used one may be tried again for half an hour."""
        now = self._now()
        token = self.find_refresh(text)
        if token is None or now >= token.expires:
            return None
        if token.used is not None and now - token.used >= REFRESH_GRACE:
            return None
        if token.used is None:
            self.refresh_tokens[_hash(text)] = replace(token, used=now)
        return token

    def revoke_sign_in(self, grant: Grant) -> None:
        """End all that came from one sign-in, and the app's connections with it."""
        event = grant.auth_event_id
        _drop(self.refresh_tokens, (k for k, t in self.refresh_tokens.items() if t.grant == grant))
        _drop(self.connections, (c.id for c in self.of(grant.client_id)))
        for text, token in self.access_tokens.items():
            if token.grant.auth_event_id == event and token.grant.client_id == grant.client_id:
                self.access_tokens[text] = replace(token, revoked=True)


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()


def _drop(mapping: dict[str, RefreshToken] | dict[str, Connection], keys: Iterable[str]) -> None:
    for key in list(keys):
        del mapping[key]


def _trim(mapping: dict[str, AccessToken] | dict[str, RefreshToken] | dict[str, Code]) -> None:
    """Forget the oldest; a test that asks for a token a thousand times must not fill memory."""
    while len(mapping) > MAX_REMEMBERED:
        del mapping[next(iter(mapping))]
