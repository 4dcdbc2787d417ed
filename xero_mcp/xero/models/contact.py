from decimal import Decimal
from typing import Annotated

from pydantic import Field

from xero_mcp.xero.models.base import Findings, Listed, Paged, XeroModel, XeroWrite
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import XeroMoment


class Address(XeroModel):
    address_type: str = ""
    address_line1: XeroText | None = None
    address_line2: XeroText | None = None
    address_line3: XeroText | None = None
    address_line4: XeroText | None = None
    city: XeroText | None = None
    region: XeroText | None = None
    postal_code: XeroText | None = None
    country: XeroText | None = None
    attention_to: XeroText | None = None


class Phone(XeroModel):
    phone_type: str = ""
    phone_number: XeroText | None = None
    phone_area_code: XeroText | None = None
    phone_country_code: XeroText | None = None


class ContactPerson(XeroModel):
    first_name: XeroText | None = None
    last_name: XeroText | None = None
    email_address: XeroText | None = None
    include_in_emails: bool | None = None


class ContactGroup(XeroModel):
    contact_group_id: str = ""
    name: XeroText | None = None
    status: str | None = None


class Owed(XeroModel):
    outstanding: Decimal = Decimal(0)
    overdue: Decimal = Decimal(0)


class Balances(XeroModel):
    accounts_receivable: Owed | None = None
    accounts_payable: Owed | None = None


class PaymentTerm(XeroModel):
    """When something falls due: a number, and from when it is counted."""

    day: int | None = None
    type: str | None = None


class PaymentTerms(XeroModel):
    bills: PaymentTerm | None = None
    sales: PaymentTerm | None = None


class BatchDetails(XeroModel):
    """Where a batch payment pays the contact."""

    bank_account_number: XeroText | None = None
    bank_account_name: XeroText | None = None
    details: XeroText | None = None


class CisSetting(XeroModel):
    """Britain's Construction Industry Scheme, as it stands for a contact."""

    cis_enabled: bool | None = Field(default=None, alias="CISEnabled")
    rate: Decimal | None = None


class CisSettings(XeroModel):
    cis_settings: Annotated[tuple[CisSetting, ...], Listed] = Field(default=(), alias="CISSettings")


class Contact(XeroModel):
    """A customer or supplier; inside a document only the first few fields are there."""

    contact_id: str = ""
    contact_number: XeroText | None = None
    account_number: XeroText | None = None
    contact_status: str | None = None
    name: XeroText = ""
    first_name: XeroText | None = None
    last_name: XeroText | None = None
    email_address: XeroText | None = None
    company_number: XeroText | None = None
    tax_number: XeroText | None = None
    bank_account_details: XeroText | None = None
    default_currency: str | None = None
    accounts_receivable_tax_type: str | None = None
    accounts_payable_tax_type: str | None = None
    sales_default_account_code: XeroText | None = None
    purchases_default_account_code: XeroText | None = None
    website: XeroText | None = None
    is_supplier: bool | None = None
    is_customer: bool | None = None
    addresses: Annotated[tuple[Address, ...], Listed] = ()
    phones: Annotated[tuple[Phone, ...], Listed] = ()
    contact_persons: Annotated[tuple[ContactPerson, ...], Listed] = ()
    contact_groups: Annotated[tuple[ContactGroup, ...], Listed] = ()
    balances: Balances | None = None
    payment_terms: PaymentTerms | None = None
    batch_payments: BatchDetails | None = None
    merged_to_contact_id: str | None = None
    has_attachments: bool | None = None
    updated_date_utc: XeroMoment | None = None
    has_validation_errors: bool = False
    validation_errors: Findings = ()


class Contacts(Paged):
    contacts: Annotated[tuple[Contact, ...], Listed] = ()


class AddressWrite(XeroWrite):
    address_type: str
    address_line1: str | None = None
    address_line2: str | None = None
    address_line3: str | None = None
    address_line4: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    attention_to: str | None = None


class PhoneWrite(XeroWrite):
    phone_type: str
    phone_number: str
    phone_area_code: str | None = None
    phone_country_code: str | None = None


class ContactRef(XeroWrite):
    """A contact by its id alone: any more fields would change the contact itself."""

    contact_id: str


class ContactPersonWrite(XeroWrite):
    first_name: str | None = None
    last_name: str | None = None
    email_address: str | None = None
    include_in_emails: bool | None = None


class ContactWrite(XeroWrite):
    contact_id: str | None = None
    name: str | None = None
    contact_number: str | None = None
    account_number: str | None = None
    contact_status: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email_address: str | None = None
    company_number: str | None = None
    tax_number: str | None = None
    bank_account_details: str | None = None
    default_currency: str | None = None
    addresses: tuple[AddressWrite, ...] | None = None
    phones: tuple[PhoneWrite, ...] | None = None
    contact_persons: tuple[ContactPersonWrite, ...] | None = None
    """All of them or none: those that are left out of a list that is sent are dropped."""


class ContactsWrite(XeroWrite):
    contacts: tuple[ContactWrite, ...]
