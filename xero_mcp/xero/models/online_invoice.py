from typing import Annotated

from xero_mcp.xero.models.base import Listed, XeroModel, XeroWrite
from xero_mcp.xero.text import XeroText


class OnlineInvoice(XeroModel):
    """The page on which a customer sees an invoice and pays it."""

    online_invoice_url: XeroText = ""


class OnlineInvoices(XeroModel):
    online_invoices: Annotated[tuple[OnlineInvoice, ...], Listed] = ()


class NoContent(XeroWrite):
    """Email takes no arguments: the address is the contact's own."""


class EmailTaken(XeroModel):
    """Xero answers without a body."""
