"""Customers and suppliers: changing them, and making many."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Cell, OthersCell
from xero_mcp.tool.args import Args, ShortText, Write, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import GET, POST, tool
from xero_mcp.tool.facts import TARGET, Facts
from xero_mcp.tool.trace import Traced
from xero_mcp.tools.bulk import (
    MAX_DOCUMENTS,
    AllOrNothing,
    Saved,
    SavedAnswer,
    saved_answer,
    write_params,
)
from xero_mcp.tools.contact_reading import CONTACT
from xero_mcp.tools.contacts import CONTACT_HISTORY, CONTACT_MARKS, known_for
from xero_mcp.tools.documents import CurrencyCode
from xero_mcp.tools.ledger_facts import version_of
from xero_mcp.tools.links import contact_link, short_code
from xero_mcp.tools.paging import PLAIN_TEXT
from xero_mcp.tools.prechecks import OfCurrency, precheck
from xero_mcp.xero.models.contact import (
    Address,
    AddressWrite,
    Contact,
    ContactPersonWrite,
    Contacts,
    ContactsWrite,
    ContactWrite,
    PhoneWrite,
)
from xero_mcp.xero.scoped import ScopedXero

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$", max_length=255), PLAIN_TEXT]
Short50 = Annotated[str, StringConstraints(min_length=1, max_length=50)]
POSTAL = "POBOX"
XERO_NAME: Mapping[str, str] = MappingProxyType(
    {
        "name": "name",
        "email": "email_address",
        "first_name": "first_name",
        "last_name": "last_name",
        "contact_number": "contact_number",
        "account_number": "account_number",
        "company_number": "company_number",
        "tax_number": "tax_number",
        "bank_account": "bank_account_details",
        "currency": "default_currency",
    }
)
"""Argument -> field of a contact, for those that are one text."""


class PostalAddress(Args):
    """An address, in parts."""

    line1: ShortText | None = Field(default=None, description="Street.")
    line2: ShortText | None = Field(default=None, description="More.")
    city: ShortText | None = Field(default=None, description="City.")
    region: ShortText | None = Field(default=None, description="Region.")
    postal_code: Short50 | None = Field(default=None, description="Code.")
    country: Short50 | None = Field(default=None, description="Country.")


class ContactEntry(Args):
    """One contact, new or stored."""

    contact_id: XeroId | None = Field(default=None, description="Else new.")
    name: ShortText | None = Field(default=None, description="Unique.")
    email: Email | None = Field(default=None, description="Address.")
    first_name: ShortText | None = Field(default=None, description="Person.")
    last_name: ShortText | None = Field(default=None, description="Person.")
    phone: Short50 | None = Field(default=None, description="Number.")
    address: PostalAddress | None = Field(default=None, description="Postal.")
    contact_number: Short50 | None = Field(default=None, description="Own key.")
    account_number: Short50 | None = Field(default=None, description="Theirs or ours.")
    company_number: Short50 | None = Field(default=None, description="Registered.")
    tax_number: Short50 | None = Field(default=None, description="Tax id.")
    bank_account: ShortText | None = Field(default=None, description="Number.")
    currency: CurrencyCode | None = Field(default=None, description="Default.")

    @property
    def asked(self) -> list[str]:
        """The fields that it would set."""
        names = (*XERO_NAME, "phone", "address")
        return [name for name in names if getattr(self, name) is not None]


class SaveContacts(Write):
    """Arguments of save-contacts."""

    action: Literal["save", "archive"] = Field(default="save", description="archive: for good.")
    contacts: list[ContactEntry] = Field(
        min_length=1,
        max_length=MAX_DOCUMENTS,
        description="Without contact_id: new ones. What is not sent stays.",
    )
    all_or_nothing: AllOrNothing = False

    @model_validator(mode="after")
    def _can_be_done(self) -> "SaveContacts":
        stored = [one.contact_id for one in self.contacts if one.contact_id is not None]
        if len(set(stored)) < len(stored):
            raise ValueError("names one of them twice")
        if self.action == "archive":
            if len(stored) < len(self.contacts) or any(one.asked for one in self.contacts):
                raise ValueError("to archive, each takes contact_id alone")
            return self
        if any(one.contact_id is None and one.name is None for one in self.contacts):
            raise ValueError("a new contact needs a name")
        if any(not one.asked for one in self.contacts):
            raise ValueError("one names nothing to set; send at least one field")
        return self


class ContactsSaved(SavedAnswer):
    """Contacts that were saved."""

    before: list[list[OthersCell]] | None = Field(
        default=None, description="Of one: what stood in the changed fields."
    )


async def _facts(args: SaveContacts, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    """Whether bank details or an address would become others, against what Xero holds."""
    ids = [one.contact_id for one in args.contacts if one.contact_id is not None]
    age: timedelta | None = None
    unknown: dict[str, str] = {}
    if len(ids) < len(args.contacts):
        unknown = dict.fromkeys(_BY_NAME, _MAY_BE_THERE)
    elif "contact_known_for" in wanted:
        ages = [await known_for(one, xero) for one in ids]
        known = [one for one in ages if one is not None]
        age = min(known) if len(known) == len(ages) else None
        unknown = {} if age is not None else {"contact_known_for": _NO_AGE}
    held = [
        await _read(one.contact_id, xero)
        for one in args.contacts
        if one.contact_id is not None
        and (
            TARGET in wanted
            or one.bank_account is not None
            or ("email_change" in wanted and one.email is not None)
        )
    ]
    versions = [version_of(one.contact_id, one.updated_date_utc) for one in held]
    is_one = len(args.contacts) == 1
    return Facts(
        object_type="contact" if is_one else f"{len(args.contacts)} contacts",
        object_id=ids[0] if ids and is_one else None,
        contact_id=ids[0] if ids and is_one else None,
        contact_known_for=age,
        contact_ids=frozenset(ids) or None,
        new_contact=True if len(ids) < len(args.contacts) else None,  # else the gate looks
        bank_details_change=_changes_bank(args.contacts, held),
        email_change=_changes_email(args.contacts, held),
        version=" ".join(version for version in versions if version) or None,
        stands_now=tuple(_stands(one) for one in held),
        unknown=unknown,
    )


def _stands(contact: Contact) -> str:
    bank = contact.bank_account_details or "none"
    return f"{contact.name}, email {contact.email_address or 'none'}, bank account {bank}"


_BY_NAME = ("contact_ids", "contact_known_for")
_NO_AGE = "Xero does not tell since when a contact is there"
_MAY_BE_THERE = "a contact without its id may be one that is there, by its name or number"


def _changes_bank(entries: Sequence[ContactEntry], held: Sequence[Contact]) -> bool:
    """A new contact with bank details may be one that is there, by its name: it counts."""
    stands = {one.contact_id: one.bank_account_details or "" for one in held}
    return any(
        one.bank_account is not None and one.bank_account != stands.get(one.contact_id or "")
        for one in entries
    )


def _changes_email(entries: Sequence[ContactEntry], held: Sequence[Contact]) -> bool:
    """The same of addresses; one that nobody looked up counts as another."""
    stands = {one.contact_id: (one.email_address or "").casefold() for one in held}
    return any(
        one.email is not None and one.email.casefold() != stands.get(one.contact_id or "")
        for one in entries
    )


async def _check(args: SaveContacts, xero: ScopedXero) -> None:
    codes = [one.currency for one in args.contacts if one.currency is not None]
    await precheck(xero, [OfCurrency(path="currency", code=code) for code in codes])


@tool(
    area=Area.CONTACTS,
    access=Access.DRAFT,
    access_by=Varies(
        argument="action",
        values={"save": Access.DRAFT.value, "archive": Access.FULL.value},
        default="save",
    ),
    reaches=(POST("/Contacts"), POST(CONTACT)),
    also=(GET(CONTACT),),
    asks=(GET(CONTACT), CONTACT_HISTORY),
    aliases=("update-contact",),
    says="{action} contacts",
    facts=_facts,
    checks=_check,
    trace=Traced(
        path="/Contacts",
        key="ContactID",
        id_argument="contact_id",
        each="contacts",
        marks=CONTACT_MARKS,
        proofs=(("name",),),
        end_by="action",
        ends={"archive": ("ARCHIVED",)},
        apart=frozenset({"action"}),
        shown="Name",
    ),
)
async def save_contacts(args: SaveContacts, xero: ScopedXero) -> ContactsSaved:
    """Change or archive contacts by contact_id, or make new ones; up to 50.

    A new one whose contact_number or name exists changes that one.
    """
    stored = [await _stored(one, xero) for one in args.contacts]
    link_code = await short_code(xero)
    found = await _send(args, stored, xero)
    one = args.contacts[0] if len(args.contacts) == 1 else None
    done = "contact archived" if args.action == "archive" else "contact saved"
    if one is not None and one.asked:
        done = f"{done}: {', '.join(one.asked)}"
    answer = saved_answer(
        [_saved(contact, link_code) for contact in found],
        done=done,
        undo=_undo(args),
        organisation=xero.organisation.name,
    )
    before = _before(one.asked, stored[0]) if one is not None and stored[0] is not None else None
    return ContactsSaved(**answer.model_dump(), before=before or None)


async def _stored(entry: ContactEntry, xero: ScopedXero) -> Contact | None:
    return None if entry.contact_id is None else await _read(entry.contact_id, xero)


async def _read(contact_id: str, xero: ScopedXero) -> Contact:
    found = await xero.get(CONTACT, Contacts, ids={"ContactID": contact_id})
    return found.contacts[0]


async def _send(
    args: SaveContacts, stored: Sequence[Contact | None], xero: ScopedXero
) -> Sequence[Contact]:
    bodies = tuple(
        _body(one, before, args.action) for one, before in zip(args.contacts, stored, strict=True)
    )
    body = ContactsWrite(contacts=bodies)
    if len(bodies) == 1 and args.contacts[0].contact_id is not None:
        ids = {"ContactID": args.contacts[0].contact_id}
        return (await xero.post(CONTACT, Contacts, body, ids=ids)).contacts
    params = write_params(len(bodies), all_or_nothing=args.all_or_nothing)
    params.pop("unitdp")  # contacts have no unit prices
    return (await xero.post("/Contacts", Contacts, body, params=params)).contacts


def _body(entry: ContactEntry, before: Contact | None, action: str) -> ContactWrite:
    if action == "archive":
        return ContactWrite(contact_id=entry.contact_id, contact_status="ARCHIVED")
    texts = {XERO_NAME[name]: getattr(entry, name) for name in XERO_NAME}
    return ContactWrite(
        contact_id=entry.contact_id,
        **texts,
        phones=_phones(entry.phone),
        addresses=_addresses(entry.address, before),
        contact_persons=_people(before) if before is not None else None,
    )


def _phones(phone: str | None) -> tuple[PhoneWrite, ...] | None:
    return None if phone is None else (PhoneWrite(phone_type="DEFAULT", phone_number=phone),)


def _addresses(
    address: PostalAddress | None, before: Contact | None
) -> tuple[AddressWrite, ...] | None:
    """The parts that were asked for, over those that are there: Xero takes an address whole."""
    if address is None:
        return None
    old = _postal(before) or Address()
    return (
        AddressWrite(
            address_type=POSTAL,
            address_line1=address.line1 or old.address_line1,
            address_line2=address.line2 or old.address_line2,
            address_line3=old.address_line3,
            address_line4=old.address_line4,
            attention_to=old.attention_to,
            city=address.city or old.city,
            region=address.region or old.region,
            postal_code=address.postal_code or old.postal_code,
            country=address.country or old.country,
        ),
    )


def _postal(contact: Contact | None) -> Address | None:
    found = contact.addresses if contact is not None else ()
    return next((one for one in found if one.address_type == POSTAL), None)


def _people(before: Contact) -> tuple[ContactPersonWrite, ...] | None:
    """Those who are there, sent along: Xero may drop people who are not named."""
    people = tuple(
        ContactPersonWrite(
            first_name=one.first_name,
            last_name=one.last_name,
            email_address=one.email_address,
            include_in_emails=one.include_in_emails,
        )
        for one in before.contact_persons
    )
    return people or None


def _before(asked: Sequence[str], before: Contact) -> list[list[Cell]]:
    """What stood there, so that it can be put back."""
    rows: list[list[Cell]] = [
        [name, getattr(before, XERO_NAME[name])] for name in asked if name in XERO_NAME
    ]
    if "phone" in asked:
        phones = [one for one in before.phones if one.phone_type == "DEFAULT"]
        rows.append(["phone", phones[0].phone_number if phones else None])
    if "address" in asked:
        old = _postal(before) or Address()
        parts = (old.address_line1, old.address_line2, old.city, old.region)
        text = ", ".join(one for one in (*parts, old.postal_code, old.country) if one)
        rows.append(["address", text or None])
    return rows


def _undo(args: SaveContacts) -> str:
    if args.action == "archive":
        return "A person restores it in Xero."
    if args.contacts[0].contact_id is None:
        return "Archive it: a contact cannot be deleted."
    return "Send what stood there before."


def _saved(one: Contact, link_code: str | None) -> Saved:
    errors = tuple(error.message for error in one.validation_errors)
    if one.has_validation_errors and not errors:
        errors = ("refused without a message",)
    return Saved(
        id=one.contact_id,
        number=one.contact_number,
        status=(one.contact_status or "").lower(),
        contact=one.name,
        errors=errors,
        link=contact_link(one.contact_id, link_code),
    )
