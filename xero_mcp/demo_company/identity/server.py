"""The identity host: which path does what."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from xero_mcp.demo_company.identity.consent import ConsentPage
from xero_mcp.demo_company.identity.tokens import OAuthError, TokenEndpoint
from xero_mcp.demo_company.wire.errors import not_found
from xero_mcp.demo_company.wire.reply import Reply
from xero_mcp.demo_company.wire.request import Request

MAX_FORM_FIELDS: Final = 50

_AUTHORIZE: Final = "/identity/connect/authorize"
_JWKS: Final = "/.well-known/openid-configuration/jwks"
_NO_STORE: Final = {"Cache-Control": "no-store, no-cache, max-age=0", "Pragma": "no-cache"}


@dataclass(kw_only=True)
class IdentityServer:
    """Answers identity.xero.com's and login.xero.com's paths."""

    tokens: TokenEndpoint
    consent: ConsentPage

    def __post_init__(self) -> None:
        self._paths: dict[tuple[str, str], Callable[[Request], Reply]] = {
            ("GET", _AUTHORIZE): lambda request: self.consent.show(request.query),
            ("POST", _AUTHORIZE): self._decide,
            ("POST", "/connect/token"): self._token,
            ("POST", "/connect/revocation"): self._revoke,
            ("GET", "/.well-known/openid-configuration"): _discovery,
            ("GET", _JWKS): lambda _: _plain_json(self.tokens.signer.key_set()),
        }

    def owns(self, path: str) -> bool:
        return any(path == known for _, known in self._paths)

    def answer(self, request: Request) -> Reply:
        handle = self._paths.get((request.method, request.path))
        return handle(request) if handle is not None else not_found()

    def _token(self, request: Request) -> Reply:
        form = dict(_form(request.body))
        authorization = request.headers.get("authorization", "")
        try:
            answer = self.tokens.token(form, authorization, issuer=request.origin)
        except OAuthError as refused:
            return _plain_json(refused.body(), status=400)
        return _plain_json(answer).with_headers(_NO_STORE)

    def _revoke(self, request: Request) -> Reply:
        form = dict(_form(request.body))
        try:
            self.tokens.revoke(form, request.headers.get("authorization", ""))
        except OAuthError as refused:
            return _plain_json(refused.body(), status=400)
        return Reply(status=200)

    def _decide(self, request: Request) -> Reply:
        fields = _form(request.body)
        tenants = [value for name, value in fields if name == "tenant"]
        allowed = ("decision", "allow") in fields
        return self.consent.decide(request.query, tenants, allowed=allowed)


def _discovery(request: Request) -> Reply:
    base = request.origin
    return _plain_json(
        {
            "issuer": base,
            "jwks_uri": f"{base}{_JWKS}",
            "authorization_endpoint": f"{base}{_AUTHORIZE}",
            "token_endpoint": f"{base}/connect/token",
            "revocation_endpoint": f"{base}/connect/revocation",
            "response_types_supported": ["code"],
            "grant_types_supported": [
                "authorization_code",
                "client_credentials",
                "refresh_token",
            ],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": [
                "client_secret_basic",
                "client_secret_post",
            ],
            "code_challenge_methods_supported": ["S256"],
        }
    )


def _form(body: bytes) -> Sequence[tuple[str, str]]:
    """Read a form; one that cannot be read is an empty one, and fails for what it lacks."""
    try:
        text = body.decode()
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS)
    except ValueError:
        return []


def _plain_json(value: Mapping[str, Any], *, status: int = 200) -> Reply:
    return Reply(
        status=status,
        body=json.dumps(value, separators=(",", ":")).encode(),
        content_type="application/json; charset=UTF-8",
    )
