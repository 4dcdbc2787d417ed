"""Taking payments back: a payment, or a whole batch."""

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import WriteAnswer
from xero_mcp.tool.args import Write, XeroId
from xero_mcp.tool.declare import GET, POST, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tools.ledger_facts import (
    Movement,
    account_currency,
    facts_of_movement,
    version_of,
)
from xero_mcp.xero.models.base import StatusWrite
from xero_mcp.xero.models.batch_payment import BatchPayments
from xero_mcp.xero.models.payment import AccountRef, Payments
from xero_mcp.xero.scoped import ScopedXero

PAYMENT = "/Payments/{PaymentID}"
BATCH = "/BatchPayments/{BatchPaymentID}"
DELETED = StatusWrite(status="DELETED")


class DeletePayment(Write):
    """Arguments of delete-payment."""

    payment_id: XeroId | None = Field(default=None, description="From list-payments.")
    batch_payment_id: XeroId | None = Field(default=None, description="Or a whole batch.")

    @model_validator(mode="after")
    def _one_of_them(self) -> "DeletePayment":
        if (self.payment_id is None) == (self.batch_payment_id is None):
            raise ValueError("needs payment_id or batch_payment_id: one of them")
        return self


async def _facts(args: DeletePayment, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    """What would be taken back, as Xero holds it now."""
    if args.batch_payment_id is not None:
        batches = await xero.get(
            BATCH, BatchPayments, ids={"BatchPaymentID": args.batch_payment_id}
        )
        batch = batches.batch_payments[0]
        account = AccountRef(account_id=batch.account.account_id if batch.account else None)
        return await facts_of_movement(
            Movement(
                kind="batch payment",
                total=batch.total_amount,
                days=(batch.date,),
                currency=await account_currency(account, xero),
                object_id=batch.batch_payment_id,
                version=version_of(batch.batch_payment_id, batch.updated_date_utc),
            ),
            xero,
            wanted,
        )
    payments = await xero.get(PAYMENT, Payments, ids={"PaymentID": args.payment_id or ""})
    payment = payments.payments[0]
    document = payment.invoice or payment.credit_note
    contact = document.contact if document else None
    return await facts_of_movement(
        Movement(
            kind="payment",
            total=payment.amount,
            currency=document.currency_code if document else None,
            currency_rate=payment.currency_rate,
            days=(payment.date,),
            contact_id=contact.contact_id if contact else None,
            number=payment.invoice.invoice_number if payment.invoice else None,
            object_id=payment.payment_id,
            version=version_of(payment.payment_id, payment.updated_date_utc),
        ),
        xero,
        wanted - {"contact_known_for"},
    )


@tool(
    area=Area.PAYMENTS,
    access=Access.FULL,
    reaches=(POST(PAYMENT), POST(BATCH), POST("/BatchPayments")),
    asks=(GET(PAYMENT), GET(BATCH)),
    says="delete{ the payment: payment_id}{ the batch payment: batch_payment_id}",
    facts=_facts,
)
async def delete_payment(args: DeletePayment, xero: ScopedXero) -> WriteAnswer:
    """Delete a payment, or a batch of them: what they paid is open again.

    Xero refuses where it is reconciled, in a locked period, or a payment is part of a batch.
    """
    if args.batch_payment_id is not None:
        return await _delete_batch(args.batch_payment_id, xero)
    found = await xero.post(PAYMENT, Payments, DELETED, ids={"PaymentID": args.payment_id or ""})
    gone = found.payments[0]
    document = gone.invoice or gone.credit_note
    return WriteAnswer(
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


async def _delete_batch(batch_payment_id: str, xero: ScopedXero) -> WriteAnswer:
    found = await xero.post(BATCH, BatchPayments, DELETED, ids={"BatchPaymentID": batch_payment_id})
    gone = found.batch_payments[0]
    return WriteAnswer(
        id=gone.batch_payment_id,
        status=gone.status.lower(),
        total=gone.total_amount,
        changed=f"The batch and its {len(gone.payments)} payments were deleted.",
        undo="It cannot be undone: record it anew with create-payments.",
        organisation=xero.organisation.name,
    )
