from decimal import Decimal
from typing import Annotated

from xero_mcp.xero.models.base import Findings, Listed, XeroModel, XeroWrite
from xero_mcp.xero.models.payment import InvoiceRef, PaidInvoice
from xero_mcp.xero.wire import Day, XeroDay


class Allocation(XeroModel):
    """A part of a credit that pays an invoice."""

    allocation_id: str = ""
    amount: Decimal | None = None
    date: XeroDay | None = None
    invoice: PaidInvoice | None = None
    is_deleted: bool | None = None
    status_attribute_string: str | None = None
    validation_errors: Findings = ()


class Allocations(XeroModel):
    allocations: Annotated[tuple[Allocation, ...], Listed] = ()


class AllocationWrite(XeroWrite):
    invoice: InvoiceRef
    amount: Decimal
    date: Day | None = None


class AllocationsWrite(XeroWrite):
    allocations: tuple[AllocationWrite, ...]
