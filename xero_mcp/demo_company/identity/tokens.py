"""The token endpoint: a code, a refresh token or an app's own credentials for an access token."""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from xero_mcp.demo_company.identity.apps import IDENTITY_SCOPES, OFFLINE, Apps
from xero_mcp.demo_company.identity.client_login import Login, log_in
from xero_mcp.demo_company.identity.grants import ACCESS_LIFETIME, Code, Grant, Grants
from xero_mcp.demo_company.identity.signing import Signer, base64url, s256

USER_ID: Final = "c3b1f5b0-2f3a-4d8e-9a52-6f1f0d3b7a11"
USER: Final = {
    "sub": "a0d4c8b2e7f94b6c8d1e3f5a7b9c0d2e",
    "given_name": "Dana",
    "family_name": "Demo",
    "name": "Dana Demo",
    "preferred_username": "dana.demo@example.com",
    "email": "dana.demo@example.com",
}
BAD_SCOPE: Final = "Client credentials scope validation failed"

_VERIFIER: Final = re.compile(r"[A-Za-z0-9\-._~]{43,128}", re.ASCII)


class OAuthError(Exception):
    """An error of the token endpoint: always 400 with an `error`, sometimes described."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error, description)
        self.error = error
        self.description = description

    def body(self) -> dict[str, str]:
        described = {"error_description": self.description} if self.description else {}
        return {"error": self.error, **described}


@dataclass(kw_only=True)
class TokenEndpoint:
    """POST /connect/token and POST /connect/revocation."""

    apps: Apps
    grants: Grants
    signer: Signer
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    def token(self, form: Mapping[str, str], authorization: str, *, issuer: str) -> dict[str, Any]:
        """Answer a token request.

        Raises:
            OAuthError: with Xero's error word.
        """
        kinds = {
            "client_credentials": self._client_credentials,
            "authorization_code": self._code,
            "refresh_token": self._refresh,
        }
        kind = kinds.get(form.get("grant_type", ""))
        if kind is None:
            raise OAuthError("unsupported_grant_type" if form.get("grant_type") else _INVALID)
        login = log_in(self.apps, form, authorization)
        if login is None:
            raise OAuthError("invalid_client")
        return kind(login, form, issuer)

    def revoke(self, form: Mapping[str, str], authorization: str) -> None:
        """Revoke a refresh token with everything that came from it; an unknown one is fine.

        Raises:
            OAuthError: the client is not who it says.
        """
        login = log_in(self.apps, form, authorization)
        if login is None:
            raise OAuthError("invalid_client")
        token = self.grants.find_refresh(form.get("token", ""))
        if token is not None and _belongs(token.grant, login):
            self.grants.revoke_sign_in(token.grant)

    def _client_credentials(
        self, login: Login, form: Mapping[str, str], issuer: str
    ) -> dict[str, Any]:
        app = login.app
        if login.public:
            raise OAuthError("invalid_client")
        if app.organisations is None:
            raise OAuthError("unauthorized_client")
        grantable = app.scopes - IDENTITY_SCOPES - {OFFLINE}
        asked = form.get("scope", "").split() or sorted(grantable)
        if not grantable.issuperset(asked):
            raise OAuthError("invalid_scope", BAD_SCOPE)
        grant = Grant(
            client_id=app.client_id,
            scopes=tuple(dict.fromkeys(asked)),
            auth_event_id=self.new_id(),
            auth_time=self.now(),
            user=False,
        )
        return self._answer(grant, issuer)

    def _code(self, login: Login, form: Mapping[str, str], issuer: str) -> dict[str, Any]:
        code = self.grants.take_code(form.get("code", ""))
        if code is None or not _belongs(code.grant, login):
            raise OAuthError("invalid_grant")
        if code.redirect_uri != form.get("redirect_uri", "") or not _proves(code, form):
            raise OAuthError("invalid_grant")
        return self._answer(code.grant, issuer)

    def _refresh(self, login: Login, form: Mapping[str, str], issuer: str) -> dict[str, Any]:
        text = form.get("refresh_token", "")
        known = self.grants.find_refresh(text)
        if known is None or not _belongs(known.grant, login):
            raise OAuthError("invalid_grant")
        token = self.grants.take_refresh(text)
        if token is None:
            raise OAuthError("invalid_grant")
        return self._answer(token.grant, issuer)

    def _answer(self, grant: Grant, issuer: str) -> dict[str, Any]:
        access = self.signer.sign(self._access_claims(grant, issuer), typ="at+jwt")
        self.grants.add_access(access, grant)
        answer: dict[str, Any] = {
            "access_token": access,
            "expires_in": int(ACCESS_LIFETIME.total_seconds()),
            "token_type": "Bearer",
            "scope": " ".join(grant.scopes),
        }
        if "openid" in grant.scopes:
            answer["id_token"] = self.signer.sign(self._identity_claims(grant, issuer, access))
        if OFFLINE in grant.scopes:
            answer["refresh_token"] = secrets.token_urlsafe(32)
            self.grants.add_refresh(answer["refresh_token"], grant)
        return answer

    def _times(self, issuer: str) -> dict[str, Any]:
        now = int(self.now().timestamp())
        end = now + int(ACCESS_LIFETIME.total_seconds())
        return {"nbf": now, "exp": end, "iat": now, "iss": issuer}

    def _access_claims(self, grant: Grant, issuer: str) -> dict[str, Any]:
        claims = {
            **self._times(issuer),
            "aud": f"{issuer}/resources",
            "client_id": grant.client_id,
            "jti": secrets.token_hex(16).upper(),
            "authentication_event_id": grant.auth_event_id,
            "scope": list(grant.scopes),
        }
        if not grant.user:
            return claims
        return {
            **claims,
            "sub": USER["sub"],
            "auth_time": int(grant.auth_time.timestamp()),
            "xero_userid": USER_ID,
            "global_session_id": secrets.token_hex(16),
        }

    def _identity_claims(self, grant: Grant, issuer: str, access: str) -> dict[str, Any]:
        claims: dict[str, Any] = {
            **self._times(issuer),
            "aud": grant.client_id,
            "at_hash": base64url(sha256(access.encode("ascii")).digest()[:16]),
            "auth_time": int(grant.auth_time.timestamp()),
            "sub": USER["sub"],
            "xero_userid": USER_ID,
            "sid": secrets.token_hex(16),
        }
        if grant.nonce:
            claims["nonce"] = grant.nonce
        if "profile" in grant.scopes:
            claims.update({k: v for k, v in USER.items() if k not in {"sub", "email"}})
        if "email" in grant.scopes:
            claims["email"] = USER["email"]
        return claims


_INVALID: Final = "invalid_request"


def _belongs(grant: Grant, login: Login) -> bool:
    """Say whether an app may use a grant: a secret, or PKCE where there was none, is needed."""
    return grant.client_id == login.app.client_id and (grant.pkce or not login.public)


def _proves(code: Code, form: Mapping[str, str]) -> bool:
    """Check the PKCE verifier; without a challenge the client's secret was proof enough."""
    verifier = form.get("code_verifier", "")
    if not code.challenge:
        return not verifier
    return bool(_VERIFIER.fullmatch(verifier)) and s256(verifier) == code.challenge
