"""What documents are found by, beside their ids: numbers, names, codes, contacts."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from xero_mcp.demo_company.table import IndexKey, Json, Table


def _lower(name: str) -> IndexKey:
    def key(document: Json) -> str | None:
        value: Any = document.get(name)
        return value.lower() if isinstance(value, str) and value else None

    return key


def _same(name: str) -> IndexKey:
    def key(document: Json) -> str | None:
        return document.get(name) or None

    return key


def _id_in(name: str, key_name: str) -> IndexKey:
    def key(document: Json) -> str | None:
        inner: Any = document.get(name)
        return inner.get(key_name) if inner else None

    return key


def _active(name: str, status: str) -> IndexKey:
    lower = _lower(name)

    def key(document: Json) -> object:
        return lower(document) if document.get(status, "ACTIVE") == "ACTIVE" else None

    return key


def _open_contact(document: Json) -> str | None:
    """The contact, while something is due or left on the document."""
    if document.get("Status") != "AUTHORISED":
        return None
    return document["Contact"]["ContactID"]


def _sales_number(document: Json) -> object:
    """Sales documents only: a supplier's numbers are the supplier's affair."""
    number = document.get("InvoiceNumber")
    return number.lower() if number and document["Type"] == "ACCREC" else None


_CONTACT: Final[IndexKey] = _id_in("Contact", "ContactID")
_INDEXES: Final[Mapping[str, Mapping[str, Callable[[Json], Any]]]] = {
    "Accounts": {
        "code": lambda account: (
            _lower("Code")(account) if account.get("Status") != "DELETED" else None
        ),
        "name": lambda account: (
            _lower("Name")(account) if account.get("Status") != "DELETED" else None
        ),
        "system": _same("SystemAccount"),
    },
    "BankTransactions": {
        "contact": _CONTACT,
        "account": _id_in("BankAccount", "AccountID"),
    },
    "ContactGroups": {"name": _active("Name", "Status")},
    "Contacts": {
        "active name": _active("Name", "ContactStatus"),
        "name": _lower("Name"),
        "number": _lower("ContactNumber"),
    },
    "CreditNotes": {
        "contact": _CONTACT,
        "open contact": _open_contact,
        "number": _lower("CreditNoteNumber"),
    },
    "Invoices": {
        "contact": _CONTACT,
        "open contact": _open_contact,
        "number": _lower("InvoiceNumber"),
        "sales number": _sales_number,
        "status": _same("Status"),
    },
    "Items": {"code": _lower("Code")},
    "Overpayments": {"contact": _CONTACT, "open contact": _open_contact},
    "Payments": {"batch": _same("BatchPaymentID")},
    "Prepayments": {"contact": _CONTACT, "open contact": _open_contact},
    "PurchaseOrders": {"contact": _CONTACT, "number": _lower("PurchaseOrderNumber")},
    "Quotes": {"contact": _CONTACT, "number": _lower("QuoteNumber")},
    "RepeatingInvoices": {"contact": _CONTACT},
    "TaxRates": {"name": _active("Name", "Status")},
    "TrackingCategories": {"name": _active("Name", "Status")},
}


def add_indexes(tables: Mapping[str, Table]) -> None:
    for name, indexes in _INDEXES.items():
        for index, key in indexes.items():
            tables[name].add_index(index, key)
