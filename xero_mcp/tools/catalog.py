"""Every tool of the house: one line each."""

from typing import Any

from xero_mcp.tool.declare import Tool
from xero_mcp.tools.account_detail import account_detail
from xero_mcp.tools.account_writes import save_account
from xero_mcp.tools.accounts import list_accounts
from xero_mcp.tools.aged_balances import aged_balances
from xero_mcp.tools.allocations import allocate_credit, remove_allocation
from xero_mcp.tools.attachments import add_attachment, get_attachments
from xero_mcp.tools.bank_transaction_writes import save_bank_transactions
from xero_mcp.tools.bank_transactions import list_bank_transactions
from xero_mcp.tools.bank_transfers import list_bank_transfers, save_bank_transfer
from xero_mcp.tools.budgets import list_budgets
from xero_mcp.tools.changes import list_changes, wait_for_change
from xero_mcp.tools.coding_history import coding_history
from xero_mcp.tools.consolidate_reports import consolidate_reports
from xero_mcp.tools.contact_groups import list_contact_groups, save_contact_group
from xero_mcp.tools.contact_reading import get_contact
from xero_mcp.tools.contact_writes import save_contacts
from xero_mcp.tools.contacts import create_contact, list_contacts
from xero_mcp.tools.credit_notes import list_credit_notes, save_credit_notes
from xero_mcp.tools.credits import list_prepayments_and_overpayments
from xero_mcp.tools.currencies import add_currency
from xero_mcp.tools.find_duplicates import find_duplicates
from xero_mcp.tools.history import add_note, list_history
from xero_mcp.tools.invoice_sharing import email_invoice, get_document_pdf, get_invoice_link
from xero_mcp.tools.invoice_updates import save_invoices, update_invoice
from xero_mcp.tools.invoice_writes import create_invoice
from xero_mcp.tools.invoices import get_invoice, list_invoices
from xero_mcp.tools.items import list_items, save_items
from xero_mcp.tools.journals import list_journals
from xero_mcp.tools.linked_transactions import list_linked_transactions, save_linked_transaction
from xero_mcp.tools.manual_journal_writes import save_manual_journals
from xero_mcp.tools.manual_journals import list_manual_journals
from xero_mcp.tools.organisation import get_organisation
from xero_mcp.tools.organisations import list_organisations, what_can_i_do
from xero_mcp.tools.payment_deleting import delete_payment
from xero_mcp.tools.payment_lists import list_payments
from xero_mcp.tools.payments import create_payment
from xero_mcp.tools.payments_many import create_payments
from xero_mcp.tools.playbooks import get_playbook
from xero_mcp.tools.purchase_orders import list_purchase_orders, save_purchase_orders
from xero_mcp.tools.quotes import list_quotes, save_quotes
from xero_mcp.tools.repeating_invoices import list_repeating_invoices, save_repeating_invoices
from xero_mcp.tools.reports import run_report
from xero_mcp.tools.settings_lists import list_settings
from xero_mcp.tools.tax_rates import save_tax_rate
from xero_mcp.tools.tracking import save_tracking
from xero_mcp.tools.unfinished_items import unfinished_items

CATALOG: tuple[Tool[Any, Any], ...] = (
    account_detail,
    add_attachment,
    add_currency,
    add_note,
    aged_balances,
    allocate_credit,
    coding_history,
    consolidate_reports,
    create_contact,
    create_invoice,
    create_payment,
    create_payments,
    delete_payment,
    email_invoice,
    find_duplicates,
    get_attachments,
    get_contact,
    get_document_pdf,
    get_invoice,
    get_invoice_link,
    get_organisation,
    get_playbook,
    list_accounts,
    list_bank_transactions,
    list_bank_transfers,
    list_budgets,
    list_changes,
    list_contact_groups,
    list_contacts,
    list_credit_notes,
    list_history,
    list_invoices,
    list_items,
    list_journals,
    list_linked_transactions,
    list_manual_journals,
    list_organisations,
    list_payments,
    list_prepayments_and_overpayments,
    list_purchase_orders,
    list_quotes,
    list_repeating_invoices,
    list_settings,
    remove_allocation,
    run_report,
    save_account,
    save_bank_transactions,
    save_bank_transfer,
    save_contact_group,
    save_contacts,
    save_credit_notes,
    save_invoices,
    save_items,
    save_linked_transaction,
    save_manual_journals,
    save_purchase_orders,
    save_quotes,
    save_repeating_invoices,
    save_tax_rate,
    save_tracking,
    unfinished_items,
    update_invoice,
    wait_for_change,
    what_can_i_do,
)
