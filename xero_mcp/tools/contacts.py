"""Customers and suppliers."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import ListAnswer, WriteAnswer
from xero_mcp.tool.args import Day, ShortText, Write
from xero_mcp.tool.declare import GET, PUT, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.table import Column, chosen
from xero_mcp.tools.paging import PagedListing, day_start, list_answer
from xero_mcp.xero.models.contact import Contact, Contacts, ContactsWrite, ContactWrite, PhoneWrite
from xero_mcp.xero.models.history import HistoryRecords
from xero_mcp.xero.scoped import ScopedXero
from xero_mcp.xero.where import order

ContactField = Literal[
    "contact_id",
    "name",
    "email",
    "status",
    "is_customer",
    "is_supplier",
    "owes_us",
    "we_owe",
    "account_number",
    "contact_number",
    "first_name",
    "last_name",
    "currency",
    "updated_at",
]


def _owes_us(contact: Contact) -> Decimal | None:
    owed = contact.balances.accounts_receivable if contact.balances else None
    return owed.outstanding if owed else None


def _we_owe(contact: Contact) -> Decimal | None:
    owed = contact.balances.accounts_payable if contact.balances else None
    return owed.outstanding if owed else None


COLUMNS = (
    Column[Contact](name="contact_id", read=lambda one: one.contact_id),
    Column[Contact](name="name", read=lambda one: one.name),
    Column[Contact](name="email", read=lambda one: one.email_address),
    Column[Contact](name="is_customer", read=lambda one: one.is_customer),
    Column[Contact](name="is_supplier", read=lambda one: one.is_supplier),
    Column[Contact](name="owes_us", read=_owes_us),
    Column[Contact](name="we_owe", read=_we_owe),
    Column[Contact](name="status", read=lambda one: (one.contact_status or "").lower()),
    Column[Contact](name="account_number", read=lambda one: one.account_number, usual=False),
    Column[Contact](name="contact_number", read=lambda one: one.contact_number, usual=False),
    Column[Contact](name="first_name", read=lambda one: one.first_name, usual=False),
    Column[Contact](name="last_name", read=lambda one: one.last_name, usual=False),
    Column[Contact](name="currency", read=lambda one: one.default_currency, usual=False),
    Column[Contact](name="updated_at", read=lambda one: one.updated_date_utc, usual=False),
)


class ListContacts(PagedListing):
    """Arguments of list-contacts."""

    search: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        default=None, description="Text in name, first or last name, number or email address."
    )
    archived: bool = Field(default=False, description="Archived contacts too.")
    modified_since: Day | None = Field(
        default=None, description="Only changed on or after this day (UTC)."
    )
    fields: list[ContactField] | None = Field(
        default=None, min_length=1, max_length=14, description="Columns to show, in this order."
    )


@tool(
    area=Area.CONTACTS,
    access=Access.READ,
    reaches=(GET("/Contacts"),),
    says="list contacts{ matching: search} (page {page})",
)
async def list_contacts(args: ListContacts, xero: ScopedXero) -> ListAnswer:
    """List customers and suppliers by name, with what they owe us and what we owe them.

    Search by part of a name to find a contact_id before writing. Amounts are in base currency.
    """
    params = {
        "page": args.page,
        "pageSize": args.page_size,
        "order": order("Contacts", "Name"),
        "searchTerm": args.search,
        "includeArchived": True if args.archived else None,
    }
    found = await xero.get(
        "/Contacts", Contacts, params=params, modified_since=day_start(args.modified_since)
    )
    shown = chosen(COLUMNS, fields=args.fields, full=args.detail == "full")
    return list_answer(
        found.contacts, shown, organisation=xero.organisation.name, pagination=found.pagination
    )


CONTACT_HISTORY = GET("/Contacts/{ContactID}/History")


async def known_for(contact_id: str, xero: ScopedXero) -> timedelta | None:
    """How long the contact has been there: since the oldest entry of its history.

    None where Xero tells no date: a policy then takes the strictest case.
    """
    found = await xero.get(CONTACT_HISTORY.path, HistoryRecords, ids={"ContactID": contact_id})
    dates = [record.date_utc for record in found.history_records if record.date_utc]
    return xero.clock.now() - min(dates) if dates else None


class CreateContact(Write):
    """Arguments of create-contact."""

    name: ShortText = Field(description="Name of the company or person; unique among the active.")
    email: (
        Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=255)] | None
    ) = Field(default=None, description="Email address.")
    first_name: ShortText | None = Field(default=None, description="First name of the person.")
    last_name: ShortText | None = Field(default=None, description="Last name of the person.")
    phone: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = Field(
        default=None, description="Telephone number."
    )
    contact_number: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = Field(
        default=None, description="Your own number for it, from another system."
    )
    account_number: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = Field(
        default=None, description="The account number that they know us by, or we them."
    )


async def _facts(args: CreateContact, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    del args, xero, wanted
    return Facts(object_type="contact", bank_details_change=False)


@tool(
    area=Area.CONTACTS,
    access=Access.DRAFT,
    reaches=(PUT("/Contacts"),),
    says="create the contact {name}",
    facts=_facts,
)
async def create_contact(args: CreateContact, xero: ScopedXero) -> WriteAnswer:
    """Create a customer or supplier.

    Search list-contacts first: Xero refuses a second active contact of the same name.
    """
    phones = (PhoneWrite(phone_type="DEFAULT", phone_number=args.phone),) if args.phone else None
    body = ContactsWrite(
        contacts=(
            ContactWrite(
                name=args.name,
                email_address=args.email,
                first_name=args.first_name,
                last_name=args.last_name,
                contact_number=args.contact_number,
                account_number=args.account_number,
                phones=phones,
            ),
        )
    )
    created = (await xero.put("/Contacts", Contacts, body)).contacts[0]
    return WriteAnswer(
        id=created.contact_id,
        status=(created.contact_status or "ACTIVE").lower(),
        contact=created.name,
        changed="A contact was created.",
        link=f"https://go.xero.com/Contacts/View/{created.contact_id}",
        undo="Archive it in Xero: a contact cannot be deleted.",
        organisation=xero.organisation.name,
    )
