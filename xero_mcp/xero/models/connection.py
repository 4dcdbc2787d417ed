from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import XeroMoment

ORGANISATION_TYPE = "ORGANISATION"
"""The tenant type with books in it; a practice has none."""


class Connection(BaseModel):
    """A row of GET /connections; this host writes its names in camelCase."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    id: str
    tenant_id: str = Field(alias="tenantId")
    tenant_type: str = Field(default="", alias="tenantType")
    tenant_name: XeroText | None = Field(default=None, alias="tenantName")
    auth_event_id: str | None = Field(default=None, alias="authEventId")
    created_date_utc: XeroMoment | None = Field(default=None, alias="createdDateUtc")
    updated_date_utc: XeroMoment | None = Field(default=None, alias="updatedDateUtc")


class Connections(BaseModel):
    """The bare list of the answer, under a name."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    connections: tuple[Connection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRef:
    """An organisation that these credentials reach: the id goes on the wire, the name to people."""

    id: str
    name: str
