"""JWTs of an identity provider: every check that stands between a token and an agent.

Nothing that a token says of where its key is (jku, x5u, jwk, x5c) is ever looked at.
"""

import json
import re
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Final, NamedTuple, Never, cast

from xero_mcp.agents.agent import AGENT_NAME, Agent, Refused
from xero_mcp.agents.issuer import Issuer
from xero_mcp.agents.jwks import KINDS
from xero_mcp.clock import Clock
from xero_mcp.text import one_line

MAX_TOKEN_CHARACTERS: Final = 12_000
MAX_KID: Final = 300
LEEWAY_SECONDS: Final = 60
"""How far the clocks of the provider and of this machine may be apart."""
TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_PART = re.compile(r"[A-Za-z0-9_-]*")
_SIGNED_PARTS: Final = 3
_ENCRYPTED_PARTS: Final = 5

Claims = Mapping[str, object]


class TokenError(Exception):
    """A token that is not taken; says why, in words that its holder may read."""


class Jwt(NamedTuple):
    """A token, taken apart and not yet believed."""

    header: Claims
    claims: Claims
    signed: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRules:
    """What a token must say."""

    audiences: frozenset[str]
    """Any of these: a token for somebody else's server must open nothing here (RFC 8707)."""
    agent_claim: str


class Tokens:
    """Reads tokens of one provider."""

    def __init__(
        self,
        issuer: Issuer,
        clock: Clock,
        rules: TokenRules,
        *,
        has_policy: Callable[[str], Awaitable[bool]],
    ) -> None:
        self._issuer = issuer
        self._clock = clock
        self._rules = rules
        self._has_policy = has_policy

    async def identify(self, jwt: Jwt) -> Agent | Refused:
        """The agent that a token names.

        Raises:
            StoreUnavailableError: it cannot be known now.
        """
        try:
            await self._must_be_signed(jwt)
            self._must_be_for_us(jwt.claims)
            self._must_be_of_now(jwt.claims)
        except TokenError as error:
            return Refused(why=str(error))
        claim = self._rules.agent_claim
        name = jwt.claims.get(claim)
        if not isinstance(name, str) or not AGENT_NAME.fullmatch(name):
            return Refused(
                why=f"The token names no agent in its claim {claim}.",
                is_known=True,
            )
        if not await self._has_policy(name):
            return Refused(why=f"There is no policy for the agent {name}.", is_known=True)
        subject = jwt.claims.get("sub")
        behalf = one_line(subject, limit=200) if isinstance(subject, str) else ""
        return Agent(
            name=name,
            credential_fingerprint=_fingerprint(self._issuer.url, subject, name),
            on_behalf_of=behalf or None,
        )

    async def _must_be_signed(self, jwt: Jwt) -> None:
        algorithm, kid = _algorithm(jwt.header), _kid(jwt.header)
        if jwt.claims.get("iss") != self._issuer.url:
            raise TokenError("The token is of another issuer.")
        keys = await self._issuer.keys_for(kid, algorithm)
        if not any(key.verifies(algorithm, jwt.signed, jwt.signature) for key in keys):
            raise TokenError("The token's signature is not of a key of its issuer.")

    def _must_be_for_us(self, claims: Claims) -> None:
        given = claims.get("aud")
        audiences = cast("list[object]", given) if isinstance(given, list) else [given]
        if not self._rules.audiences & {one for one in audiences if isinstance(one, str)}:
            raise TokenError("The token is for another audience than this server.")

    def _must_be_of_now(self, claims: Claims) -> None:
        now = Decimal(str(self._clock.now().timestamp()))
        ends, begins, made = (_moment(claims, name) for name in ("exp", "nbf", "iat"))
        if ends is None:
            raise TokenError("The token has no end (exp).")
        if ends <= now - LEEWAY_SECONDS:
            raise TokenError("The token has expired.")
        if any(one is not None and one > now + LEEWAY_SECONDS for one in (begins, made)):
            raise TokenError("The token is not valid yet.")


def looks_like_jwt(credential: str) -> bool:
    """Whether a credential is read as a token: a key of ours has no dot."""
    return "." in credential


def taken_apart(token: str) -> Jwt:
    """Read a token's parts; nothing of it is believed yet.

    Raises:
        TokenError: it is no signed token.
    """
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise TokenError("The token is too long.")
    parts = token.split(".")
    if len(parts) == _ENCRYPTED_PARTS:
        raise TokenError("Encrypted tokens (JWE) are not taken.")
    if len(parts) != _SIGNED_PARTS:
        raise TokenError("That token cannot be read.")
    header, claims, signature = (_decoded(part) for part in parts)
    signed = token.rpartition(".")[0].encode()
    return Jwt(_object(header), _object(claims), signed, signature)


def _algorithm(header: Claims) -> str:
    algorithm, kind = header.get("alg"), header.get("typ", "JWT")
    if not isinstance(algorithm, str) or algorithm not in KINDS:
        raise TokenError(f"A token must be signed by one of {', '.join(KINDS)}.")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise TokenError("That is a token of another type.")
    if "crit" in header or "b64" in header or "cty" in header or "zip" in header:
        raise TokenError("The token's header asks for what is not done here.")
    return algorithm


def _kid(header: Claims) -> str | None:
    kid = header.get("kid")
    if kid is not None and (not isinstance(kid, str) or len(kid) > MAX_KID):
        raise TokenError("The token names its key in a form that cannot be read.")
    return kid


def _moment(claims: Claims, name: str) -> Decimal | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TokenError(f"The token's {name} is no number.")
    return Decimal(value)


def _decoded(part: str) -> bytes:
    if not _PART.fullmatch(part):
        raise TokenError("That token cannot be read.")
    try:
        return urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (Base64Error, ValueError) as error:
        raise TokenError("That token cannot be read.") from error


def _object(text: bytes) -> Claims:
    try:
        found: object = json.loads(
            text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_once
        )
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise TokenError("That token cannot be read.") from error
    if not isinstance(found, dict):
        raise TokenError("That token cannot be read.")
    return cast("Claims", found)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Each name once: two readers must not see two tokens in one."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _no_number(text: str) -> Never:
    raise ValueError(f"{text} is no number")


def _fingerprint(issuer: str, subject: object, agent: str) -> str:
    """Names the one whom the token speaks for: it stays when the token is renewed."""
    text = json.dumps([issuer, subject if isinstance(subject, str) else None, agent])
    return f"jwt_{sha256(text.encode()).hexdigest()[:16]}"
