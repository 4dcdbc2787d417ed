"""One customer or supplier, whole."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from xero_mcp.errors import ErrorCode, XeroMcpError
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, MoneyText, OthersText
from xero_mcp.tool.args import InOrganisation, XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.xero.models.contact import (
    Address,
    CisSettings,
    Contact,
    ContactPerson,
    Contacts,
    PaymentTerm,
)
from xero_mcp.xero.scoped import ScopedXero

CONTACT = "/Contacts/{ContactID}"
BY_NUMBER = "/Contacts/{ContactNumber}"
CIS = "/Contacts/{ContactID}/CISSettings"


class Person(Answer):
    """Somebody at the contact."""

    name: OthersText
    email: OthersText | None = None
    in_emails: bool | None = None


class ContactRecord(Answer):
    """A contact as Xero holds it; names and texts were written by others."""

    contact_id: str
    name: OthersText
    status: str
    is_customer: bool | None = None
    is_supplier: bool | None = None
    first_name: OthersText | None = None
    last_name: OthersText | None = None
    email: OthersText | None = None
    phones: list[OthersText]
    addresses: list[OthersText]
    people: list[Person]
    contact_number: OthersText | None = None
    account_number: OthersText | None = None
    company_number: OthersText | None = None
    tax_number: OthersText | None = None
    bank_account: OthersText | None = None
    batch_bank_account: OthersText | None = None
    website: OthersText | None = None
    currency: str | None = None
    owes_us: MoneyText | None = None
    owes_us_overdue: MoneyText | None = None
    we_owe: MoneyText | None = None
    we_owe_overdue: MoneyText | None = None
    sales_account_code: str | None = None
    purchases_account_code: str | None = None
    sales_tax_type: str | None = None
    purchases_tax_type: str | None = None
    sales_terms: str | None = None
    bill_terms: str | None = None
    groups: list[OthersText]
    cis_subcontractor: bool | None = None
    cis_rate: MoneyText | None = None


class ContactAnswer(Answer):
    """One contact."""

    contact: ContactRecord
    organisation: str

    def object_ids(self) -> tuple[str, ...]:
        return (self.contact.contact_id,)


class GetContact(InOrganisation):
    """Arguments of get-contact."""

    contact_id: XeroId | None = Field(default=None, description="From list-contacts.")
    contact_number: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = Field(
        default=None, description="Or its contact number."
    )
    cis: bool = Field(default=False, description="UK: CIS too; one request more.")

    @model_validator(mode="after")
    def _one_of_them(self) -> "GetContact":
        if (self.contact_id is None) == (self.contact_number is None):
            raise ValueError("needs contact_id or contact_number: one of them")
        return self


@tool(
    area=Area.CONTACTS,
    access=Access.READ,
    reaches=(GET(CONTACT), GET(BY_NUMBER), GET(CIS)),
    says="read the contact{ with the id: contact_id}{ numbered: contact_number}",
)
async def get_contact(args: GetContact, xero: ScopedXero) -> ContactAnswer:
    """Read one contact: addresses, people, terms, defaults, balances, groups."""
    if args.contact_id is not None:
        found = await xero.get(CONTACT, Contacts, ids={"ContactID": args.contact_id})
    else:
        found = await xero.get(
            BY_NUMBER, Contacts, ids={"ContactNumber": args.contact_number or ""}
        )
    contact = found.contacts[0]
    record = record_of(contact)
    if args.cis:
        record = await _with_cis(record, xero)
    return ContactAnswer(contact=record, organisation=xero.organisation.name)


async def _with_cis(record: ContactRecord, xero: ScopedXero) -> ContactRecord:
    """Xero answers 404 where the scheme does not apply: then there is nothing to add."""
    try:
        found = await xero.get(CIS, CisSettings, ids={"ContactID": record.contact_id})
    except XeroMcpError as error:
        if error.code is not ErrorCode.XERO_NOT_FOUND:
            raise
        return record
    setting = found.cis_settings[0]
    return record.model_copy(
        update={"cis_subcontractor": setting.cis_enabled, "cis_rate": setting.rate}
    )


def record_of(contact: Contact) -> ContactRecord:
    """What an agent is shown of a contact."""
    receivable = contact.balances.accounts_receivable if contact.balances else None
    payable = contact.balances.accounts_payable if contact.balances else None
    terms = contact.payment_terms
    batch = contact.batch_payments
    return ContactRecord(
        contact_id=contact.contact_id,
        name=contact.name,
        status=(contact.contact_status or "").lower(),
        is_customer=contact.is_customer,
        is_supplier=contact.is_supplier,
        first_name=contact.first_name or None,
        last_name=contact.last_name or None,
        email=contact.email_address or None,
        phones=_phones(contact),
        addresses=[line for line in map(_address, contact.addresses) if line],
        people=[_person(one) for one in contact.contact_persons],
        contact_number=contact.contact_number or None,
        account_number=contact.account_number or None,
        company_number=contact.company_number or None,
        tax_number=contact.tax_number or None,
        bank_account=contact.bank_account_details or None,
        batch_bank_account=(batch.bank_account_number or None) if batch else None,
        website=contact.website or None,
        currency=contact.default_currency or None,
        owes_us=receivable.outstanding if receivable else None,
        owes_us_overdue=receivable.overdue if receivable else None,
        we_owe=payable.outstanding if payable else None,
        we_owe_overdue=payable.overdue if payable else None,
        sales_account_code=contact.sales_default_account_code or None,
        purchases_account_code=contact.purchases_default_account_code or None,
        sales_tax_type=contact.accounts_receivable_tax_type or None,
        purchases_tax_type=contact.accounts_payable_tax_type or None,
        sales_terms=_term(terms.sales) if terms else None,
        bill_terms=_term(terms.bills) if terms else None,
        groups=[group.name or "" for group in contact.contact_groups],
    )


def _phones(contact: Contact) -> list[str]:
    return [
        f"{phone.phone_type.lower()}: {_joined(parts, ' ')}"
        for phone in contact.phones
        if any(parts := (phone.phone_country_code, phone.phone_area_code, phone.phone_number))
    ]


def _address(address: Address) -> str:
    lines = (
        address.attention_to,
        address.address_line1,
        address.address_line2,
        address.address_line3,
        address.address_line4,
        address.city,
        address.region,
        address.postal_code,
        address.country,
    )
    shown = _joined(lines, ", ")
    return f"{address.address_type.lower()}: {shown}" if shown else ""


def _person(person: ContactPerson) -> Person:
    return Person(
        name=_joined((person.first_name, person.last_name), " "),
        email=person.email_address or None,
        in_emails=person.include_in_emails,
    )


def _term(term: PaymentTerm | None) -> str | None:
    """`20 DAYSAFTERBILLDATE`: Xero's own words, of which there are four."""
    return None if term is None else f"{term.day} {term.type}"


def _joined(parts: Iterable[str | None], between: str) -> str:
    return between.join(part for part in parts if part)
