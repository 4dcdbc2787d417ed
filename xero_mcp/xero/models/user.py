from typing import Annotated

from xero_mcp.xero.models.base import Listed, XeroModel
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import XeroMoment


class User(XeroModel):
    """A person who may work in the organisation."""

    user_id: str = ""
    email_address: XeroText | None = None
    first_name: XeroText | None = None
    last_name: XeroText | None = None
    organisation_role: str | None = None
    is_subscriber: bool | None = None
    updated_date_utc: XeroMoment | None = None


class Users(XeroModel):
    users: Annotated[tuple[User, ...], Listed] = ()
