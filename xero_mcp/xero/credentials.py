"""Where Xero is and who we are to it."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from xero_mcp.xero.secret import Secret

_FINGERPRINT_CHARS: Final = 16
_HOST_CHARS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class XeroHosts:
    """The three hosts, without a slash at the end; all may be one and the same demo company."""

    api_url: str = "https://api.xero.com"
    identity_url: str = "https://identity.xero.com"
    login_url: str = "https://login.xero.com"

    @property
    def accounting_url(self) -> str:
        return f"{self.api_url.rstrip('/')}/api.xro/2.0"

    @property
    def connections_url(self) -> str:
        return f"{self.api_url.rstrip('/')}/connections"

    @property
    def token_url(self) -> str:
        return f"{self.identity_url.rstrip('/')}/connect/token"

    @property
    def authorize_url(self) -> str:
        return f"{self.login_url.rstrip('/')}/identity/connect/authorize"

    @property
    def discovery_url(self) -> str:
        return f"{self.identity_url.rstrip('/')}/.well-known/openid-configuration"

    @property
    def fingerprint(self) -> str:
        """Names the identity host: what one host gave is never sent to another."""
        return sha256(self.token_url.encode()).hexdigest()[:_HOST_CHARS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A Custom Connection (client id and secret) or a bearer token that somebody else keeps fresh.

    Build one with `custom_connection` or `bearer`.
    """

    client_id: str = ""
    client_secret: Secret | None = None
    bearer_token: Secret | None = None

    def __post_init__(self) -> None:
        if (self.bearer_token is None) == (self.client_secret is None):
            raise ValueError("give a client id with its secret, or a bearer token: exactly one")
        if self.client_secret is not None and not self.client_id:
            raise ValueError("a client secret needs its client id")
        for name, text in self._texts():
            # A line end in a header would end up, token and all, in somebody's error message.
            if not (text.isascii() and text.isprintable()) or " " in text:
                raise ValueError(f"the {name} holds a space or a character that no {name} has")

    def _texts(self) -> list[tuple[str, str]]:
        secrets = [("client secret", self.client_secret), ("bearer token", self.bearer_token)]
        named = [(name, secret.reveal()) for name, secret in secrets if secret is not None]
        return [("client id", self.client_id), *named]

    @classmethod
    def custom_connection(cls, client_id: str, client_secret: Secret) -> "Credentials":
        return cls(client_id=client_id, client_secret=client_secret)

    @classmethod
    def bearer(cls, token: Secret) -> "Credentials":
        return cls(bearer_token=token)

    @property
    def fingerprint(self) -> str:
        """Names the credential in the store without giving anything of it away."""
        named = self.bearer_token.reveal() if self.bearer_token else self.client_id
        kind = "bearer" if self.bearer_token else "client"
        return sha256(f"{kind}:{named}".encode()).hexdigest()[:_FINGERPRINT_CHARS]
