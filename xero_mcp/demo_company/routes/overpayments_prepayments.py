"""Overpayments and prepayments: they come of bank transactions, and are allocated or refunded."""

from collections.abc import Sequence
from typing import Final

from xero_mcp.demo_company.allocating import allocate_each, remove_allocation
from xero_mcp.demo_company.kernel import Answer, Call, Json, NotFoundError, route
from xero_mcp.demo_company.listing import Noun, list_documents, one_document
from xero_mcp.demo_company.sides import OVERPAYMENT, PREPAYMENT, Kind
from xero_mcp.demo_company.trade_views import trade_alone, trade_with_lines

OVERPAYMENTS: Final = Noun(
    plural="Overpayments",
    type_name="Overpayment",
    pages="asked",
    in_list=trade_with_lines,
    alone=trade_alone,
)
PREPAYMENTS: Final = Noun(
    plural="Prepayments",
    type_name="Prepayment",
    pages="asked",
    in_list=trade_with_lines,
    alone=trade_alone,
)


@route("GET", "/Overpayments")
def get_overpayments(call: Call) -> Answer:
    return list_documents(call, OVERPAYMENTS, _referenced(call, OVERPAYMENT, "references"))


@route("GET", "/Overpayments/{OverpaymentID}")
def get_overpayment(call: Call) -> Answer:
    return one_document(call, OVERPAYMENTS, call.path["OverpaymentID"])


@route("PUT", "/Overpayments/{OverpaymentID}/Allocations")
def allocate_overpayment(call: Call) -> Answer:
    return allocate_each(call, OVERPAYMENT, _stored(call, OVERPAYMENT))


@route("DELETE", "/Overpayments/{OverpaymentID}/Allocations/{AllocationID}")
def delete_overpayment_allocation(call: Call) -> Answer:
    return remove_allocation(call, OVERPAYMENT, _stored(call, OVERPAYMENT))


@route("GET", "/Prepayments")
def get_prepayments(call: Call) -> Answer:
    """A prepayment's Reference holds what Xero calls its InvoiceNumber."""
    return list_documents(call, PREPAYMENTS, _referenced(call, PREPAYMENT, "invoicenumbers"))


@route("GET", "/Prepayments/{PrepaymentID}")
def get_prepayment(call: Call) -> Answer:
    return one_document(call, PREPAYMENTS, call.path["PrepaymentID"])


@route("PUT", "/Prepayments/{PrepaymentID}/Allocations")
def allocate_prepayment(call: Call) -> Answer:
    return allocate_each(call, PREPAYMENT, _stored(call, PREPAYMENT))


@route("DELETE", "/Prepayments/{PrepaymentID}/Allocations/{AllocationID}")
def delete_prepayment_allocation(call: Call) -> Answer:
    return remove_allocation(call, PREPAYMENT, _stored(call, PREPAYMENT))


ROUTES = (
    get_overpayments,
    get_overpayment,
    allocate_overpayment,
    delete_overpayment_allocation,
    get_prepayments,
    get_prepayment,
    allocate_prepayment,
    delete_prepayment_allocation,
)


def _stored(call: Call, kind: Kind) -> Json:
    document = call.company.table(kind.plural).get(call.path[kind.key].lower())
    if document is None:
        raise NotFoundError
    return document


def _referenced(call: Call, kind: Kind, name: str) -> Sequence[Json] | None:
    asked = {part.strip().lower() for part in call.query.get(name, "").split(",") if part.strip()}
    if not asked:
        return None
    rows = call.company.table(kind.plural).in_order()
    return [row for row in rows if row["Reference"].lower() in asked]
