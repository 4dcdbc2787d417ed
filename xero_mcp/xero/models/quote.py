from typing import Annotated

from xero_mcp.xero.models.base import Listed, XeroWrite
from xero_mcp.xero.models.document import Document, Documents, DocumentWrite
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import Day, XeroDay


class Quote(Document):
    """An offer to a customer."""

    quote_id: str = ""
    quote_number: XeroText | None = None
    expiry_date: XeroDay | None = None
    title: XeroText | None = None
    summary: XeroText | None = None
    terms: XeroText | None = None

    @property
    def document_id(self) -> str:
        return self.quote_id

    @property
    def number(self) -> str | None:
        return self.quote_number


class Quotes(Documents):
    quotes: Annotated[tuple[Quote, ...], Listed] = ()

    @property
    def documents(self) -> tuple[Quote, ...]:
        return self.quotes


class QuoteWrite(DocumentWrite):
    """An update without its number gets a new one, one without its terms loses them."""

    quote_id: str | None = None
    quote_number: str | None = None
    expiry_date: Day | None = None
    title: str | None = None
    summary: str | None = None
    terms: str | None = None


class QuotesWrite(XeroWrite):
    quotes: tuple[QuoteWrite, ...]
