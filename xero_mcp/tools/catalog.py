"""Every tool of the house: one line each."""

from typing import Any

from xero_mcp.tool.declare import Tool
from xero_mcp.tools.accounts import list_accounts
from xero_mcp.tools.contacts import create_contact, list_contacts
from xero_mcp.tools.invoice_writes import create_invoice
from xero_mcp.tools.invoices import get_invoice, list_invoices
from xero_mcp.tools.organisations import list_organisations, what_can_i_do
from xero_mcp.tools.payments import create_payment
from xero_mcp.tools.reports import run_report

CATALOG: tuple[Tool[Any, Any], ...] = (
    create_contact,
    create_invoice,
    create_payment,
    get_invoice,
    list_accounts,
    list_contacts,
    list_invoices,
    list_organisations,
    run_report,
    what_can_i_do,
)
