"""Asking Xero's identity host for the tokens of a person's sign-in, the first and the next ones.

As in `token_request`: one request, one answer, no memory.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from xero_mcp.xero.credentials import XeroHosts
from xero_mcp.xero.network import Answer, Outgoing
from xero_mcp.xero.secret import Secret
from xero_mcp.xero.sign_in_request import Attempt
from xero_mcp.xero.text import MAX_CODE_CHARS, quoted
from xero_mcp.xero.token_request import Granted, Refused, read_answer, token_form
from xero_mcp.xero.wire import Json, NotJsonError, read_json

MAX_CLAIMS_BYTES: Final = 32_768
MAX_PERSON_CHARS: Final = 120
_SEGMENTS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """An app in Xero's developer portal; without a secret it signs in by PKCE."""

    client_id: str
    secret: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What one answer brought. The refresh token in it replaces the one that was sent."""

    access_token: Secret
    refresh_token: Secret
    lifetime_seconds: int
    scopes: frozenset[str]
    auth_event_id: str
    nonce: str
    audience: str
    person: str
    """Who signed in, as Xero says; empty where that was not asked."""


def exchange_code(hosts: XeroHosts, app: App, attempt: Attempt, code: Secret) -> Outgoing:
    """Give the code for tokens; it is good for one request."""
    form = {"code": code.reveal(), "redirect_uri": attempt.redirect.uri}
    if attempt.verifier is not None:
        form["code_verifier"] = attempt.verifier.reveal()
    return _request(hosts, app, "authorization_code", form)


def exchange_refresh(hosts: XeroHosts, app: App, refresh_token: Secret) -> Outgoing:
    return _request(hosts, app, "refresh_token", {"refresh_token": refresh_token.reveal()})


def _request(hosts: XeroHosts, app: App, grant_type: str, form: Mapping[str, str]) -> Outgoing:
    if app.secret is None:
        form = {**form, "client_id": app.client_id}
    return token_form(hosts.token_url, grant_type, form, client=(app.client_id, app.secret))


def read_signed_in(answer: Answer, *, asked: Iterable[str] = ()) -> SignedIn | Refused:
    """Understand what came back; `asked` stands in where the answer does not name its scopes.

    Raises:
        TokenHostError: it is neither tokens nor a refusal.
    """
    granted: Granted | Refused = read_answer(answer, frozenset(asked))
    if isinstance(granted, Refused):
        return granted
    fields = _fields(answer.body)
    refresh = fields.get("refresh_token")
    if not isinstance(refresh, str) or not refresh:
        return Refused(error="no refresh token came: the app lacks offline_access")
    scopes = fields.get("scope")
    claims = claims_of(granted.access_token.reveal())
    identity = claims_of(_text(fields, "id_token"))
    return SignedIn(
        access_token=granted.access_token,
        refresh_token=Secret(refresh),
        lifetime_seconds=granted.lifetime_seconds,
        scopes=frozenset(scopes.split()) if isinstance(scopes, str) and scopes else granted.scopes,
        auth_event_id=_code(claims, "authentication_event_id"),
        nonce=_text(identity, "nonce"),
        audience=_text(identity, "aud"),
        person=quoted(
            _text(identity, "email") or _text(identity, "name"), max_chars=MAX_PERSON_CHARS
        ),
    )


def claims_of(token: str) -> Mapping[str, Json]:
    """What a JWT says, unproven: it came over TLS from the host that makes it, and opens nothing.

    Empty for a token that is none, such as an opaque one.
    """
    segments = token.split(".")
    if len(segments) != _SEGMENTS or len(segments[1]) > MAX_CLAIMS_BYTES:
        return {}
    try:
        return _fields(base64.urlsafe_b64decode(segments[1] + "=" * (-len(segments[1]) % 4)))
    except ValueError:
        return {}


def _fields(body: bytes) -> dict[str, Json]:
    try:
        found = read_json(body)
    except NotJsonError:
        return {}
    return cast("dict[str, Json]", found) if isinstance(found, dict) else {}


def _text(fields: Mapping[str, Json], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _code(fields: Mapping[str, Json], name: str) -> str:
    return quoted(_text(fields, name), max_chars=MAX_CODE_CHARS)
