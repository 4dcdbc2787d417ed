"""The people who work in the organisation."""

from xero_mcp.tool.table import Column, TextColumn
from xero_mcp.xero.models.user import User


def _name(user: User) -> str:
    return " ".join(part for part in (user.first_name, user.last_name) if part)


COLUMNS = (
    Column[User](name="user_id", read=lambda one: one.user_id),
    TextColumn[User](name="name", read=_name),
    TextColumn[User](name="email", read=lambda one: one.email_address),
    Column[User](name="role", read=lambda one: (one.organisation_role or "").lower()),
    Column[User](name="is_subscriber", read=lambda one: one.is_subscriber),
)
