"""What a contact may be: its fields, their lengths, and how a new one looks."""

import re
from collections.abc import Iterator
from typing import Any, Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.kernel import Company, ElementRefusedError, Json

TEXTS: Final[dict[str, int]] = {
    "ContactNumber": 50,
    "AccountNumber": 50,
    "Name": 255,
    "FirstName": 255,
    "LastName": 255,
    "CompanyNumber": 50,
    "EmailAddress": 255,
    "BankAccountDetails": 255,
    "TaxNumber": 50,
    "TaxNumberType": 10,
    "AccountsReceivableTaxType": 50,
    "AccountsPayableTaxType": 50,
    "SalesDefaultLineAmountType": 20,
    "PurchasesDefaultLineAmountType": 20,
    "DefaultCurrency": 3,
    "XeroNetworkKey": 100,
    "SalesDefaultAccountCode": 10,
    "PurchasesDefaultAccountCode": 10,
    "TrackingCategoryName": 100,
    "TrackingCategoryOption": 100,
}
_ADDRESS_TEXTS: Final[dict[str, int]] = {
    "AddressLine1": 500,
    "AddressLine2": 500,
    "AddressLine3": 500,
    "AddressLine4": 500,
    "City": 255,
    "Region": 255,
    "PostalCode": 50,
    "Country": 50,
    "AttentionTo": 255,
}
_PHONE_TEXTS: Final[dict[str, int]] = {
    "PhoneNumber": 50,
    "PhoneAreaCode": 10,
    "PhoneCountryCode": 20,
}
_PERSON_TEXTS: Final[dict[str, int]] = {"FirstName": 255, "LastName": 255, "EmailAddress": 255}
ADDRESS_TYPES: Final = ("STREET", "POBOX")
PHONE_TYPES: Final = ("DEFAULT", "DDI", "FAX", "MOBILE")
TERM_TYPES: Final = frozenset(
    {"DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH"}
)
MAX_PERSONS: Final = 5
MAX_TERM_DAYS: Final = 1000
_EMAIL: Final = re.compile(r"[^@\s<>]{1,64}@[^@\s<>.]+(\.[^@\s<>.]+)+")


def blank_addresses() -> list[Json]:
    return [
        {"AddressType": kind, "City": "", "Region": "", "PostalCode": "", "Country": ""}
        for kind in ADDRESS_TYPES
    ]


def blank_phones() -> list[Json]:
    return [_blank_phone(kind) for kind in PHONE_TYPES]


def is_email(address: str) -> bool:
    return _EMAIL.fullmatch(address) is not None


def read_contact(element: Json) -> Json:
    """Read the fields that a client may set; those that it did not send are not there.

    Raises:
        ElementRefusedError: a text is too long, an address is of no known type and the like.
    """
    problems = list(_length_problems(element, TEXTS))
    read: Json = {
        name: value.strip() for name in TEXTS if (value := sent.text(element, name)) is not None
    }
    for name, reader in _PARTS.items():
        part = reader(element, problems)
        if part is not None:
            read[name] = part
    if problems:
        raise ElementRefusedError(*problems)
    return read


def merged(before: Json, read: Json) -> Json:
    """Put what was read over the contact as it was; addresses and phones go by their type."""
    after = {**before, **read}
    for name, key in (("Addresses", "AddressType"), ("Phones", "PhoneType")):
        if name in read:
            by_type = {part[key]: part for part in read[name]}
            kept = [{**part, **by_type.pop(part[key], {})} for part in before[name]]
            after[name] = [*kept, *by_type.values()]
    return after


def problems_of(company: Company, contact: Json) -> Iterator[str]:
    """What other records of the organisation have against the contact."""
    for name in ("AccountsReceivableTaxType", "AccountsPayableTaxType"):
        tax_type = contact.get(name)
        if tax_type and tax_type not in company.table("TaxRates"):
            yield f"The TaxType code '{tax_type}' does not exist or cannot be used."
    for name in ("SalesDefaultAccountCode", "PurchasesDefaultAccountCode"):
        code: str = contact.get(name) or ""
        if code and not company.table("Accounts").find("code", code.lower()):
            yield f"Account code '{code}' is not a valid code for this document."
    currency = contact.get("DefaultCurrency")
    if currency and currency not in company.table("Currencies"):
        yield f"Organisation is not subscribed to currency {currency}"


