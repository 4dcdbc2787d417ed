"""Filters and orders for Xero's lists, built from fields and values, never pasted together.

Only fields that Xero serves from an index are taken: others make it read the whole ledger,
and above 100,000 rows it refuses.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Final

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError

GUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MAX_TEXT_CHARS: Final = 500
MAX_ALTERNATIVES: Final = 40
"""About as many ids as Xero takes in one list."""

_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Kind(Enum):
    TEXT = "text"
    CODE = "a code in capitals"
    GUID = "an id"
    DAY = "a date"
    AMOUNT = "an amount"
    FLAG = "true or false"


_CONTACT: Final = {
    "Contact.ContactID": Kind.GUID,
    "Contact.Name": Kind.TEXT,
    "Contact.ContactNumber": Kind.TEXT,
}
FIELDS: Final[dict[str, dict[str, Kind]]] = {
    "Invoices": {
        **_CONTACT,
        "Status": Kind.CODE,
        "Type": Kind.CODE,
        "Reference": Kind.TEXT,
        "InvoiceNumber": Kind.TEXT,
        "InvoiceId": Kind.GUID,
        "Date": Kind.DAY,
        "DueDate": Kind.DAY,
        "AmountDue": Kind.AMOUNT,
        "AmountPaid": Kind.AMOUNT,
    },
    "Contacts": {"Name": Kind.TEXT, "EmailAddress": Kind.TEXT, "AccountNumber": Kind.TEXT},
    "CreditNotes": {
        **_CONTACT,
        "Status": Kind.CODE,
        "Type": Kind.CODE,
        "Reference": Kind.TEXT,
        "Date": Kind.DAY,
    },
    "BankTransactions": {
        "Type": Kind.CODE,
        "Status": Kind.CODE,
        "Date": Kind.DAY,
        "Contact.ContactID": Kind.GUID,
    },
    "Payments": {
        "PaymentType": Kind.CODE,
        "Status": Kind.CODE,
        "Date": Kind.DAY,
        "Invoice.InvoiceId": Kind.GUID,
        "PaymentId": Kind.GUID,
        "Reference": Kind.TEXT,
    },
}
"""What may stand in a `where`: the fields that Xero documents as optimised."""

_CREDIT_MONEY: Final = {
    "Status": Kind.CODE,
    "Date": Kind.DAY,
    "Contact.ContactID": Kind.GUID,
    "Contact.Name": Kind.TEXT,
}
SLOW_FIELDS: Final[dict[str, dict[str, Kind]]] = {
    "BankTransactions": {
        "IsReconciled": Kind.FLAG,
        "BankAccount.AccountID": Kind.GUID,
        "Contact.Name": Kind.TEXT,
    },
    "BankTransfers": {"Date": Kind.DAY},
    "ManualJournals": {"Status": Kind.CODE, "Date": Kind.DAY},
    "Overpayments": _CREDIT_MONEY,
    "Payments": {"IsReconciled": Kind.FLAG, "Account.AccountID": Kind.GUID},
    "Prepayments": _CREDIT_MONEY,
}
"""What Xero answers without an index: only beside a first day, so that it reads a part."""

ORDERS: Final[dict[str, tuple[str, ...]]] = {
    "Invoices": ("InvoiceId", "UpdatedDateUTC", "Date"),
    "Contacts": ("ContactID", "UpdatedDateUTC", "Name"),
    "CreditNotes": ("CreditNoteID", "UpdatedDateUTC", "Date"),
    "BankTransactions": ("BankTransactionID", "UpdatedDateUTC", "Date"),
    "Payments": ("PaymentId", "UpdatedDateUTC", "Date"),
}

SLOW_ORDERS: Final[dict[str, tuple[str, ...]]] = dict.fromkeys(
    ("ManualJournals", "Overpayments", "Prepayments", "PurchaseOrders", "Quotes"),
    ("Date", "UpdatedDateUTC"),
)
"""Orders of endpoints for which Xero names no fast one; few organisations have many of these."""

_RANGED: Final = frozenset({Kind.DAY, Kind.AMOUNT})
_CODE: Final = re.compile(r"[A-Z][A-Z0-9_-]{0,49}")

_FROM: Final = frozenset({">", ">="})

Comparable = str | date | Decimal | bool


class WhereError(ValueError):
    """A field, an operator or a value that this builder does not take."""


class UncomparableTextError(XeroMcpError, WhereError):
    """A text that nothing in Xero can be compared with: the agent's to mend, not ours."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(
            "A text to search Xero with cannot be used.",
            code=ErrorCode.INVALID_ARGUMENTS,
            next_step="Send it without control characters, and no longer than a name or a number "
            "is.",
            details=[Detail(path=field, message=why)],
        )


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison, not yet bound to an endpoint. Build it with `eq`, `ge` and the others."""

    field: str
    operator: str
    value: Comparable
    guid: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Conditions that must hold together, as one of several ways."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Conditions of which one must hold."""

    conditions: tuple[Condition | AllOf, ...]


@dataclass(frozen=True, slots=True)
class Where:
    """A finished filter; only `where` makes one, and only this goes into a request."""

    endpoint: str
    text: str


@dataclass(frozen=True, slots=True)
class Order:
    """A finished order; only `order` makes one."""

    endpoint: str
    text: str


