"""Taking payments back: a payment, or a whole batch."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.args import Write, XeroId
from xero_mcp.tool.declare import GET, POST, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.trace import Traced, by_presence
from xero_mcp.tools.bulk import MAX_DOCUMENTS, Saved, SavedAnswer, saved_answer
from xero_mcp.tools.document_facts import Outline, facts_of_documents
from xero_mcp.tools.ledger_facts import (
    Movement,
    account_currency,
    facts_of_movement,
    version_of,
)
from xero_mcp.xero.models.base import StatusWrite
from xero_mcp.xero.models.batch_payment import (
    BatchPayment,
    BatchPaymentDelete,
    BatchPayments,
    BatchPaymentsDelete,
)
from xero_mcp.xero.models.payment import AccountRef, Payments
from xero_mcp.xero.scoped import ScopedXero

PAYMENT = "/Payments/{PaymentID}"
BATCHES = "/BatchPayments"
BATCH = "/BatchPayments/{BatchPaymentID}"
DELETED = StatusWrite(status="DELETED")
NO_UNDO = "It cannot be undone: record it anew with create-payments."


class DeletePayment(Write):
    """Arguments of delete-payment."""

    payment_id: XeroId | None = Field(default=None, description="From list-money.")
    batch_payment_id: XeroId | None = Field(default=None, description="Or a whole batch.")
    batch_payment_ids: list[XeroId] | None = Field(
        default=None, min_length=2, max_length=MAX_DOCUMENTS, description="Or batches: all or none."
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> "DeletePayment":
        ways = (self.payment_id, self.batch_payment_id, self.batch_payment_ids)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("needs payment_id, batch_payment_id or batch_payment_ids: one of them")
        if len(set(self.batch_payment_ids or ())) != len(self.batch_payment_ids or ()):
            raise ValueError("names a batch twice")
        return self


async def _facts(args: DeletePayment, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    """What would be taken back, as Xero holds it now."""
    facts = await _facts_of_gone(args, xero, wanted)
    return replace(facts, statuses=frozenset({"deleted"}))


async def _facts_of_gone(args: DeletePayment, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    if args.batch_payment_id is not None:
        return await facts_of_movement(await _movement(args.batch_payment_id, xero), xero, wanted)
    if args.batch_payment_ids is not None:
        batches = [await _movement(one, xero) for one in args.batch_payment_ids]
        outlines = [
            Outline(moved=one, lines=(), amounts_are="no-tax", status="deleted") for one in batches
        ]
        return await facts_of_documents(outlines, xero, wanted)
    payments = await xero.get(PAYMENT, Payments, ids={"PaymentID": args.payment_id or ""})
    payment = payments.payments[0]
    document = payment.invoice or payment.credit_note
    contact = document.contact if document else None
    number = payment.invoice.invoice_number if payment.invoice else None
    return await facts_of_movement(
        Movement(
            kind="payment",
            total=payment.amount,
            counted=Decimal(0),
            currency=document.currency_code if document else None,
            currency_rate=payment.currency_rate,
            days=(payment.date,),
            contact_id=contact.contact_id if contact else None,
            number=number,
            object_id=payment.payment_id,
            version=version_of(payment.payment_id, payment.updated_date_utc),
            stands=f"{number or 'no invoice'}, {payment.amount} paid, of {payment.date}",
        ),
        xero,
        wanted - {"contact_known_for"},
    )


async def _movement(batch_payment_id: str, xero: ScopedXero) -> Movement:
    """What taking back a batch moves."""
    found = await xero.get(BATCH, BatchPayments, ids={"BatchPaymentID": batch_payment_id})
    batch = found.batch_payments[0]
    account = AccountRef(account_id=batch.account.account_id if batch.account else None)
    return Movement(
        kind="batch payment",
        total=batch.total_amount,
        counted=Decimal(0),
        days=(batch.date,),
        currency=await account_currency(account, xero),
        object_id=batch.batch_payment_id,
        version=version_of(batch.batch_payment_id, batch.updated_date_utc),
    )


@tool(
    area=Area.PAYMENTS,
    access=Access.FULL,
    reaches=(POST(PAYMENT), POST(BATCH), POST(BATCHES)),
    asks=(GET(PAYMENT), GET(BATCH)),
    says="delete{ the payment: payment_id}{ the batch payment: batch_payment_id}"
    "{ the batch payments: batch_payment_ids}",
    facts=_facts,
    trace=by_presence(
        {
            "payment_id": Traced(
                path="/Payments", key="PaymentID", id_argument="payment_id", ends={"": ("DELETED",)}
            ),
            "batch_payment_id": Traced(
                path="/BatchPayments",
                key="BatchPaymentID",
                id_argument="batch_payment_id",
                ends={"": ("DELETED",)},
            ),
            "batch_payment_ids": Traced(
                path="/BatchPayments",
                key="BatchPaymentID",
                each="batch_payment_ids",
                id_argument="batch_payment_ids",
                ends={"": ("DELETED",)},
            ),
        }
    ),
)
async def delete_payment(args: DeletePayment, xero: ScopedXero) -> SavedAnswer:
    """Delete a payment, or a batch of them: what they paid is open again.

    Xero refuses where it is reconciled, in a locked period, or a payment is part of a batch.
    """
    if args.batch_payment_id is not None:
        return await _delete_batch(args.batch_payment_id, xero)
    if args.batch_payment_ids is not None:
        return await _delete_batches(args.batch_payment_ids, xero)
    found = await xero.post(PAYMENT, Payments, DELETED, ids={"PaymentID": args.payment_id or ""})
    gone = found.payments[0]
    document = gone.invoice or gone.credit_note
    return SavedAnswer(
        id=gone.payment_id,
        number=gone.invoice.invoice_number if gone.invoice else None,
        status=gone.status.lower(),
        total=gone.amount,
        currency=document.currency_code if document else None,
        contact=document.contact.name if document and document.contact else None,
        changed="The payment was deleted; what it paid is open again.",
        undo="It cannot be undone: record it anew with create-payment.",
        organisation=xero.organisation.name,
    )


async def _delete_batch(batch_payment_id: str, xero: ScopedXero) -> SavedAnswer:
    found = await xero.post(BATCH, BatchPayments, DELETED, ids={"BatchPaymentID": batch_payment_id})
    gone = found.batch_payments[0]
    return SavedAnswer(
        id=gone.batch_payment_id,
        status=gone.status.lower(),
        total=gone.total_amount,
        changed=f"The batch and its {len(gone.payments)} payments were deleted.",
        undo=NO_UNDO,
        organisation=xero.organisation.name,
    )


async def _delete_batches(batch_payment_ids: Sequence[str], xero: ScopedXero) -> SavedAnswer:
    """In one request, of which Xero refuses the whole where it refuses one."""
    body = BatchPaymentsDelete(
        batch_payments=tuple(BatchPaymentDelete(batch_payment_id=one) for one in batch_payment_ids)
    )
    found = await xero.post(BATCHES, BatchPayments, body)
    return saved_answer(
        [_saved(one) for one in found.batch_payments],
        done="batch payment deleted",
        undo=NO_UNDO,
        organisation=xero.organisation.name,
    )


def _saved(batch: BatchPayment) -> Saved:
    return Saved(
        id=batch.batch_payment_id,
        status=batch.status.lower(),
        total=batch.total_amount,
        errors=tuple(error.message for error in batch.validation_errors),
    )
