"""Asking a person's leave in the browser: where they are sent, and what may come back.

Pure: the random texts are handed in, nothing is sent.
"""

import base64
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlencode, urlsplit

from xero_mcp.settings import Secret
from xero_mcp.xero.credentials import XeroHosts
from xero_mcp.xero.text import MAX_CODE_CHARS, quoted

OPENID: Final = "openid"
OFFLINE: Final = "offline_access"
IDENTITY: Final = ("openid", "profile", "email")
"""What tells us who signed in, for the list of connections."""
VERIFIER_BYTES: Final = 48
STATE_BYTES: Final = 24
MAX_CODE: Final = 2_048
_HTTP_PORT: Final = 80


class SignInRefusedError(Exception):
    """No tokens came of it: what happened, and the next step, in our own words."""


_PLAIN: Final = re.compile(r"[!-~]+")
"""Without spaces and other letters than ASCII's: a browser would write those in another way."""


class RedirectError(ValueError):
    """The redirect address cannot work; says what to write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Where the browser comes back to: a port and a path of this machine."""

    uri: str
    port: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to sign in. Its state, nonce and verifier serve once."""

    client_id: str
    redirect: Redirect
    scopes: tuple[str, ...]
    state: Secret
    verifier: Secret | None = field(default=None)
    """None for an app with a secret, which proves itself with that."""
    nonce: Secret | None = field(default=None)


def read_redirect(uri: str) -> Redirect:
    """Understand XERO_REDIRECT_URI, as far as this machine itself can answer there.

    Raises:
        RedirectError: it is no http://localhost address with a port of its own.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", _HTTP_PORT if parts.port is None else parts.port
    except ValueError:
        raise RedirectError("that is no address: write http://localhost:8910/callback") from None
    if _is_number(host):
        raise RedirectError("Xero takes no number as host: write http://localhost:8910/callback")
    if parts.scheme != "http" or host != "localhost" or parts.username:
        raise RedirectError(
            "nobody on this machine answers there: write http://localhost:8910/callback"
        )
    if parts.query or parts.fragment:
        raise RedirectError("it must end with the path, without ? or #")
    if port == 0:
        raise RedirectError("port 0 is no port that a browser finds: write another, such as 8910")
    if not _PLAIN.fullmatch(uri):
        raise RedirectError("Xero sends the browser to other letters than those: write plain ones")
    return Redirect(uri=uri, port=port, path=parts.path or "/")


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def begin(
    client_id: str,
    redirect: Redirect,
    scopes: Iterable[str],
    *,
    has_secret: bool,
    token_bytes: Callable[[int], bytes],
) -> Attempt:
    """A new attempt, with secrets of its own."""
    asked = tuple(dict.fromkeys((*scopes, OFFLINE)))
    return Attempt(
        client_id=client_id,
        redirect=redirect,
        scopes=asked,
        state=Secret(_text(token_bytes(STATE_BYTES))),
        verifier=None if has_secret else Secret(_text(token_bytes(VERIFIER_BYTES))),
        nonce=Secret(_text(token_bytes(STATE_BYTES))) if OPENID in asked else None,
    )


def authorize_url(hosts: XeroHosts, attempt: Attempt) -> str:
    """Where the person signs in. It holds no secret that would let anybody else end the attempt."""
    query = {
        "response_type": "code",
        "client_id": attempt.client_id,
        "redirect_uri": attempt.redirect.uri,
        "scope": " ".join(attempt.scopes),
        "state": attempt.state.reveal(),
    }
    if attempt.nonce is not None:
        query["nonce"] = attempt.nonce.reveal()
    if attempt.verifier is not None:
        query["code_challenge"] = _text(sha256(attempt.verifier.reveal().encode()).digest())
        query["code_challenge_method"] = "S256"
    return f"{hosts.authorize_url}?{urlencode(query)}"


def is_ours(attempt: Attempt, query: Mapping[str, str]) -> bool:
    """Whether a callback belongs to this attempt; anybody can send a browser to our port."""
    given, own = query.get("state", ""), attempt.state.reveal()
    return hmac.compare_digest(given.encode(), own.encode())


def code_of(query: Mapping[str, str]) -> Secret:
    """The code that a callback of ours brought.

    Raises:
        SignInRefusedError: it brought a no.
    """
    error = query.get("error", "")
    if error == "access_denied":
        raise SignInRefusedError(
            "Access was not given: the page at Xero was cancelled, or no organisation was chosen. "
            "Nothing has changed. Run `xero-mcp connect` to try again."
        )
    if error == "invalid_scope":
        raise SignInRefusedError(
            "Xero does not know one of the scopes for this app. An app from before 2 March 2026 "
            "may have the old broad ones: `xero-mcp connect --broad-scopes` asks for those; they "
            "end on 13 September 2027."
        )
    if error:
        word = quoted(error, max_chars=MAX_CODE_CHARS)
        raise SignInRefusedError(
            f"Xero refused to sign in ({word}). Check XERO_CLIENT_ID, and that the app in Xero's "
            "developer portal has exactly the redirect address of XERO_REDIRECT_URI."
        )
    code = query.get("code", "")
    if not 0 < len(code) <= MAX_CODE or not code.isascii() or not code.isprintable():
        raise SignInRefusedError("The browser brought no code. Run `xero-mcp connect` again.")
    return Secret(code)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
