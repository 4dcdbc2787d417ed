"""How invoices, credit notes and what hangs on them are shown."""

from collections.abc import Mapping
from typing import Any, Final

from xero_mcp.demo_company.kernel import Call, Company, Json
from xero_mcp.demo_company.rounding import places
from xero_mcp.demo_company.tracking import in_lists
from xero_mcp.demo_company.wire.dates import utc_string

NOT_IN_SUMMARY: Final = frozenset({"Payments", "HasAttachments", "LineItems", "CISDeduction"})
STORED_DECIMALS: Final = 4
_NOT_IN_WRITES: Final = frozenset({"AmountCredited", "HasAttachments"})
_EMPTY_LEFT_OUT: Final = frozenset({"Payments", "InvoiceAddresses"})
_EMPTY_LEFT_OUT_OF_WRITES: Final = _EMPTY_LEFT_OUT | {"CreditNotes", "Prepayments", "Overpayments"}
_NO_DETAIL: Final[Mapping[str, Any]] = {
    "Addresses": [],
    "Phones": [],
    "ContactGroups": [],
    "ContactPersons": [],
    "HasValidationErrors": False,
}
_NOT_OF_A_CONTACT: Final = frozenset(
    {"HasAttachments", "PaymentTerms", "BrandingTheme", "BatchPayments", "Website", "Discount"}
)


def brief_contact(reference: Json) -> Json:
    """A contact inside a list: who it is, and empty lists for the rest."""
    return {**reference, **_NO_DETAIL}


def full_contact(company: Company, reference: Json) -> Json:
    """A contact inside a single document, as it is now."""
    contact = company.table("Contacts").get(reference["ContactID"]) or reference
    shown = {name: value for name, value in contact.items() if name not in _NOT_OF_A_CONTACT}
    return {**shown, "HasValidationErrors": False}


def shown_lines(call: Call, document: Json, *, listed: bool) -> list[Json]:
    """Line items with their prices cut to the decimals that were asked for."""
    decimals = call.unit_decimals
    lines: list[Json] = []
    for line in document["LineItems"]:
        shown = line
        if listed and line["Tracking"]:
            shown = {**line, "Tracking": in_lists(line)}
        if decimals < STORED_DECIMALS and "UnitAmount" in line:
            shown = {**shown, "UnitAmount": places(line["UnitAmount"], decimals)}
        lines.append(shown)
    return lines


def trade_in_list(call: Call, document: Json) -> Json:
    """Of a list: all but the contact's details where it is paged, no line items where it is not."""
    shown: Json
    if call.flag("summaryonly"):
        shown = {k: v for k, v in document.items() if k not in NOT_IN_SUMMARY}
    elif "page" in call.query or "pagesize" in call.query or "statuses" in call.query:
        shown = {**document, "LineItems": shown_lines(call, document, listed=True)}
    else:
        shown = {**document, "LineItems": []}
    shown["Contact"] = brief_contact(document["Contact"])
    return stamped(shown)


def trade_with_lines(call: Call, document: Json) -> Json:
    """Of the lists that always have line items: credit notes, bank transactions and the like."""
    shown = {**document, "LineItems": shown_lines(call, document, listed=True)}
    if "Contact" in document:  # the two ends of a bank transfer have none
        shown["Contact"] = brief_contact(document["Contact"])
    return stamped(shown)


def trade_alone(call: Call, document: Json) -> Json:
    shown = _without_empty(document, _EMPTY_LEFT_OUT)
    shown["LineItems"] = shown_lines(call, document, listed=False)
    if "Contact" in document:
        shown["Contact"] = full_contact(call.company, document["Contact"])
    return stamped(shown)


def trade_written(call: Call, document: Json) -> Json:
    """The answer to a write: without what Xero leaves out of those."""
    shown = _without_empty(document, _EMPTY_LEFT_OUT_OF_WRITES)
    for name in _NOT_IN_WRITES:
        shown.pop(name, None)
    shown["LineItems"] = shown_lines(call, document, listed=False)
    shown["Contact"] = full_contact(call.company, document["Contact"])
    return stamped(shown)


def stamped(shown: Json) -> Json:
    """Add the …String twin of the time of update, which bank transactions alone do not have."""
    updated = shown.get("UpdatedDateUTC")
    if updated is not None and "BankTransactionID" not in shown:
        shown["UpdatedDateUTCString"] = utc_string(updated)
    return shown


def _without_empty(document: Json, names: frozenset[str]) -> Json:
    return {k: v for k, v in document.items() if v != [] or k not in names}
