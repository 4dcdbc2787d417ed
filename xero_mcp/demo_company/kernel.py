"""What every room of the demo company is built on. Read this before you write a route.

A *document* is a `Json`: a dict in Xero's own casing that holds `Decimal` (money, rates,
quantities), `date` (a day), `datetime` (an instant), ids as lower-case strings, `bool`, `str`,
lists and dicts. The edge (`wire/`) turns it into Xero's JSON:

* `date` and a `datetime` with a zone become `/Date(ms+0000)/`;
* a naive `datetime` becomes `/Date(ms)/`, which Xero uses in quotes and a few other places;
* `None` is left out: an absent field is an absent key.

The rules that hold the house together:

1. **A stored document is never changed.** `table.put({**document, "Status": "VOIDED"})`. So reading
   needs no copy, a refused write leaves nothing behind, and undo is free.
2. **A handler is synchronous** and takes one `Call`: `@route("GET", "/Invoices/{InvoiceID}")` makes
   it a `Route`; each module of `routes/` ends with the tuple `ROUTES`, and `app.py` joins them.
3. **All or nothing.** Every change goes through `Table.put`, `Table.remove` or
   `Company.all_or_nothing`'s log (`company.undo.record`). `app.py` runs each handler inside
   `with company.all_or_nothing():`, so any exception takes the call back; `writing.write_each` does
   the same for each element.
4. **Time and ids are given**: `company.now()`, `company.today()`, `company.new_id()`.
5. **Refusals are exceptions**: `ElementRefusedError` (this element breaks a rule; carries Xero's
   words), `ValidationRefusedError` (the whole call is a 400 with Elements), `NotFoundError`,
   `RefusedError` (anything else).
6. **Lists and writes are shared**: `listing.py` answers every GET of a list from a `Noun` (one
   declaration for each noun), `writing.py` runs a function over each element that was sent.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal, cast
from uuid import UUID

from xero_mcp.demo_company.authors import Author
from xero_mcp.demo_company.indexes import add_indexes
from xero_mcp.demo_company.ledger import Ledger
from xero_mcp.demo_company.table import Table, Undo

__all__ = [
    "TABLES",
    "ZERO_ID",
    "Answer",
    "Call",
    "Company",
    "ElementRefusedError",
    "Event",
    "Json",
    "NotFoundError",
    "RefusedError",
    "Route",
    "Table",
    "Undo",
    "ValidationRefusedError",
    "route",
    "seeded_ids",
]

Json = dict[str, Any]

ZERO_ID = "00000000-0000-0000-0000-000000000000"
NOTE = "Note"
"""What the history calls a text that somebody put there."""

TABLES: Mapping[str, str] = {
    "Accounts": "AccountID",
    "BankTransactions": "BankTransactionID",
    "BankTransfers": "BankTransferID",
    "BatchPayments": "BatchPaymentID",
    "BrandingThemes": "BrandingThemeID",
    "Budgets": "BudgetID",
    "ContactGroups": "ContactGroupID",
    "Contacts": "ContactID",
    "CreditNotes": "CreditNoteID",
    "Currencies": "Code",
    "Invoices": "InvoiceID",
    "Items": "ItemID",
    "LinkedTransactions": "LinkedTransactionID",
    "ManualJournals": "ManualJournalID",
    "Overpayments": "OverpaymentID",
    "Payments": "PaymentID",
    "Prepayments": "PrepaymentID",
    "PurchaseOrders": "PurchaseOrderID",
    "Quotes": "QuoteID",
    "RepeatingInvoices": "RepeatingInvoiceID",
    "TaxRates": "TaxType",
    "TrackingCategories": "TrackingCategoryID",
    "Users": "UserID",
}
"""Each table and the field that is its key. Tracking options live inside their category;
journals live in the ledger."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a webhook tells: `category` is INVOICE, CONTACT, CREDITNOTE and so on."""

    category: str
    resource: str
    id: str
    kind: Literal["CREATE", "UPDATE"]
    data: Json | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a handler returns.

    `body` is the inner part only (`{"Invoices": […]}`, after `pagination` where there is one); the
    edge adds Id, Status, ProviderName and DateTimeUTC, and `envelope` on top of them (quotes add
    `SummarizeErrors` there). `bytes` travel as they are, with `content_type`.
    """

    body: Json | bytes = b""
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    envelope: Mapping[str, Any] = field(default_factory=dict[str, Any])
    events: tuple[Event, ...] = ()


class RefusedError(Exception):
    """The call is refused with this status and body. `None` for a body is an empty one."""

    def __init__(self, status: int, body: Json | str | None = None) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


class NotFoundError(RefusedError):
    """404 as Xero gives it: text/html, not JSON."""

    def __init__(self) -> None:
        super().__init__(404)


class ElementRefusedError(Exception):
    """One element breaks one or more rules; `echo` is what Xero repeats of it, if not as sent."""

    def __init__(self, *messages: str, echo: Json | None = None) -> None:
        super().__init__(*messages)
        self.messages = messages
        self.echo = echo


class ValidationRefusedError(RefusedError):
    """400 ValidationException with its Elements, each with its ValidationErrors already inside."""

    def __init__(self, elements: list[Json]) -> None:
        super().__init__(400, {"Elements": elements})
        self.elements = elements


def seeded_ids(seed: str) -> Callable[[], str]:
    """Ids that are the same in every run with the same seed and the same order of calls."""
    made = 0

    def new_id() -> str:
        nonlocal made
        made += 1
        return str(UUID(bytes=sha256(f"{seed}/{made}".encode()).digest()[:16], version=4))

    return new_id


@dataclass(kw_only=True)
class Company:
    """One organisation with everything in it.

    `organisation` is the document that GET /Organisation shows (OrganisationID, Name, BaseCurrency,
    CountryCode, PeriodLockDate, EndOfYearLockDate, FinancialYearEndDay/Month, SalesTaxBasis …).
    `day_rates` says what one unit of the base currency buys of each other currency.
    """

    organisation: Json
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    zone: tzinfo
    day_rates: dict[str, Any] = field(default_factory=dict[str, Any])
    daily_email_limit: int = 0
    """How many invoices can be emailed in a day: none of a real demo company's."""

    def __post_init__(self) -> None:
        self.undo = Undo()
        self.tables = {name: Table(name, key, self.undo) for name, key in TABLES.items()}
        add_indexes(self.tables)
        self.ledger = Ledger(undo=self.undo, now=self.now, new_id=self.new_id)
        self.history: dict[str, list[Json]] = {}
        """Notes and changes by document id, oldest first."""
        self.attachments: dict[str, dict[str, tuple[Json, bytes]]] = {}
        """Document id → attachment id → its description and its content."""
        self.author: Author | None = None
        """Who changes something now."""
        self.made_by: dict[str, str] = {}
        """Document id → client id of the app that made it (`createdByMyApp`)."""
        self.numbers: dict[str, int] = {}
        self.stock_moves: dict[str, Mapping[str, tuple[Decimal, Decimal]]] = {}
        """Document id → item id → the quantity and the cost that the document put on hand."""

    @property
    def id(self) -> str:
        return self.organisation["OrganisationID"]

    @property
    def name(self) -> str:
        return self.organisation["Name"]

    @property
    def base_currency(self) -> str:
        return self.organisation["BaseCurrency"]

    def table(self, name: str) -> Table:
        return self.tables[name]

    def today(self) -> date:
        """The day it is where the organisation is, which is what a missing Date becomes."""
        return self.now().astimezone(self.zone).date()

    def emails_left(self) -> int:
        return max(self.daily_email_limit - self.numbers.get(f"emails {self.today()}", 0), 0)

    def count_email(self) -> None:
        self.next_number(f"emails {self.today()}", "")

    @contextmanager
    def all_or_nothing(self) -> Generator[None]:
        """Whatever is changed inside is taken back when an exception leaves the block."""
        with self.undo.block():
            yield

    @contextmanager
    def acting(self, author: Author) -> Generator[None]:
        """Whatever is changed inside is written down as this author's."""
        self.author = author
        try:
            yield
        finally:
            self.author = None

    def next_number(self, series: str, prefix: str, *, digits: int = 4) -> str:
        """The next of a series such as INV-0042; taken back with the call that is refused."""
        before = self.numbers.get(series, 0)
        self.undo.record(lambda: self.numbers.__setitem__(series, before))
        self.numbers[series] = before + 1
        return f"{prefix}{before + 1:0{digits}d}"

    def note(self, document_id: str, changes: str, details: str, user: str = "") -> Json:
        """Add to a document's history; Xero writes `changes` such as Created, Approved, Voided.

        `user` stands there where nobody acts through the API just now. A note is kept to the word.
        """
        author = self.author or Author(user)
        entry: Json = {
            "Changes": changes,
            "DateUTC": self.now(),
            "User": author.user or "System Generated",
            "Details": details if changes == NOTE else author.words(details),
        }
        entries = self.history.setdefault(document_id, [])
        entries.append(entry)
        self.undo.record(lambda: entries.remove(entry))
        return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, parsed and authorised.

    `path` holds the path's parameters under the names of the route, ids in lower case. `query`
    and `headers` are keyed in lower case (Xero does not mind the case). `body` is the parsed JSON,
    numbers as Decimal or int, `{}` where there is none; an attachment's bytes are in `content`.
    """

    company: Company
    method: str
    path: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Any = field(default_factory=dict[str, Any])
    content: bytes = b""
    client_id: str = "demo"
    user: str = "Demo App"

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A true/false query parameter, by its lower-case name."""
        return self.query.get(name, str(default)).strip().lower() == "true"

    @property
    def summarize_errors(self) -> bool:
        return self.flag("summarizeerrors", default=True)

    @property
    def unit_decimals(self) -> int:
        """4 with unitdp=4, else 2."""
        return 4 if self.query.get("unitdp", "").strip() == "4" else 2

    def elements(self, plural: str) -> list[Json]:
        """The objects that were sent: Xero takes an envelope, a bare list or a single object."""
        sent = self.body
        if isinstance(sent, dict):
            envelope = cast("Json", sent)
            sent = envelope.get(plural, envelope)
        listed = cast("list[Any]", sent) if isinstance(sent, list) else [sent]
        return [cast("Json", element) for element in listed if isinstance(element, dict)]


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: str
    handle: Callable[[Call], Answer]


def route(method: str, path: str) -> Callable[[Callable[[Call], Answer]], Route]:
    """`@route("POST", "/Invoices/{InvoiceID}")` turns a function of a Call into a Route."""

    def made(handle: Callable[[Call], Answer]) -> Route:
        return Route(method, path, handle)

    return made
