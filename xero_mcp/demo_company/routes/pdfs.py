"""Invoices, credit notes, quotes and purchase orders as PDF."""

from collections.abc import Iterator
from typing import Final

from xero_mcp.demo_company.documents import needed_document
from xero_mcp.demo_company.kernel import TABLES, Answer, Call, Company, Json, Route
from xero_mcp.demo_company.pdf import pdf_of

# What each is called on paper, and where its number stands.
_PAPERS: Final = {
    "Invoices": ("INVOICE", "InvoiceNumber"),
    "CreditNotes": ("CREDIT NOTE", "CreditNoteNumber"),
    "Quotes": ("QUOTE", "QuoteNumber"),
    "PurchaseOrders": ("PURCHASE ORDER", "PurchaseOrderNumber"),
}


def _route_of(plural: str) -> Route:
    def print_document(call: Call) -> Answer:
        document = needed_document(call, plural)
        content = pdf_of(list(_lines(call.company, plural, document)))
        return Answer(body=content, content_type="application/pdf")

    return Route("GET", f"/{plural}/{{{TABLES[plural]}}}/pdf", print_document)


ROUTES: Final = tuple(_route_of(plural) for plural in _PAPERS)


def _lines(company: Company, plural: str, document: Json) -> Iterator[str]:
    title, number = _PAPERS[plural]
    yield company.name
    yield ""
    yield f"{title} {document.get(number, '')}"
    yield f"To: {document['Contact'].get('Name', '')}"
    yield f"Date: {document['Date']:%d %B %Y}"
    if document.get("Reference"):
        yield f"Reference: {document['Reference']}"
    yield ""
    for line in document.get("LineItems", ()):
        yield f"{line.get('LineAmount', '')}   {line.get('Description', '')}"
    yield ""
    currency = document.get("CurrencyCode", "")
    for name in ("SubTotal", "TotalTax", "Total", "AmountDue"):
        if name in document:
            yield f"{name}: {document[name]} {currency}"
