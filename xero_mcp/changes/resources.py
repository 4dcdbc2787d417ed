"""The kinds of things that are read again: where they are in Xero, and how they are asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel

from xero_mcp.changes import shown
from xero_mcp.changes.shown import Shown
from xero_mcp.tool.access import Area
from xero_mcp.xero.models.account import Accounts
from xero_mcp.xero.models.bank_transaction import BankTransactions
from xero_mcp.xero.models.bank_transfer import BankTransfers
from xero_mcp.xero.models.contact import Contacts
from xero_mcp.xero.models.credit_money import Overpayments, Prepayments
from xero_mcp.xero.models.credit_note import CreditNotes
from xero_mcp.xero.models.invoice import Invoices
from xero_mcp.xero.models.item import Items
from xero_mcp.xero.models.journal import Journals
from xero_mcp.xero.models.manual_journal import ManualJournals
from xero_mcp.xero.models.payment import Payments
from xero_mcp.xero.models.purchase_order import PurchaseOrders
from xero_mcp.xero.models.quote import Quotes
from xero_mcp.xero.scopes import scopes_for

INVOICES: Final = "invoices"
PAYMENTS: Final = "payments"


class Pages(Enum):
    """How a list is cut into parts."""

    SIZED = "page and pageSize"
    BARE = "page alone"
    OFFSET = "the number of the last one"
    WHOLE = "not at all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind of thing."""

    name: str
    """In the words of addresses, and of the feed."""
    path: str
    envelope: type[BaseModel]
    listed: Callable[[Any], Sequence[Any]]
    """The things in an envelope."""
    show: Callable[[Any], Shown]
    area: Area
    """Where a thing of which only the id is known counts."""
    pages: Pages = Pages.SIZED
    has_ids: bool = False
    """Whether Xero takes a list of ids."""
    is_told: bool = False
    """Whether there are webhooks for it."""
    is_reference: bool = False
    """Whether it changes seldom, and the server keeps a copy of it in memory."""
    params: Mapping[str, str | bool | int] = field(default_factory=dict[str, "str | bool | int"])

    @property
    def reach(self) -> tuple[str, str]:
        return "GET", self.path

    @property
    def scopes(self) -> frozenset[str]:
        return scopes_for([self.reach])


RESOURCES: Final[Sequence[Resource]] = (
    Resource(
        name=INVOICES,
        path="/Invoices",
        envelope=Invoices,
        listed=lambda found: found.invoices,
        show=shown.shown_invoice,
        area=Area.INVOICES,
        has_ids=True,
        is_told=True,
        params={"includeArchived": True, "summaryOnly": True},
    ),
    Resource(
        name="contacts",
        path="/Contacts",
        envelope=Contacts,
        listed=lambda found: found.contacts,
        show=shown.shown_contact,
        area=Area.CONTACTS,
        has_ids=True,
        is_told=True,
        params={"includeArchived": True},
    ),
    Resource(
        name="credit-notes",
        path="/CreditNotes",
        envelope=CreditNotes,
        listed=lambda found: found.credit_notes,
        show=shown.shown_credit_note,
        area=Area.CREDIT_NOTES,
        is_told=True,
    ),
    Resource(
        name="prepayments",
        path="/Prepayments",
        envelope=Prepayments,
        listed=lambda found: found.prepayments,
        show=shown.shown_credit_money,
        area=Area.PAYMENTS,
        is_told=True,
    ),
    Resource(
        name="overpayments",
        path="/Overpayments",
        envelope=Overpayments,
        listed=lambda found: found.overpayments,
        show=shown.shown_credit_money,
        area=Area.PAYMENTS,
        is_told=True,
    ),
    Resource(
        name=PAYMENTS,
        path="/Payments",
        envelope=Payments,
        listed=lambda found: found.payments,
        show=shown.shown_payment,
        area=Area.PAYMENTS,
    ),
    Resource(
        name="bank-transactions",
        path="/BankTransactions",
        envelope=BankTransactions,
        listed=lambda found: found.bank_transactions,
        show=shown.shown_bank_transaction,
        area=Area.BANK_TRANSACTIONS,
    ),
    Resource(
        name="bank-transfers",
        path="/BankTransfers",
        envelope=BankTransfers,
        listed=lambda found: found.bank_transfers,
        show=shown.shown_bank_transfer,
        area=Area.BANK_TRANSFERS,
        pages=Pages.WHOLE,
        params={"includeDeleted": True},
    ),
    Resource(
        name="manual-journals",
        path="/ManualJournals",
        envelope=ManualJournals,
        listed=lambda found: found.manual_journals,
        show=shown.shown_manual_journal,
        area=Area.MANUAL_JOURNALS,
    ),
    Resource(
        name="purchase-orders",
        path="/PurchaseOrders",
        envelope=PurchaseOrders,
        listed=lambda found: found.purchase_orders,
        show=shown.shown_purchase_order,
        area=Area.PURCHASE_ORDERS,
    ),
    Resource(
        name="quotes",
        path="/Quotes",
        envelope=Quotes,
        listed=lambda found: found.quotes,
        show=shown.shown_quote,
        area=Area.QUOTES,
        pages=Pages.BARE,
    ),
    Resource(
        name="items",
        path="/Items",
        envelope=Items,
        listed=lambda found: found.items,
        show=shown.shown_item,
        area=Area.ITEMS,
        pages=Pages.WHOLE,
        params={"unitdp": 4},
    ),
    Resource(
        name="accounts",
        path="/Accounts",
        envelope=Accounts,
        listed=lambda found: found.accounts,
        show=shown.shown_account,
        area=Area.ACCOUNTS,
        pages=Pages.WHOLE,
        is_reference=True,
    ),
    Resource(
        name="journals",
        path="/Journals",
        envelope=Journals,
        listed=lambda found: found.journals,
        show=shown.shown_journal,
        area=Area.JOURNALS,
        pages=Pages.OFFSET,
    ),
)
BY_NAME: Final[Mapping[str, Resource]] = MappingProxyType({one.name: one for one in RESOURCES})
