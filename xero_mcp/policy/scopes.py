"""Xero's scopes as a policy names them, and which of them a call takes.

Granular ones only: a ceiling in the broad scopes would open four doors with one word.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from xero_mcp.policy.model import Policy
from xero_mcp.tool.access import Area, Need
from xero_mcp.tool.card import ToolCard
from xero_mcp.xero.scopes import scopes_for

REPORT_PREFIX = "accounting.reports."

READ_AND_WRITE: tuple[str, ...] = (
    "accounting.attachments",
    "accounting.banktransactions",
    "accounting.contacts",
    "accounting.invoices",
    "accounting.manualjournals",
    "accounting.payments",
    "accounting.settings",
)
READ_ONLY: tuple[str, ...] = (
    "accounting.budgets.read",
    "accounting.journals.read",
    "accounting.reports.aged.read",
    "accounting.reports.balancesheet.read",
    "accounting.reports.banksummary.read",
    "accounting.reports.budgetsummary.read",
    "accounting.reports.executivesummary.read",
    "accounting.reports.profitandloss.read",
    "accounting.reports.taxreports.read",
    "accounting.reports.tenninetynine.read",
    "accounting.reports.trialbalance.read",
)
SCOPES: tuple[str, ...] = tuple(
    sorted([*READ_AND_WRITE, *(f"{scope}.read" for scope in READ_AND_WRITE), *READ_ONLY])
)

BROAD: Mapping[str, str] = MappingProxyType(
    {
        "accounting.transactions": (
            "accounting.invoices, accounting.payments, accounting.banktransactions"
            " or accounting.manualjournals"
        ),
        "accounting.transactions.read": (
            "accounting.invoices.read, accounting.payments.read,"
            " accounting.banktransactions.read or accounting.manualjournals.read"
        ),
        "accounting.reports.read": "accounting.reports.profitandloss.read and its like",
    }
)
"""Broad scope -> the granular ones to write in its place."""

REPORT_SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "profit-and-loss": "accounting.reports.profitandloss.read",
        "balance-sheet": "accounting.reports.balancesheet.read",
        "trial-balance": "accounting.reports.trialbalance.read",
        "bank-summary": "accounting.reports.banksummary.read",
        "budget-summary": "accounting.reports.budgetsummary.read",
        "executive-summary": "accounting.reports.executivesummary.read",
        "aged-receivables": "accounting.reports.aged.read",
        "aged-payables": "accounting.reports.aged.read",
        "ten-ninety-nine": "accounting.reports.tenninetynine.read",
        "bas": "accounting.reports.taxreports.read",
        "gst": "accounting.reports.taxreports.read",
    }
)
"""Every report that a policy can name -> the scope that Xero wants for it."""


AREAS_OF: Mapping[str, frozenset[Area]] = MappingProxyType(
    {
        "Accounts": frozenset({Area.ACCOUNTS}),
        "BankTransactions": frozenset({Area.BANK_TRANSACTIONS}),
        "BankTransfers": frozenset({Area.BANK_TRANSFERS}),
        "BatchPayments": frozenset({Area.PAYMENTS}),
        "Contacts": frozenset({Area.CONTACTS}),
        "CreditNotes": frozenset({Area.CREDIT_NOTES}),
        "Invoices": frozenset({Area.INVOICES, Area.BILLS}),
        "Items": frozenset({Area.ITEMS}),
        "ManualJournals": frozenset({Area.MANUAL_JOURNALS}),
        "Overpayments": frozenset({Area.PAYMENTS}),
        "Payments": frozenset({Area.PAYMENTS}),
        "Prepayments": frozenset({Area.PAYMENTS}),
        "PurchaseOrders": frozenset({Area.PURCHASE_ORDERS}),
        "Quotes": frozenset({Area.QUOTES}),
        "RepeatingInvoices": frozenset({Area.REPEATING_INVOICES}),
    }
)
"""First part of a path -> the areas of what has attachments or a history there."""


def covered(scopes: Iterable[str]) -> frozenset[str]:
    """These scopes and what they imply: to write is to be able to read."""
    given = frozenset(scopes)
    return given | {f"{scope}.read" for scope in given if scope in READ_AND_WRITE}


def scopes_of(card: ToolCard, needs: Iterable[Need]) -> frozenset[str]:
    """What a call takes: a report tool's card names every report's scope, a call runs just one."""
    needed = tuple(needs)
    if card.also_by is not None:
        return _of_documents(card, needed)
    reports = {need.report for need in needed if need.report is not None}
    wanted = {REPORT_SCOPES[report] for report in reports if report in REPORT_SCOPES}
    if not wanted:
        return frozenset(card.scopes)
    wanted |= scopes_for((reach.method, reach.path) for reach in card.also)
    return frozenset(
        scope for scope in card.scopes if not scope.startswith(REPORT_PREFIX) or scope in wanted
    )


def _of_documents(card: ToolCard, needs: Iterable[Need]) -> frozenset[str]:
    """A tool for many kinds of document: a call takes the scope of its own kind alone."""
    areas = {need.area for need in needs}
    return scopes_for(
        (reach.method, reach.path)
        for reach in (*card.reaches, *card.also)
        if areas & AREAS_OF[reach.path.split("/")[1]]
    )


def above_ceiling(policy: Policy, scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes among these that the policy's ceiling keeps out."""
    if policy.scopes is None:
        return ()
    return tuple(sorted(frozenset(scopes) - policy.scopes))
