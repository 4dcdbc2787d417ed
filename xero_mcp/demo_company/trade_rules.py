"""Invoices, bills and credit notes: which status may follow which, and what a change may touch."""

from collections.abc import Iterator, Mapping
from typing import Final

from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.rounding import ZERO
from xero_mcp.demo_company.sides import INVOICE, Kind

NOT_MODIFIABLE: Final = "{} not of valid status for modification"
HAS_PAYMENTS: Final = (
    "This document cannot be edited as it has a payment or credit note allocated to it."
)
POSTED: Final = frozenset({"AUTHORISED", "PAID"})
COMPLETE: Final = frozenset({"SUBMITTED", "AUTHORISED", "PAID"})
"""The statuses in which a document must be whole: lines, accounts, a due date."""

GONE: Final = frozenset({"DELETED", "VOIDED"})
AMOUNT_TYPES: Final[Mapping[str, str]] = {
    "exclusive": "Exclusive",
    "inclusive": "Inclusive",
    "notax": "NoTax",
}
_FIRST: Final = frozenset({"DRAFT", "SUBMITTED", "AUTHORISED"})
_NEXT: Final[Mapping[str, frozenset[str]]] = {
    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),
    "SUBMITTED": frozenset({"SUBMITTED", "AUTHORISED", "DRAFT", "DELETED"}),
    "AUTHORISED": frozenset({"AUTHORISED", "VOIDED"}),
    "PAID": frozenset({"PAID", "AUTHORISED"}),
}
_FIXED: Final = ("Type", "Date", "CurrencyCode", "CurrencyRate", "LineAmountTypes", "Total")
_FIXED_ON_LINES: Final = (
    "LineItemID",
    "Quantity",
    "UnitAmount",
    "LineAmount",
    "TaxType",
    "TaxAmount",
    "ItemCode",
)


def is_settled(document: Json) -> bool:
    """Whether anything was paid on it, credited to it or taken from it."""
    return bool(
        document.get("Payments")
        or document.get("AmountPaid", ZERO)
        or document.get("AmountCredited", ZERO)
        or document.get("AppliedAmount", ZERO)
    )


def status_problems(kind: Kind, before: Json | None, status: str) -> Iterator[str]:
    """What stands against this status after the one that the document has."""
    refusal = NOT_MODIFIABLE.format("Invoice" if kind is INVOICE else "Credit note")
    if before is None:
        if status not in _FIRST:
            yield refusal
        return
    if status not in _NEXT.get(before["Status"], frozenset()):
        yield refusal
        if is_settled(before):
            yield HAS_PAYMENTS
    elif status == "VOIDED" and is_settled(before):
        yield refusal
        yield HAS_PAYMENTS


def settled_problems(before: Json, after: Json) -> Iterator[str]:
    """Once something is paid, whatever would move money stays as it is."""
    if any(before.get(name) != after.get(name) for name in _FIXED) or _moved(before, after):
        yield HAS_PAYMENTS


def _moved(before: Json, after: Json) -> bool:
    def fixed(document: Json) -> list[tuple[object, ...]]:
        return [tuple(line.get(name) for name in _FIXED_ON_LINES) for line in document["LineItems"]]

    return fixed(before) != fixed(after)
