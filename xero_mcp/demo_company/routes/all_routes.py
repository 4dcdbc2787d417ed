"""Every route of the accounting API, by method and path."""

from collections.abc import Mapping

from xero_mcp.demo_company.kernel import Route
from xero_mcp.demo_company.routes import (
    accounts,
    attachments,
    bank_transactions,
    bank_transfers,
    batch_payments,
    budgets,
    contact_groups,
    contacts,
    credit_notes,
    history,
    invoices,
    items,
    journals,
    linked_transactions,
    manual_journals,
    organisation,
    overpayments_prepayments,
    payments,
    pdfs,
    purchase_orders,
    quotes,
    repeating_invoices,
    reports,
    settings,
    tax_rates,
    tracking_categories,
)

_MODULES = (
    accounts,
    attachments,
    bank_transactions,
    bank_transfers,
    batch_payments,
    budgets,
    contact_groups,
    contacts,
    credit_notes,
    history,
    invoices,
    items,
    journals,
    linked_transactions,
    manual_journals,
    organisation,
    overpayments_prepayments,
    payments,
    pdfs,
    purchase_orders,
    quotes,
    repeating_invoices,
    reports,
    settings,
    tax_rates,
    tracking_categories,
)


def all_routes() -> Mapping[tuple[str, str], Route]:
    """Join the routes of every module; two for one operation would be a mistake."""
    routes: dict[tuple[str, str], Route] = {}
    for module in _MODULES:
        for one in module.ROUTES:
            if routes.setdefault((one.method, one.path), one) is not one:
                raise ValueError(f"two routes for {one.method} {one.path}")
    return routes
