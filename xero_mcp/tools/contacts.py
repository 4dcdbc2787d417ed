"""Customers and suppliers."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import WriteAnswer
from xero_mcp.tool.args import Day, ShortText, Write
from xero_mcp.tool.declare import GET, PUT, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.table import Column, TextColumn
from xero_mcp.tool.trace import Traced
from xero_mcp.tools.links import contact_link, short_code
from xero_mcp.tools.paging import (
    BASE,
    FollowedListing,
    Page,
    SummedList,
    day_start,
    names_of,
    summed_list,
)
from xero_mcp.xero.models.contact import Contact, Contacts, ContactsWrite, ContactWrite, PhoneWrite
from xero_mcp.xero.models.history import HistoryRecords
from xero_mcp.xero.scoped import Param, ScopedXero
from xero_mcp.xero.where import order


def _owes_us(contact: Contact) -> Decimal | None:
    owed = contact.balances.accounts_receivable if contact.balances else None
    return owed.outstanding if owed else None


def _we_owe(contact: Contact) -> Decimal | None:
    owed = contact.balances.accounts_payable if contact.balances else None
    return owed.outstanding if owed else None


COLUMNS = (
    Column[Contact](name="contact_id", read=lambda one: one.contact_id),
    TextColumn[Contact](name="name", read=lambda one: one.name),
    TextColumn[Contact](name="email", read=lambda one: one.email_address),
    Column[Contact](name="is_customer", read=lambda one: one.is_customer),
    Column[Contact](name="is_supplier", read=lambda one: one.is_supplier),
    Column[Contact](name="owes_us", read=_owes_us, currency=lambda _: BASE),
    Column[Contact](name="we_owe", read=_we_owe, currency=lambda _: BASE),
    Column[Contact](name="status", read=lambda one: (one.contact_status or "").lower()),
    TextColumn[Contact](name="account_number", read=lambda one: one.account_number, usual=False),
    TextColumn[Contact](name="contact_number", read=lambda one: one.contact_number, usual=False),
    TextColumn[Contact](name="first_name", read=lambda one: one.first_name, usual=False),
    TextColumn[Contact](name="last_name", read=lambda one: one.last_name, usual=False),
    Column[Contact](name="currency", read=lambda one: one.default_currency, usual=False),
    Column[Contact](name="updated_at", read=lambda one: one.updated_date_utc, usual=False),
)


class ListContacts(FollowedListing):
    """Arguments of list-contacts."""

    COLUMN_NAMES = names_of(COLUMNS)

    search: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        default=None, description="In names, number or email."
    )
    archived: bool = Field(default=False, description="Archived contacts too.")
    order: Literal["name", "updated"] = Field(default="name", description="Sort.")
    modified_since: Day | None = Field(default=None, description="Changed since (UTC).")


ORDER = {
    "name": order("Contacts", "Name"),
    "updated": order("Contacts", "UpdatedDateUTC", descending=True),
}


@tool(
    area=Area.CONTACTS,
    access=Access.READ,
    reaches=(GET("/Contacts"),),
    says="list contacts{ matching: search} (page {page})",
)
async def list_contacts(args: ListContacts, xero: ScopedXero) -> SummedList:
    """List customers and suppliers by name, with what they owe us and what we owe them.

    Search by part of a name to find a contact_id before writing. Amounts are in base currency.
    """
    asked: dict[str, Param] = {
        "order": ORDER[args.order],
        "searchTerm": args.search,
        "includeArchived": True if args.archived else None,
    }
    since = day_start(args.modified_since)

    async def fetch(page: int, size: int) -> Page[Contact]:
        params = {**asked, "page": page, "pageSize": size}
        found = await xero.get("/Contacts", Contacts, params=params, modified_since=since)
        return found.contacts, found.pagination

    return await summed_list(args, args.columns(COLUMNS), fetch, xero)


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

    name: ShortText = Field(description="Unique among the active.")
    email: (
        Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=255)] | None
    ) = Field(default=None, description="Email address.")
    first_name: ShortText | None = Field(default=None, description="Of the person.")
    last_name: ShortText | None = Field(default=None, description="Of the person.")
    phone: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = Field(
        default=None, description="Telephone number."
    )
    contact_number: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = Field(
        default=None, description="Its key in another system."
    )
    account_number: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = Field(
        default=None, description="Theirs for us, or ours."
    )


async def _facts(args: CreateContact, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    del args, xero, wanted
    return Facts(object_type="contact", bank_details_change=False, email_change=False)


CONTACT_MARKS = {
    "name": "Name",
    "email": "EmailAddress",
    "first_name": "FirstName",
    "last_name": "LastName",
    "contact_number": "ContactNumber",
    "account_number": "AccountNumber",
    "company_number": "CompanyNumber",
    "tax_number": "TaxNumber",
    "currency": "DefaultCurrency",
}
"""By what a contact is known in Xero."""


@tool(
    area=Area.CONTACTS,
    access=Access.DRAFT,
    reaches=(PUT("/Contacts"),),
    says="create the contact {name}",
    facts=_facts,
    trace=Traced(
        path="/Contacts", key="ContactID", marks=CONTACT_MARKS, proofs=(("name",),), shown="Name"
    ),
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
    link_code = await short_code(xero)
    created = (await xero.put("/Contacts", Contacts, body)).contacts[0]
    return WriteAnswer(
        id=created.contact_id,
        status=(created.contact_status or "ACTIVE").lower(),
        contact=created.name,
        changed="A contact was created.",
        link=contact_link(created.contact_id, link_code),
        undo="Archive it in Xero: a contact cannot be deleted.",
        organisation=xero.organisation.name,
    )
