from typing import Annotated

from xero_mcp.xero.models.base import Findings, Listed, XeroModel, XeroWrite
from xero_mcp.xero.models.contact import Contact, ContactRef
from xero_mcp.xero.text import XeroText


class ContactGroup(XeroModel):
    """A group with its members; only the answer about one group has them."""

    contact_group_id: str = ""
    name: XeroText = ""
    status: str = ""
    contacts: Annotated[tuple[Contact, ...], Listed] = ()
    validation_errors: Findings = ()


class ContactGroups(XeroModel):
    contact_groups: Annotated[tuple[ContactGroup, ...], Listed] = ()


class ContactGroupWrite(XeroWrite):
    name: str | None = None
    status: str | None = None


class ContactGroupsWrite(XeroWrite):
    contact_groups: tuple[ContactGroupWrite, ...]


class MembersWrite(XeroWrite):
    contacts: tuple[ContactRef, ...]