def _length_problems(element: Json, limits: dict[str, int]) -> Iterator[str]:
    for name, limit in limits.items():
        if len(sent.text(element, name) or "") > limit:
            yield f"The field {name} must not be longer than {limit} characters"
    email = sent.stripped(element, "EmailAddress")
    if email and not is_email(email):
        yield "Email address must be valid"


def _texts(element: Json, limits: dict[str, int]) -> Json:
    return {n: value for n in limits if (value := sent.text(element, n)) is not None}


def _addresses(element: Json, problems: list[str]) -> list[Json] | None:
    parts = sent.objects(element, "Addresses")
    if parts is None:
        return None
    read: list[Json] = []
    for part in parts:
        kind = sent.stripped(part, "AddressType").upper() or "POBOX"
        if kind not in ADDRESS_TYPES:
            problems.append(f"The AddressType '{kind[:50]}' is not valid.")
        problems.extend(_length_problems(part, _ADDRESS_TEXTS))
        read.append({"AddressType": kind, **_texts(part, _ADDRESS_TEXTS)})
    return read


def _phones(element: Json, problems: list[str]) -> list[Json] | None:
    parts = sent.objects(element, "Phones")
    if parts is None:
        return None
    read: list[Json] = []
    for part in parts:
        kind = sent.stripped(part, "PhoneType").upper() or "DEFAULT"
        if kind not in {*PHONE_TYPES, "OFFICE"}:
            problems.append(f"The PhoneType '{kind[:50]}' is not valid.")
        problems.extend(_length_problems(part, _PHONE_TEXTS))
        read.append({"PhoneType": kind, **_texts(part, _PHONE_TEXTS)})
    return read


def _persons(element: Json, problems: list[str]) -> list[Json] | None:
    parts = sent.objects(element, "ContactPersons")
    if parts is None:
        return None
    if len(parts) > MAX_PERSONS:
        problems.append(f"A contact can have at most {MAX_PERSONS} ContactPersons.")
    for part in parts:
        problems.extend(_length_problems(part, _PERSON_TEXTS))
    return [
        {
            **{name: sent.stripped(part, name) for name in _PERSON_TEXTS},
            "IncludeInEmails": bool(sent.flag(part, "IncludeInEmails")),
        }
        for part in parts
    ]


def _terms(element: Json, problems: list[str]) -> Json | None:
    terms = sent.inner(element, "PaymentTerms")
    if terms is None:
        return None
    read: Json = {}
    for side in ("Bills", "Sales"):
        term = sent.inner(terms, side)
        if not term:
            continue
        day, kind = sent.number(term, "Day"), sent.stripped(term, "Type").upper()
        if kind not in TERM_TYPES or day is None or not 0 <= day <= MAX_TERM_DAYS:
            problems.append(f"The PaymentTerms for {side} need a Day and a valid Type.")
            continue
        read[side] = {"Day": int(day), "Type": kind}
    return read


def _batch_details(element: Json, problems: list[str]) -> Json | None:
    details = sent.inner(element, "BatchPayments")
    if details is None:
        return None
    limits = {"BankAccountNumber": 50, "BankAccountName": 100, "Details": 18}
    limits |= {"Code": 12, "Reference": 12}
    problems.extend(_length_problems(details, limits))
    return _texts(details, limits)


def _blank_phone(kind: str) -> Json:
    return {"PhoneType": kind, "PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}


_PARTS: Final[dict[str, Any]] = {
    "Addresses": _addresses,
    "Phones": _phones,
    "ContactPersons": _persons,
    "PaymentTerms": _terms,
    "BatchPayments": _batch_details,
}
