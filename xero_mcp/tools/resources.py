"""What can be read by its address: each stands for a call of a tool, and goes the same way."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import parse_qsl, quote, unquote, urlsplit

SCHEME = "xero"
JSON = "application/json"
MAX_URI = 2_000
_IN_THE_FEED = MappingProxyType({"bills": "invoices"})
"""Where the feed has another word: to Xero both are invoices."""
RECORD = "{id}"
"""In a path: the id of a record."""
_CREDITS = "list-prepayments-and-overpayments"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A kind of address, and the tool that answers it."""

    path: str
    title: str
    description: str
    tool: str
    arguments: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Argument of the tool -> what it is: a text, or `{name}` out of the path."""
    changes: str = ""
    """The kind of thing in the feed of changes; empty: nobody hears when it changes."""

    @property
    def template(self) -> str:
        return f"{SCHEME}://{{organisation}}/{self.path}"


def _record(noun: str, title: str, tool: str, id_argument: str, **more: str) -> Resource:
    """One record by its id, under the word that changes have for it."""
    return Resource(
        path=f"{noun}/{{id}}",
        title=title,
        description=f"One of the {noun}, by its id.",
        tool=tool,
        arguments={id_argument: "{id}", **more},
        changes=_IN_THE_FEED.get(noun, noun),
    )


RESOURCES: tuple[Resource, ...] = (
    Resource(
        path="accounts",
        title="Chart of accounts",
        description="Codes, names, types and default tax of every account.",
        tool="list-accounts",
        changes="accounts",
    ),
    Resource(
        path="organisation",
        title="Organisation",
        description="Base currency, financial year, lock dates, tax.",
        tool="get-organisation",
    ),
    Resource(
        path="report/{name}",
        title="Report",
        description="A report of run-report by name; its arguments as a query: ?date=2026-03-31.",
        tool="run-report",
        arguments={"report": "{name}"},
    ),
    _record("accounts", "Account", "list-accounts", "account_id"),
    _record(
        "bank-transactions", "Money at a bank", "list-bank-transactions", "bank_transaction_id"
    ),
    _record("bank-transfers", "Transfer", "list-bank-transfers", "bank_transfer_id"),
    _record("bills", "Bill", "get-invoice", "invoice_id"),
    _record("contacts", "Contact", "get-contact", "contact_id"),
    _record("credit-notes", "Credit note", "list-credit-notes", "credit_note_id"),
    _record("invoices", "Sales invoice or bill", "get-invoice", "invoice_id"),
    _record("items", "Item", "list-items", "item_id"),
    _record("journals", "Journal", "list-journals", "journal_id"),
    _record("manual-journals", "Manual journal", "list-manual-journals", "manual_journal_id"),
    _record("overpayments", "Overpayment", _CREDITS, "credit_id", kind="overpayment"),
    _record("payments", "Payment", "list-payments", "payment_id"),
    _record("prepayments", "Prepayment", _CREDITS, "credit_id", kind="prepayment"),
    _record("purchase-orders", "Purchase order", "list-purchase-orders", "purchase_order_id"),
    _record("quotes", "Quote", "list-quotes", "quote_id"),
)


def address(organisation: str, path: str) -> str:
    """The address of something in an organisation, by its name or id."""
    return f"{SCHEME}://{quote(organisation, safe='')}/{path}"


def meant(uri: str) -> tuple[str, dict[str, object]] | None:
    """The tool and arguments that an address stands for; None where it is none of ours.

    A query adds arguments of the tool; it cannot name another organisation or report.
    """
    if len(uri) > MAX_URI:
        return None
    parts = _split(uri)
    if parts is None:
        return None
    organisation, steps, query = parts
    for resource in RESOURCES:
        found = _matched(resource.path.split("/"), steps)
        if found is not None:
            named = {name: found.get(what, what) for name, what in resource.arguments.items()}
            return resource.tool, {**query, **named, "organisation": organisation}
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What an address says of the changes that somebody wants to hear of."""

    organisation: str
    """Its name or id."""
    tool: str
    """The tool that would read it."""
    changes: str
    """The kind of thing, in the feed's word."""
    id: str | None
    """None: every one of its kind."""


def followed(uri: str) -> Followed | None:
    """Of what changes an address speaks; None where nobody would hear of any."""
    parts = _split(uri) if len(uri) <= MAX_URI else None
    if parts is None or parts[2]:
        return None
    organisation, steps, _ = parts
    for resource in RESOURCES:
        found = _matched(resource.path.split("/"), steps)
        if found is not None and resource.changes:
            return Followed(
                organisation=organisation,
                tool=resource.tool,
                changes=resource.changes,
                id=found.get(RECORD),
            )
    return None


def _split(uri: str) -> tuple[str, list[str], dict[str, object]] | None:
    try:
        split = urlsplit(uri)
    except ValueError:
        return None
    if split.scheme != SCHEME or not split.netloc or split.fragment:
        return None
    steps = [unquote(step) for step in split.path.strip("/").split("/")]
    query: dict[str, object] = dict(parse_qsl(split.query, keep_blank_values=True))
    return unquote(split.netloc), steps, query


def _matched(pattern: list[str], steps: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(steps):
        return None
    found: dict[str, str] = {}
    for wanted, step in zip(pattern, steps, strict=True):
        if wanted == RECORD:
            found[wanted] = step.lower()
            if not _ID.fullmatch(found[wanted]):
                return None
        elif wanted.startswith("{"):
            found[wanted] = step
        elif wanted != step:
            return None
    return found
