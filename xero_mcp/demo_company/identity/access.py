"""Whether a call may pass: its token, its organisation, its scope, in the order Xero looks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from xero_mcp.demo_company.identity.grants import AccessToken, Connection, Grants
from xero_mcp.demo_company.wire.errors import Problems
from xero_mcp.demo_company.wire.reply import Reply


@dataclass(kw_only=True)
class AccessCheck:
    """Answers with what was found, or with the reply that refuses the call."""

    grants: Grants
    problems: Problems
    now: Callable[[], datetime]

    def token(self, authorization: str) -> AccessToken | Reply:
        scheme, _, text = authorization.partition(" ")
        token = self.grants.access_tokens.get(text.strip()) if scheme.lower() == "bearer" else None
        if token is None or token.revoked:
            return self.problems.not_authenticated()
        if self.now() >= token.expires:
            return self.problems.token_expired(token.expires)
        return token

    def connection(self, token: AccessToken, tenant_id: str) -> Connection | Reply:
        """Find the organisation; the header may be absent where the token sees just one."""
        connections = self.grants.of(token.grant.client_id)
        if not tenant_id and len(connections) == 1:
            return connections[0]
        for each in connections:
            if each.organisation_id == tenant_id.strip().lower():
                return each
        return self.problems.wrong_organisation()

    def wrong_organisation(self) -> Reply:
        return self.problems.wrong_organisation()
