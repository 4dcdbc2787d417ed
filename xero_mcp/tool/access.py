"""Areas and levels: the two words in which a policy speaks of a tool."""

from dataclasses import dataclass
from enum import StrEnum


class Area(StrEnum):
    """A part of the books that a policy opens or leaves shut."""

    ORGANISATION = "organisation"
    ACCOUNTS = "accounts"
    TAX_RATES = "tax-rates"
    TRACKING = "tracking"
    CURRENCIES = "currencies"
    BRANDING = "branding"
    USERS = "users"
    CONTACTS = "contacts"
    INVOICES = "invoices"
    BILLS = "bills"
    CREDIT_NOTES = "credit-notes"
    PAYMENTS = "payments"
    BANK_TRANSACTIONS = "bank-transactions"
    BANK_TRANSFERS = "bank-transfers"
    ITEMS = "items"
    QUOTES = "quotes"
    PURCHASE_ORDERS = "purchase-orders"
    MANUAL_JOURNALS = "manual-journals"
    JOURNALS = "journals"
    REPEATING_INVOICES = "repeating-invoices"
    LINKED_TRANSACTIONS = "linked-transactions"
    BUDGETS = "budgets"
    REPORTS = "reports"
    ATTACHMENTS = "attachments"
    HISTORY = "history"


class Access(StrEnum):
    """What may be done in an area; each level includes the ones before it."""

    OFF = "off"
    READ = "read"
    DRAFT = "draft"
    POST = "post"
    FULL = "full"

    @property
    def rank(self) -> int:
        return _RANKS[self]

    def covers(self, other: "Access") -> bool:
        return _RANKS[self] >= _RANKS[other]


_RANKS = {access: rank for rank, access in enumerate(Access)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that a policy must grant before a call may go ahead."""

    area: Area
    access: Access
    report: str | None = None

    def __str__(self) -> str:
        shown = f"{self.area}={self.access}"
        return f"{shown} ({self.report})" if self.report else shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One operation of Xero that a tool may use: `GET /Invoices/{InvoiceID}`."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        return self.method != "GET"
