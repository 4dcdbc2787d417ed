"""How an app says who it is: Basic, its secret in the form, or PKCE without any secret."""

from base64 import b64decode
from binascii import Error as NotBase64Error
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from urllib.parse import unquote_plus

from xero_mcp.demo_company.identity.apps import App, Apps


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """An app at the token endpoint. Without a secret it is `public`: only PKCE's grants are its."""

    app: App
    public: bool


def log_in(apps: Apps, form: Mapping[str, str], authorization: str) -> Login | None:
    """Return the app that a token request comes from, None where it fails to prove it."""
    if authorization:
        pair = _basic(authorization)
        return _proven(apps, *pair) if pair is not None else None
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if secret:
        return _proven(apps, client_id, secret)
    return Login(app=apps.find(client_id), public=True) if client_id else None


def _proven(apps: Apps, client_id: str, secret: str) -> Login | None:
    if not client_id or not secret:
        return None
    app = apps.find(client_id)
    if app.secret is not None and not compare_digest(app.secret.encode(), secret.encode()):
        return None
    return Login(app=app, public=False)


def _basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = b64decode(encoded.strip(), validate=True).decode()
    except (NotBase64Error, UnicodeDecodeError, ValueError):
        return None
    client_id, colon, secret = text.partition(":")
    # RFC 6749 has both form-encoded first; for the usual characters this changes nothing.
    return (unquote_plus(client_id), unquote_plus(secret)) if colon else None
