"""Of which changes a policy lets an agent hear: of what it may read, and of nothing else."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from xero_mcp.policy.model import Mode, Policy
from xero_mcp.policy.scopes import above_ceiling
from xero_mcp.tool.access import Access, Area
from xero_mcp.xero.scopes import scopes_for

PATHS: Mapping[Area, str] = MappingProxyType(
    {
        Area.ACCOUNTS: "/Accounts",
        Area.BANK_TRANSACTIONS: "/BankTransactions",
        Area.BANK_TRANSFERS: "/BankTransfers",
        Area.BILLS: "/Invoices",
        Area.CONTACTS: "/Contacts",
        Area.CREDIT_NOTES: "/CreditNotes",
        Area.INVOICES: "/Invoices",
        Area.ITEMS: "/Items",
        Area.JOURNALS: "/Journals",
        Area.MANUAL_JOURNALS: "/ManualJournals",
        Area.PAYMENTS: "/Payments",
        Area.PURCHASE_ORDERS: "/PurchaseOrders",
        Area.QUOTES: "/Quotes",
    }
)
"""Area of which changes are told -> where it would be read: the ceiling of scopes holds alike."""


def told_areas(
    policy: Policy, areas: Collection[Area], *, named: Collection[Area] = ()
) -> frozenset[Area]:
    """Those of these areas whose changes the agent may hear of.

    Watch mode opens only what a call asks for by name, since only that is written down as what
    would have been refused.
    """
    watched = named if policy.mode is Mode.WATCH else ()
    return frozenset(
        area
        for area in areas
        if (policy.grant(area).access.covers(Access.READ) or area in watched)
        and not above_ceiling(policy, told_scopes((area,)))
    )


def told_scopes(areas: Collection[Area]) -> frozenset[str]:
    """What it would take to read them in Xero."""
    return scopes_for(("GET", PATHS[area]) for area in areas)