def eq(field: str, value: Comparable) -> Condition:
    return Condition(field, "==", value)


def gt(field: str, value: date | Decimal) -> Condition:
    return Condition(field, ">", value)


def ge(field: str, value: date | Decimal) -> Condition:
    return Condition(field, ">=", value)


def lt(field: str, value: date | Decimal) -> Condition:
    return Condition(field, "<", value)


def le(field: str, value: date | Decimal) -> Condition:
    return Condition(field, "<=", value)


def guid(field: str, value: str) -> Condition:
    return Condition(field, "==", value, guid=True)


def any_of(*conditions: Condition | AllOf) -> AnyOf:
    """One of these: for several ids of one field."""
    return AnyOf(conditions)


def all_of(*conditions: Condition) -> AllOf:
    """All of these, inside an `any_of`."""
    return AllOf(conditions)


def where(endpoint: str, *conditions: Condition | AnyOf) -> Where | None:
    """All of these must hold; None where there is nothing to ask for.

    Raises:
        WhereError: a field that Xero does not serve quickly on this endpoint, an operator or
            a value that does not fit the field; of a text, as UncomparableTextError, which an
            agent is told.
    """
    if endpoint not in FIELDS and endpoint not in SLOW_FIELDS:
        raise WhereError(f"{endpoint} takes no filter; it has query parameters of its own")
    slow = SLOW_FIELDS.get(endpoint, {})
    asked = [part for part in conditions if isinstance(part, Condition)]
    has_first_day = any(one.field == "Date" and one.operator in _FROM for one in asked)
    if any(one.field in slow for one in asked) and not has_first_day:
        raise WhereError(f"{endpoint} is filtered by {', '.join(slow)} from a first Date on only")
    parts = [
        _either(endpoint, part) if isinstance(part, AnyOf) else _written(endpoint, part)
        for part in conditions
    ]
    return Where(endpoint, " AND ".join(parts)) if parts else None


def order(endpoint: str, field: str, *, descending: bool = False) -> Order:
    """Sort by one field.

    Raises:
        WhereError: Xero does not sort this endpoint by that field quickly.
    """
    known = ORDERS.get(endpoint) or SLOW_ORDERS.get(endpoint, ())
    if field not in known:
        raise WhereError(f"{endpoint} is not ordered by {field!r}; it is by {', '.join(known)}")
    return Order(endpoint, f"{field} {'DESC' if descending else 'ASC'}")


def _either(endpoint: str, any_of_these: AnyOf) -> str:
    count = len(any_of_these.conditions)
    if not 1 <= count <= MAX_ALTERNATIVES:
        raise WhereError(f"any_of takes 1 to {MAX_ALTERNATIVES} conditions, not {count}")
    return f"({' OR '.join(_way(endpoint, one) for one in any_of_these.conditions)})"


def _way(endpoint: str, way: Condition | AllOf) -> str:
    if isinstance(way, Condition):
        return _written(endpoint, way)
    return f"({' AND '.join(_written(endpoint, one) for one in way.conditions)})"


def _written(endpoint: str, condition: Condition) -> str:
    fields = FIELDS.get(endpoint, {}) | SLOW_FIELDS.get(endpoint, {})
    kind = fields.get(condition.field)
    if kind is None:
        known = ", ".join(fields)
        raise WhereError(f"{endpoint} is not filtered by {condition.field!r}; it is by {known}")
    if condition.operator != "==" and kind not in _RANGED:
        raise WhereError(f"{condition.field} takes == only")
    if condition.guid != (kind is Kind.GUID):
        raise WhereError(f"{condition.field} is {kind.value}; compare it as such")
    return f"{condition.field}{condition.operator}{_literal(kind, condition)}"


def _literal(kind: Kind, condition: Condition) -> str:
    value = condition.value
    match kind, value:
        case Kind.GUID, str() if GUID.fullmatch(value):
            return f'Guid("{value}")'
        case Kind.CODE, str() if _CODE.fullmatch(value):
            return f'"{value}"'
        case Kind.TEXT, str():
            return _string(condition.field, value)
        case Kind.DAY, date() if not isinstance(value, datetime):
            return f"DateTime({value.year}, {value.month:02d}, {value.day:02d})"
        case Kind.FLAG, bool():
            return "true" if value else "false"
        case Kind.AMOUNT, Decimal() if value.is_finite():
            return f"{value:f}"
        case _:
            raise WhereError(f"{condition.field} is {kind.value}; {value!r:.60} is not")


def is_comparable(text: str) -> bool:
    """Whether a text can stand in a filter at all."""
    return _uncomparable_because(text) is None


def _uncomparable_because(text: str) -> str | None:
    if len(text) > MAX_TEXT_CHARS:
        return f"has {len(text)} characters; at most {MAX_TEXT_CHARS} can be compared"
    return "has control characters" if _UNPRINTABLE.search(text) else None


def _string(field: str, text: str) -> str:
    r"""Quote a text so that no part of it can be read as anything but text.

    Xero's expressions are those of .NET's Dynamic LINQ: a quote is written twice, and a
    backslash is a plain character (recorded: `\"` in a name answers "Syntax error").
    """
    why = _uncomparable_because(text)
    if why is not None:
        raise UncomparableTextError(field, why)
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
