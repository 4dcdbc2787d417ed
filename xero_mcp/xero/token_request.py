"""Asking Xero's identity host for a token: one request, one answer, no memory."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from xero_mcp.xero.credentials import Credentials
from xero_mcp.xero.network import Answer, Outgoing
from xero_mcp.xero.secret import Secret
from xero_mcp.xero.text import MAX_CODE_CHARS, quoted
from xero_mcp.xero.wire import Json, NotJsonError, read_json

if TYPE_CHECKING:
    import httpx2

_OK: Final = 200
_REFUSED: Final = frozenset({400, 401, 403})
DEFAULT_LIFETIME_SECONDS: Final = 1800
MAX_LIFETIME_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A token, how long it lives, and the scopes it was asked for."""

    access_token: Secret
    lifetime_seconds: int
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """OAuth's own word, such as `invalid_scope` or `invalid_client`."""

    error: str


class TokenHostError(Exception):
    """The identity host answered, but not as one does: a 5xx, a page, half a body."""


def client_credentials(url: str, credentials: Credentials, scopes: Iterable[str]) -> Outgoing:
    """The request of a Custom Connection.

    authlib writes the form and the client's authentication. Its AsyncOAuth2Client is not
    used: it is an HTTP client of its own, with one token and one set of scopes, whereas here
    several tokens, one for each agent's scopes, share a connection and a store.
    """
    secret = credentials.client_secret
    if secret is None:
        raise ValueError("a token is asked for with a client id and its secret")
    scope = " ".join(sorted(scopes))
    client = (credentials.client_id, secret)
    return token_form(url, "client_credentials", {"scope": scope}, client=client)


def token_form(
    url: str, grant_type: str, form: Mapping[str, str], *, client: tuple[str, Secret | None]
) -> Outgoing:
    """Any request to the token endpoint; a client without a secret says in the form who it is."""
    client_auth = _authlib("integrations.httpx_client", "OAuth2ClientAuth")
    write = _authlib("oauth2.rfc6749.parameters", "prepare_token_request")
    body = cast("str", write(grant_type, **form))
    client_id, secret = client
    auth = client_auth(client_id, secret.reveal(), "client_secret_basic") if secret else None
    return Outgoing(
        method="POST",
        url=url,
        headers={
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        },
        body=body.encode(),
        auth=cast("httpx2.Auth | None", auth),
    )


def _authlib(module: str, name: str) -> Callable[..., object]:
    """From authlib, which has no types, and is too much to load before a token is wanted."""
    found: object = getattr(importlib.import_module(f"authlib.{module}"), name)
    return cast("Callable[..., object]", found)


def read_answer(answer: Answer, scopes: frozenset[str]) -> Granted | Refused:
    """Understand what came back.

    Raises:
        TokenHostError: it is neither a token nor a refusal.
    """
    try:
        body = read_json(answer.body)
    except NotJsonError:
        body = None
    fields: dict[str, Json] = body if isinstance(body, dict) else {}
    token = fields.get("access_token")
    if answer.status == _OK and isinstance(token, str) and token:
        return Granted(
            access_token=Secret(token),
            lifetime_seconds=_lifetime(fields.get("expires_in")),
            scopes=scopes,
        )
    error = fields.get("error")
    if answer.status in _REFUSED and isinstance(error, str) and error:
        return Refused(error=quoted(error, max_chars=MAX_CODE_CHARS))
    raise TokenHostError(f"status {answer.status}")


def _lifetime(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return DEFAULT_LIFETIME_SECONDS
    return min(value, MAX_LIFETIME_SECONDS)
