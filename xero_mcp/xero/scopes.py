"""Which OAuth scope an operation of Xero needs: the granular one, and the old broad one.

Ours, after Xero's documentation of October 2026. The broad scopes end on 13 September 2027.
"""

from collections.abc import Iterable
from typing import Final

READ_SUFFIX: Final = ".read"

SETTINGS: Final = "accounting.settings"
SETTINGS_READ: Final = "accounting.settings.read"

_BASE: Final = {
    "Accounts": SETTINGS,
    "BrandingThemes": SETTINGS,
    "Currencies": SETTINGS,
    "InvoiceReminders": SETTINGS,
    "Items": SETTINGS,
    "Organisation": SETTINGS,
    "Setup": SETTINGS,
    "TaxRates": SETTINGS,
    "TrackingCategories": SETTINGS,
    "Users": SETTINGS,
    "ContactGroups": "accounting.contacts",
    "Contacts": "accounting.contacts",
    "CreditNotes": "accounting.invoices",
    "Invoices": "accounting.invoices",
    "LinkedTransactions": "accounting.invoices",
    "PurchaseOrders": "accounting.invoices",
    "Quotes": "accounting.invoices",
    "RepeatingInvoices": "accounting.invoices",
    "BatchPayments": "accounting.payments",
    "Overpayments": "accounting.payments",
    "Payments": "accounting.payments",
    "Prepayments": "accounting.payments",
    "BankTransactions": "accounting.banktransactions",
    "BankTransfers": "accounting.banktransactions",
    "ManualJournals": "accounting.manualjournals",
}
"""First part of a path -> the scope that writes; with `.read` behind it, the one that reads."""

_READ_ONLY: Final = {
    "Budgets": "accounting.budgets.read",
    "Journals": "accounting.journals.read",
}

_REPORTS: Final = {
    "AgedPayablesByContact": "accounting.reports.aged.read",
    "AgedReceivablesByContact": "accounting.reports.aged.read",
    "BalanceSheet": "accounting.reports.balancesheet.read",
    "BankSummary": "accounting.reports.banksummary.read",
    "BudgetSummary": "accounting.reports.budgetsummary.read",
    "ExecutiveSummary": "accounting.reports.executivesummary.read",
    "ProfitAndLoss": "accounting.reports.profitandloss.read",
    "TenNinetyNine": "accounting.reports.tenninetynine.read",
    "TrialBalance": "accounting.reports.trialbalance.read",
}
_TAX_REPORTS: Final = "accounting.reports.taxreports.read"
"""The list of published reports, and each of them by its id."""

_ATTACHMENTS: Final = "accounting.attachments"
_PAYMENT_SERVICES: Final = "paymentservices"

_TRANSACTIONS: Final = "accounting.transactions"
_BROAD_BASE: Final = {
    "accounting.invoices": _TRANSACTIONS,
    "accounting.payments": _TRANSACTIONS,
    "accounting.banktransactions": _TRANSACTIONS,
    "accounting.manualjournals": _TRANSACTIONS,
}
_BROAD_REPORTS: Final = "accounting.reports.read"
_UNCHANGED_REPORTS: Final = frozenset({"accounting.reports.tenninetynine.read"})


def scopes_for(reaches: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The granular scopes for these (method, path template) pairs, and none to spare.

    Raises:
        ValueError: an operation that this table does not know.
    """
    return without_implied(_scope_for(method, path) for method, path in reaches)


def _scope_for(method: str, path: str) -> str:
    first, *rest = path.strip("/").split("/")
    if first == "Reports":
        return _REPORTS.get(rest[0], _TAX_REPORTS) if rest else _TAX_REPORTS
    if "PaymentServices" in (first, *rest):
        return _PAYMENT_SERVICES
    reads = method == "GET"
    if first in _READ_ONLY and reads:
        return _READ_ONLY[first]
    if first not in _BASE:
        raise ValueError(f"no scope is known for {method} {path}")
    base = _ATTACHMENTS if "Attachments" in rest else _BASE[first]
    return base + READ_SUFFIX if reads else base


def without_implied(scopes: Iterable[str]) -> frozenset[str]:
    """Leave out a `.read` whose writing scope is there: it implies it."""
    named = frozenset(scopes)
    return frozenset(s for s in named if s.removesuffix(READ_SUFFIX) not in named - {s})


def covers(granted: Iterable[str], needed: str) -> bool:
    """Whether one of the granted scopes lets through what `needed` names."""
    names = frozenset(granted)
    return needed in names or needed.removesuffix(READ_SUFFIX) in names


def broad_of(scopes: Iterable[str]) -> frozenset[str]:
    """The old scopes that cover these; one that has no broad form stays as it is."""
    return without_implied(_broad(scope) for scope in scopes)


def _broad(scope: str) -> str:
    if scope.startswith("accounting.reports.") and scope not in _UNCHANGED_REPORTS:
        return _BROAD_REPORTS
    base = scope.removesuffix(READ_SUFFIX)
    if base not in _BROAD_BASE:
        return scope
    broad = _BROAD_BASE[base]
    return broad if base == scope else broad + READ_SUFFIX


def is_broad(scope: str) -> bool:
    """Whether it is one of the old scopes, which end on 13 September 2027."""
    return scope.removesuffix(READ_SUFFIX) == _TRANSACTIONS or scope == _BROAD_REPORTS
