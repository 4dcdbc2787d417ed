"""What invoices, credit notes, quotes and orders have in common."""

from decimal import Decimal
from typing import Annotated

from xero_mcp.xero.models.base import Findings, Listed, Paged, XeroModel, XeroWrite
from xero_mcp.xero.models.contact import Contact, ContactRef
from xero_mcp.xero.models.line_item import LineItem, LineItemWrite
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import Day, XeroDay, XeroMoment


class Document(XeroModel):
    """A document with a contact, lines and a total."""

    status: str = ""
    reference: XeroText | None = None
    contact: Contact | None = None
    date: XeroDay | None = None
    line_amount_types: str | None = None
    line_items: Annotated[tuple[LineItem, ...], Listed] = ()
    currency_code: str | None = None
    currency_rate: Decimal | None = None
    sub_total: Decimal | None = None
    total_tax: Decimal | None = None
    total: Decimal | None = None
    branding_theme_id: str | None = None
    has_attachments: bool | None = None
    updated_date_utc: XeroMoment | None = None
    has_errors: bool = False
    status_attribute_string: str | None = None
    validation_errors: Findings = ()
    warnings: Findings = ()

    @property
    def document_id(self) -> str:
        """Its id, whatever Xero calls it."""
        raise NotImplementedError

    @property
    def number(self) -> str | None:
        """Its number, whatever Xero calls it."""
        raise NotImplementedError

    @property
    def is_refused(self) -> bool:
        """Whether Xero refused it inside an answer that speaks of each element."""
        return (
            self.has_errors
            or self.status_attribute_string == "ERROR"
            or bool(self.validation_errors)
        )


class Documents(Paged):
    """The envelope of documents of one kind."""

    @property
    def documents(self) -> tuple[Document, ...]:
        raise NotImplementedError


class DocumentWrite(XeroWrite):
    """What every document takes; what is None stays as it is."""

    contact: ContactRef | None = None
    line_items: tuple[LineItemWrite, ...] | None = None
    date: Day | None = None
    line_amount_types: str | None = None
    reference: str | None = None
    branding_theme_id: str | None = None
    currency_code: str | None = None
    currency_rate: Decimal | None = None
    status: str | None = None
