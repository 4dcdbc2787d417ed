"""The door to the API: token, organisation and limits of a call, before anything is done for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from xero_mcp.demo_company.identity.access import AccessCheck
from xero_mcp.demo_company.identity.grants import AccessToken
from xero_mcp.demo_company.kernel import Company
from xero_mcp.demo_company.limits import Admission, Limits
from xero_mcp.demo_company.wire.errors import too_many
from xero_mcp.demo_company.wire.reply import Reply
from xero_mcp.demo_company.wire.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What the door gave a call: all it needs inside, or the reply that refuses it.

    `headers` belong on the answer either way.
    """

    token: AccessToken | None = None
    company: Company | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    refused: Reply | None = None


@dataclass(kw_only=True)
class Door:
    access: AccessCheck
    limits: Limits
    companies: Mapping[str, Company]

    def to_connections(self, request: Request) -> Pass:
        """Let a call in that belongs to no organisation."""
        token = self.access.token(request.headers.get("authorization", ""))
        if isinstance(token, Reply):
            return Pass(refused=token)
        admission = self.limits.count_app_only(token.grant.client_id)
        return Pass(token=token, headers=admission.headers, refused=_refusal(admission))

    def to_organisation(self, request: Request) -> Pass:
        """Let a call into an organisation; each one that comes out with a company must `leave`."""
        token = self.access.token(request.headers.get("authorization", ""))
        if isinstance(token, Reply):
            return Pass(refused=token)
        client_id = token.grant.client_id
        found = self.access.connection(token, request.headers.get("xero-tenant-id", ""))
        company = None if isinstance(found, Reply) else self.companies.get(found.organisation_id)
        if isinstance(found, Reply) or company is None:
            headers = self.limits.count_app_only(client_id).headers
            refused = found if isinstance(found, Reply) else None
            return Pass(headers=headers, refused=refused or self.access.wrong_organisation())
        admission = self.limits.enter(company.id, client_id)
        return Pass(
            token=token,
            company=company,
            headers=admission.headers,
            refused=_refusal(admission),
        )

    def leave(self, entered: Pass) -> None:
        if entered.company is not None:
            self.limits.leave(entered.company.id)


def _refusal(admission: Admission) -> Reply | None:
    return too_many({}) if admission.problem is not None else None
