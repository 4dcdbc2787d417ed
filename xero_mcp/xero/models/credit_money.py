from decimal import Decimal
from typing import Annotated

from xero_mcp.xero.models.allocation import Allocation
from xero_mcp.xero.models.base import Listed
from xero_mcp.xero.models.document import Document, Documents
from xero_mcp.xero.text import XeroText


class CreditMoney(Document):
    """Money that was paid and waits for an invoice: a prepayment or an overpayment."""

    type: str = ""
    invoice_number: XeroText | None = None
    remaining_credit: Decimal | None = None
    allocations: Annotated[tuple[Allocation, ...], Listed] = ()

    @property
    def number(self) -> str | None:
        return self.reference or self.invoice_number


class Prepayment(CreditMoney):
    prepayment_id: str = ""

    @property
    def document_id(self) -> str:
        return self.prepayment_id


class Prepayments(Documents):
    prepayments: Annotated[tuple[Prepayment, ...], Listed] = ()

    @property
    def documents(self) -> tuple[Prepayment, ...]:
        return self.prepayments


class Overpayment(CreditMoney):
    overpayment_id: str = ""

    @property
    def document_id(self) -> str:
        return self.overpayment_id


class Overpayments(Documents):
    overpayments: Annotated[tuple[Overpayment, ...], Listed] = ()

    @property
    def documents(self) -> tuple[Overpayment, ...]:
        return self.overpayments
