"""Quotes and purchase orders: which status may follow which, and how long their texts may be."""

from collections.abc import Iterator, Mapping
from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.kernel import Json

QUOTE_NEXT: Final[Mapping[str, frozenset[str]]] = {
    "DRAFT": frozenset({"DRAFT", "SENT", "DELETED"}),
    "SENT": frozenset({"SENT", "DRAFT", "ACCEPTED", "DECLINED", "INVOICED", "DELETED"}),
    "DECLINED": frozenset({"DECLINED", "DRAFT", "SENT", "DELETED"}),
    "ACCEPTED": frozenset({"ACCEPTED", "DRAFT", "SENT", "INVOICED", "DELETED"}),
    "INVOICED": frozenset({"INVOICED", "DELETED"}),
    "DELETED": frozenset(),
}
QUOTE_FIRST: Final = frozenset({"DRAFT", "SENT", "DECLINED", "ACCEPTED", "INVOICED"})
QUOTE_TEXTS: Final[Mapping[str, int]] = {
    "QuoteNumber": 255,
    "Reference": 4000,
    "Terms": 4000,
    "Title": 100,
    "Summary": 3000,
}

ORDER_NEXT: Final[Mapping[str, frozenset[str]]] = {
    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "BILLED", "DELETED"}),
    "SUBMITTED": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "BILLED", "DELETED"}),
    "AUTHORISED": frozenset({"AUTHORISED", "BILLED", "DELETED"}),
    "BILLED": frozenset({"BILLED", "DELETED"}),
    "DELETED": frozenset(),
}
ORDER_FIRST: Final = frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "BILLED"})
ORDER_TEXTS: Final[Mapping[str, int]] = {
    "PurchaseOrderNumber": 255,
    "Reference": 255,
    "DeliveryAddress": 1000,
    "AttentionTo": 255,
    "Telephone": 50,
    "DeliveryInstructions": 500,
}


def asked_status(element: Json, before: Json | None) -> str:
    """The status that was asked for; the stored one, or DRAFT, where none was."""
    stored: str = before["Status"] if before is not None else "DRAFT"
    return sent.stripped(element, "Status").upper() or stored


def long_texts(quote: Json) -> Iterator[str]:
    """Name the texts that are too long, of those that an update may empty or make anew."""
    for name in ("QuoteNumber", "Terms"):
        if len(quote[name]) > QUOTE_TEXTS[name]:
            yield f"The field {name} must not be longer than {QUOTE_TEXTS[name]} characters"
