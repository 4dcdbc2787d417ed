"""Groups of contacts, and who is in them."""

from typing import Literal

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import ListAnswer, WriteAnswer
from xero_mcp.tool.args import InOrganisation, ShortText, Write, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import DELETE, GET, POST, PUT, tool
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.table import Column, TextColumn
from xero_mcp.tool.trace import Trace, Traced, by
from xero_mcp.tools.paging import list_answer
from xero_mcp.xero.models.contact import Contact, ContactRef, Contacts
from xero_mcp.xero.models.contact_group import (
    ContactGroup,
    ContactGroups,
    ContactGroupsWrite,
    ContactGroupWrite,
    MembersWrite,
)
from xero_mcp.xero.scoped import ScopedXero

ALL = "/ContactGroups"
GROUP = "/ContactGroups/{ContactGroupID}"
MEMBERS = "/ContactGroups/{ContactGroupID}/Contacts"
MEMBER = "/ContactGroups/{ContactGroupID}/Contacts/{ContactID}"
MAX_MEMBERS = 50

COLUMNS = (
    Column[ContactGroup](name="group_id", read=lambda one: one.contact_group_id),
    TextColumn[ContactGroup](name="name", read=lambda one: one.name),
    Column[ContactGroup](name="status", read=lambda one: one.status.lower()),
)
MEMBER_COLUMNS = (
    Column[Contact](name="contact_id", read=lambda one: one.contact_id),
    TextColumn[Contact](name="name", read=lambda one: one.name),
)


class ListContactGroups(InOrganisation):
    """Arguments of list-contact-groups."""

    group_id: XeroId | None = Field(default=None, description="Its members instead.")


@tool(
    area=Area.CONTACTS,
    access=Access.READ,
    reaches=(GET(ALL), GET(GROUP)),
    listed_as=ListedAs(
        name="list-settings",
        kinds={"contact-groups": {}},
        names={"id": "group_id"},
    ),
    says="list contact groups",
)
async def list_contact_groups(args: ListContactGroups, xero: ScopedXero) -> ListAnswer:
    """List contact groups; with group_id, the contacts in one."""
    here = xero.organisation.name
    if args.group_id is None:
        groups = (await xero.get(ALL, ContactGroups)).contact_groups
        return list_answer(groups, COLUMNS, organisation=here)
    found = await xero.get(GROUP, ContactGroups, ids={"ContactGroupID": args.group_id})
    members = [contact for group in found.contact_groups for contact in group.contacts]
    return list_answer(members, MEMBER_COLUMNS, organisation=here)


Action = Literal["create", "rename", "delete", "add", "remove", "empty"]


class SaveContactGroup(Write):
    """Arguments of save-contact-group."""

    action: Action = Field(description="add, remove: contacts; empty: all of them.")
    group_id: XeroId | None = Field(default=None, description="Not to create.")
    name: ShortText | None = Field(default=None, description="To create or rename.")
    contact_ids: list[XeroId] | None = Field(
        default=None, min_length=1, max_length=MAX_MEMBERS, description="To add; to remove: one."
    )

    @model_validator(mode="after")
    def _has_what_it_takes(self) -> "SaveContactGroup":
        if (self.action == "create") == (self.group_id is not None):
            raise ValueError("needs group_id (list-settings: contact-groups), except to create")
        if (self.action in {"create", "rename"}) != (self.name is not None):
            raise ValueError("create and rename need a name, the other actions take none")
        if (self.action in {"add", "remove"}) != (self.contact_ids is not None):
            raise ValueError("add and remove need contact_ids, the other actions take none")
        if self.action == "remove" and len(self.contact_ids or ()) > 1:
            raise ValueError("removes one contact a call")
        return self


_GROUP = Traced(
    path=ALL,
    key="ContactGroupID",
    id_argument="group_id",
    marks={"name": "Name"},
    proofs=(("name",),),
    end_by="action",
    ends={"delete": ("DELETED",)},
    apart=frozenset({"action"}),
    shown="Name",
)
_MEMBER = Traced(
    path=GROUP,
    key="ContactID",
    places={"ContactGroupID": "group_id"},
    inside="Contacts",
    each="contact_ids",
    id_argument="contact_ids",
    marks={"contact_ids": "ContactID"},
    proofs=(("contact_ids",),),
    end_by="action",
    ends={"remove": (), "empty": ()},
    apart=frozenset({"action"}),
    shown="Name",
)
_trace: Trace = by(
    "action",
    {
        "create": _GROUP,
        "rename": _GROUP,
        "delete": _GROUP,
        "add": _MEMBER,
        "remove": _MEMBER,
        "empty": _MEMBER,
    },
)


@tool(
    area=Area.CONTACTS,
    access=Access.DRAFT,
    access_by=Varies(
        argument="action",
        values={
            "create": Access.DRAFT.value,
            "rename": Access.DRAFT.value,
            "add": Access.DRAFT.value,
            "remove": Access.DRAFT.value,
            "empty": Access.FULL.value,
            "delete": Access.FULL.value,
        },
    ),
    reaches=(PUT(ALL), POST(GROUP), PUT(MEMBERS), DELETE(MEMBERS), DELETE(MEMBER)),
    words={
        "action": {
            "add": "add contacts to",
            "remove": "remove a contact from",
        }
    },
    says="{action} the contact group{ named: name}{ with the id: group_id}",
    trace=_trace,
)
async def save_contact_group(args: SaveContactGroup, xero: ScopedXero) -> WriteAnswer:
    """Create, rename or delete a contact group; add, remove or empty its contacts.

    The contacts themselves stay as they are.
    """
    ids = {"ContactGroupID": args.group_id or ""}
    group_id, changed = args.group_id or "", f"The group: {args.action}."
    match args.action:
        case "create" | "rename" | "delete":
            group = await _save_group(args, xero)
            group_id, changed = group.contact_group_id, f"The group was {args.action}d."
        case "add":
            await _add(args.contact_ids or [], ids, xero)
            changed = f"Contacts added to the group: {len(args.contact_ids or [])}."
        case "remove":
            await xero.delete(
                MEMBER, Contacts, ids={**ids, "ContactID": (args.contact_ids or [""])[0]}
            )
            changed = "A contact was removed from the group."
        case "empty":
            await xero.delete(MEMBERS, Contacts, ids=ids)
            changed = "Every contact was removed from the group."
    return WriteAnswer(
        id=group_id, changed=changed, undo=_undo(args.action), organisation=xero.organisation.name
    )


async def _save_group(args: SaveContactGroup, xero: ScopedXero) -> ContactGroup:
    status = "DELETED" if args.action == "delete" else None
    body = ContactGroupsWrite(contact_groups=(ContactGroupWrite(name=args.name, status=status),))
    if args.action == "create":
        found = await xero.put(ALL, ContactGroups, body)
    else:
        ids = {"ContactGroupID": args.group_id or ""}
        found = await xero.post(GROUP, ContactGroups, body, ids=ids)
    return found.contact_groups[0]


async def _add(contact_ids: list[str], ids: dict[str, str], xero: ScopedXero) -> None:
    members = MembersWrite(contacts=tuple(ContactRef(contact_id=one) for one in contact_ids))
    await xero.put(MEMBERS, Contacts, members, ids=ids)


def _undo(action: Action) -> str | None:
    return {
        "create": "Delete it with save-contact-group.",
        "add": "Remove them with save-contact-group.",
        "remove": "Add it again.",
        "rename": "Rename it back.",
    }.get(action)
