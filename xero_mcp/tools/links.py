"""Deep links: they open the right document in the right organisation, without another request."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal
from urllib.parse import quote

from xero_mcp.errors import XeroMcpError
from xero_mcp.xero.scoped import ScopedXero

Linked = Literal[
    "sales invoice",
    "bill",
    "sales credit note",
    "bill credit note",
    "purchase order",
    "item",
    "payment",
    "bank transaction",
    "manual journal",
]
LOGIN = "https://go.xero.com/organisationlogin/default.aspx"
PAGES: Mapping[Linked, str] = MappingProxyType(
    {
        "sales invoice": "/AccountsReceivable/Edit.aspx?InvoiceID={id}",
        "bill": "/AccountsPayable/Edit.aspx?InvoiceID={id}",
        "sales credit note": "/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={id}",
        "bill credit note": "/AccountsPayable/ViewCreditNote.aspx?creditNoteID={id}",
        "purchase order": "/Accounts/Payable/PurchaseOrders/Edit/{id}",
        "item": "/Accounts/Inventory/{id}",
        "payment": "/Bank/ViewTransaction.aspx?bankTransactionID={id}",
        "bank transaction": "/Bank/ViewTransaction.aspx?bankTransactionID={id}",
        "manual journal": "/Journal/View.aspx?invoiceID={id}",
    }
)
"""Behind a sign-in that switches to the organisation of the short code."""


def page_link(kind: Linked, document_id: str, short_code: str | None) -> str | None:
    """Where a person sees it; None where the organisation's short code is not known."""
    if short_code is None:
        return None
    page = PAGES[kind].format(id=document_id)
    return f"{LOGIN}?shortcode={quote(short_code)}&redirecturl={page}"


def quote_link(quote_id: str, short_code: str | None) -> str | None:
    """Quotes live in the newer part of Xero, which has addresses of its own."""
    if short_code is None:
        return None
    return f"https://go.xero.com/app/{quote(short_code)}/quotes/view/{quote_id}"


def contact_link(contact_id: str, short_code: str | None) -> str:
    """Without a short code it opens in whichever organisation the person was last."""
    if short_code is None:
        return f"https://go.xero.com/Contacts/View/{contact_id}"
    return f"https://go.xero.com/app/{quote(short_code)}/contacts/contact/{contact_id}"


async def short_code(xero: ScopedXero) -> str | None:
    """The organisation's code for links, from what the server keeps; a link may lack for it."""
    try:
        return (await xero.reference.organisation()).short_code
    except XeroMcpError:
        return None
