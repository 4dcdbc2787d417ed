"""Kinds of documents that have files or a history, and where Xero keeps them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.tool.access import Area, Reach
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import GET
from xero_mcp.tools.invoices import kind_of
from xero_mcp.xero.models.invoice import Invoices
from xero_mcp.xero.scoped import ScopedXero


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """One kind: where it is, how its id is called there, and the area that it is in."""

    path: str
    id_name: str
    area: Area

    def at(self, rest: str) -> str:
        """A path template below one document: `Attachments`."""
        return f"{self.path}/{{{self.id_name}}}/{rest}"


def _kind(path: str, id_name: str, area: Area) -> DocumentKind:
    return DocumentKind(path=path, id_name=id_name, area=area)


KINDS: Mapping[str, DocumentKind] = MappingProxyType(
    {
        "account": _kind("/Accounts", "AccountID", Area.ACCOUNTS),
        "bank-transaction": _kind("/BankTransactions", "BankTransactionID", Area.BANK_TRANSACTIONS),
        "bank-transfer": _kind("/BankTransfers", "BankTransferID", Area.BANK_TRANSFERS),
        "batch-payment": _kind("/BatchPayments", "BatchPaymentID", Area.PAYMENTS),
        "bill": _kind("/Invoices", "InvoiceID", Area.BILLS),
        "contact": _kind("/Contacts", "ContactID", Area.CONTACTS),
        "credit-note": _kind("/CreditNotes", "CreditNoteID", Area.CREDIT_NOTES),
        "item": _kind("/Items", "ItemID", Area.ITEMS),
        "manual-journal": _kind("/ManualJournals", "ManualJournalID", Area.MANUAL_JOURNALS),
        "overpayment": _kind("/Overpayments", "OverpaymentID", Area.PAYMENTS),
        "payment": _kind("/Payments", "PaymentID", Area.PAYMENTS),
        "prepayment": _kind("/Prepayments", "PrepaymentID", Area.PAYMENTS),
        "purchase-order": _kind("/PurchaseOrders", "PurchaseOrderID", Area.PURCHASE_ORDERS),
        "quote": _kind("/Quotes", "QuoteID", Area.QUOTES),
        "repeating-invoice": _kind(
            "/RepeatingInvoices", "RepeatingInvoiceID", Area.REPEATING_INVOICES
        ),
        "sales": _kind("/Invoices", "InvoiceID", Area.INVOICES),
    }
)
WithFiles = Literal[
    "account",
    "bank-transaction",
    "bank-transfer",
    "bill",
    "contact",
    "credit-note",
    "manual-journal",
    "purchase-order",
    "quote",
    "repeating-invoice",
    "sales",
]
WithHistory = Literal[
    "bank-transaction",
    "bank-transfer",
    "batch-payment",
    "bill",
    "contact",
    "credit-note",
    "item",
    "manual-journal",
    "overpayment",
    "payment",
    "prepayment",
    "purchase-order",
    "quote",
    "repeating-invoice",
    "sales",
]
INVOICE = GET("/Invoices/{InvoiceID}")
SPOKEN = {"sales": "sales invoice"}


def area_of_document(names: Iterable[str]) -> Varies:
    """The area by the argument `document`: it must be readable as well."""
    return Varies(argument="document", values={name: KINDS[name].area.value for name in names})


def reaches_below(names: Iterable[str], *templates: tuple[str, str]) -> tuple[Reach, ...]:
    """(method, rest of the path) of each kind, those that share a path once."""
    reaches = (
        Reach(method=method, path=KINDS[name].at(rest))
        for name in names
        for method, rest in templates
    )
    return tuple(dict.fromkeys(reaches))


async def must_be(document: str, document_id: str, xero: ScopedXero) -> DocumentKind:
    """The kind that is named. Sales and bills share a path: which it is, Xero says.

    Raises:
        XeroMcpError: XERO_NOT_FOUND where the invoice is one of the other side.
    """
    kind = KINDS[document]
    if kind.path == "/Invoices":
        found = await xero.get(INVOICE.path, Invoices, ids={"InvoiceID": document_id})
        if kind_of(found.invoices[0]) != document:
            raise XeroMcpError(
                f"There is no {SPOKEN.get(document, document)} of that id.",
                code=ErrorCode.XERO_NOT_FOUND,
                next_step="sales is for invoices to customers, bill for bills from suppliers.",
                details=[Detail(path="document_id", message=document_id)],
            )
    return kind
