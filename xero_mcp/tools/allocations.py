"""Applying credits to invoices, and taking them off again."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from xero_mcp.money import to_text
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import WriteAnswer
from xero_mcp.tool.args import Args, Cents, Day, Write, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import DELETE, GET, PUT, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.trace import Traced, by
from xero_mcp.tools.bulk import MAX_DOCUMENTS
from xero_mcp.tools.contacts import CONTACT_HISTORY
from xero_mcp.tools.credits import Credit, CreditKind, paths_of, read_credit
from xero_mcp.tools.ledger_facts import Movement, facts_of_movement, stands_as, version_of
from xero_mcp.xero.models.allocation import (
    Allocation,
    Allocations,
    AllocationsWrite,
    AllocationWrite,
)
from xero_mcp.xero.models.payment import InvoiceRef
from xero_mcp.xero.scoped import ScopedXero

KINDS: tuple[CreditKind, ...] = ("credit-note", "prepayment", "overpayment")
AREA_BY_KIND = Varies(
    argument="kind",
    values={
        "credit-note": Area.CREDIT_NOTES.value,
        "prepayment": Area.PAYMENTS.value,
        "overpayment": Area.PAYMENTS.value,
    },
)
SPOKEN: Mapping[str, Mapping[str, str]] = {"kind": {"credit-note": "credit note"}}
READS = tuple(GET(paths_of(kind).one) for kind in KINDS)


class Application(Args):
    """A part of the credit for one invoice."""

    invoice_id: XeroId = Field(description="Same contact and currency.")
    amount: Cents = Field(description="How much of it.")


class AllocateCredit(Write):
    """Arguments of allocate-credit."""

    kind: Literal["credit-note", "prepayment", "overpayment"] = Field(description="What it is.")
    credit_id: XeroId = Field(description="Its id.")
    invoices: Annotated[list[Application], Field(min_length=1, max_length=MAX_DOCUMENTS)] = Field(
        description="What to apply it to."
    )
    date: Day | None = Field(default=None, description="Else today.")

    @model_validator(mode="after")
    def _above_zero(self) -> "AllocateCredit":
        if any(one.amount <= Decimal(0) for one in self.invoices):
            raise ValueError("needs amounts above zero")
        return self


async def _facts(args: AllocateCredit, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    credit = await read_credit(args.kind, args.credit_id, xero)
    total = sum((one.amount for one in args.invoices), Decimal(0))
    return await facts_of_movement(_movement(credit, total, (args.date,)), xero, wanted)


def _movement(credit: Credit, total: Decimal | None, days: tuple[Day | None, ...]) -> Movement:
    return Movement(
        kind="allocation",
        total=total,
        days=days,
        currency=credit.currency_code,
        currency_rate=credit.currency_rate,
        contact_id=credit.contact.contact_id if credit.contact else None,
        number=credit.number,
        version=version_of(credit.document_id, credit.updated_date_utc),
        stands=stands_as(credit),
    )


@tool(
    area=Area.CREDIT_NOTES,
    access=Access.POST,
    area_by=AREA_BY_KIND,
    reaches=tuple(PUT(paths_of(kind).allocations) for kind in KINDS),
    asks=(*READS, CONTACT_HISTORY),
    words=SPOKEN,
    says="allocate the {kind} {credit_id}",
    facts=_facts,
    trace=by(
        "kind",
        {
            kind: Traced(
                path=paths_of(kind).one,
                key="AllocationID",
                places={paths_of(kind).id_name: "credit_id"},
                inside="Allocations",
                each="invoices",
                marks={"invoice_id": "Invoice.InvoiceID", "amount": "Amount"},
                proofs=(("invoice_id", "amount"),),
            )
            for kind in KINDS
        },
    ),
)
async def allocate_credit(args: AllocateCredit, xero: ScopedXero) -> WriteAnswer:
    """Apply a credit note, prepayment or overpayment to invoices or bills of its contact."""
    paths = paths_of(args.kind)
    body = AllocationsWrite(
        allocations=tuple(
            AllocationWrite(
                invoice=InvoiceRef(invoice_id=one.invoice_id), amount=one.amount, date=args.date
            )
            for one in args.invoices
        )
    )
    ids = {paths.id_name: args.credit_id}
    made = (await xero.put(paths.allocations, Allocations, body, ids=ids)).allocations
    return WriteAnswer(
        id=args.credit_id,
        status="allocated",
        total=sum((one.amount or Decimal(0) for one in made), Decimal(0)),
        currency=_currency(made),
        contact=_contact(made),
        changed=f"{len(made)} allocated: {'; '.join(_said(one) for one in made)}.",
        undo="Take it off with remove-allocation.",
        organisation=xero.organisation.name,
    )


def _currency(made: tuple[Allocation, ...]) -> str | None:
    return made[0].invoice.currency_code if made and made[0].invoice else None


def _contact(made: tuple[Allocation, ...]) -> str | None:
    invoice = made[0].invoice if made else None
    return invoice.contact.name if invoice and invoice.contact else None


def _said(one: Allocation) -> str:
    """What was applied, and the id that takes it off."""
    amount = "" if one.amount is None else to_text(one.amount)
    return f"{amount} (allocation_id {one.allocation_id})"


class RemoveAllocation(Write):
    """Arguments of remove-allocation."""

    kind: Literal["credit-note", "prepayment", "overpayment"] = Field(description="What it is.")
    credit_id: XeroId = Field(description="Its id.")
    allocation_id: XeroId = Field(description="Which allocation of it.")


async def _removal_facts(args: RemoveAllocation, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    credit = await read_credit(args.kind, args.credit_id, xero)
    found = [one for one in credit.allocations if one.allocation_id.lower() == args.allocation_id]
    amount = found[0].amount if found else None
    day = found[0].date if found else None
    gone = replace(_movement(credit, amount, (day,)), counted=Decimal(0))
    return await facts_of_movement(gone, xero, wanted)


@tool(
    area=Area.CREDIT_NOTES,
    access=Access.FULL,
    area_by=AREA_BY_KIND,
    reaches=tuple(DELETE(paths_of(kind).allocation) for kind in KINDS),
    asks=(*READS, CONTACT_HISTORY),
    words=SPOKEN,
    says="remove an allocation of the {kind} {credit_id}",
    facts=_removal_facts,
    trace=by(
        "kind",
        {
            kind: Traced(
                path=paths_of(kind).one,
                key="AllocationID",
                places={paths_of(kind).id_name: "credit_id"},
                inside="Allocations",
                id_argument="allocation_id",
                ends={"": ()},
            )
            for kind in KINDS
        },
    ),
)
async def remove_allocation(args: RemoveAllocation, xero: ScopedXero) -> WriteAnswer:
    """Take a credit off an invoice again: the invoice is open and the credit free."""
    paths = paths_of(args.kind)
    ids = {paths.id_name: args.credit_id, "AllocationID": args.allocation_id}
    gone = await xero.delete(paths.allocation, Allocation, ids=ids)
    return WriteAnswer(
        id=args.allocation_id,
        status="removed",
        total=gone.amount,
        currency=_currency((gone,)),
        contact=_contact((gone,)),
        changed="The allocation was removed.",
        undo="Apply it again with allocate-credit.",
        organisation=xero.organisation.name,
    )
