"""What a write leaves behind in Xero, whichever noun it was: enough to know it again."""

from decimal import Decimal
from typing import Annotated

from xero_mcp.xero.models.base import Listed, Paged, XeroModel
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import XeroMoment


class TracedParty(XeroModel):
    contact_id: str | None = None


class TracedInvoice(XeroModel):
    invoice_id: str | None = None


class Trace(XeroModel):
    """A document, payment, transfer or contact; what is of another noun stays None."""

    invoice_id: str | None = None
    contact_id: str | None = None
    payment_id: str | None = None
    bank_transfer_id: str | None = None
    invoice_number: XeroText | None = None
    name: XeroText | None = None
    reference: XeroText | None = None
    total: Decimal | None = None
    sub_total: Decimal | None = None
    amount: Decimal | None = None
    status: str | None = None
    contact: TracedParty | None = None
    invoice: TracedInvoice | None = None
    updated_date_utc: XeroMoment | None = None
    created_date_utc: XeroMoment | None = None

    @property
    def id(self) -> str:
        found = self.payment_id or self.bank_transfer_id or self.invoice_id or self.contact_id
        return found or ""

    @property
    def number(self) -> str:
        return self.invoice_number or self.name or ""


Listing = Annotated[tuple[Trace, ...], Listed]


class Traces(Paged):
    """One page of any of these lists."""

    invoices: Listing = ()
    contacts: Listing = ()
    payments: Listing = ()
    bank_transfers: Listing = ()

    @property
    def all(self) -> tuple[Trace, ...]:
        return (*self.invoices, *self.contacts, *self.payments, *self.bank_transfers)
