"""Payments of invoices and bills."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from xero_mcp.money import Money
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import WriteAnswer
from xero_mcp.tool.args import Amount, Day, ShortText, Write, XeroId
from xero_mcp.tool.declare import GET, PUT, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tools.document_total import is_locked
from xero_mcp.xero.models.invoice import Invoices
from xero_mcp.xero.models.payment import (
    AccountRef,
    InvoiceRef,
    Payments,
    PaymentsWrite,
    PaymentWrite,
)
from xero_mcp.xero.scoped import ScopedXero


class CreatePayment(Write):
    """Arguments of create-payment."""

    invoice_id: XeroId = Field(description="The approved invoice or bill to pay.")
    account_code: Annotated[str, StringConstraints(min_length=1, max_length=10)] | None = Field(
        default=None,
        description="Code of the account it is paid from or into (list-accounts, payable_to).",
    )
    account_id: XeroId | None = Field(default=None, description="Or the id of that account.")
    amount: Amount = Field(description="In the currency of the invoice.")
    date: Day | None = Field(default=None, description="Left out: today in the organisation.")
    reference: ShortText | None = Field(default=None, description="Shown on the payment.")

    @model_validator(mode="after")
    def _one_account(self) -> "CreatePayment":
        if (self.account_code is None) == (self.account_id is None):
            raise ValueError("needs account_code or account_id: one of them")
        if self.amount <= Decimal(0):
            raise ValueError("needs an amount above zero")
        return self


async def facts_of(args: CreatePayment, xero: ScopedXero) -> Facts:
    """What the payment comes to; whose invoice it pays is read from Xero, not believed."""
    organisation = await xero.reference.organisation()
    found = await xero.get("/Invoices/{InvoiceID}", Invoices, ids={"InvoiceID": args.invoice_id})
    invoice = found.invoices[0]
    currency = invoice.currency_code or organisation.base_currency
    money = Money(args.amount, currency)
    day = args.date or xero.clock.now().date()
    return Facts(
        total=money,
        base_total=money if currency == organisation.base_currency else None,
        contact_id=invoice.contact.contact_id if invoice.contact else None,
        document_date=day,
        period_locked=is_locked(organisation, day),
        bank_details_change=False,
        object_type="payment",
        object_number=invoice.invoice_number,
    )


@tool(
    area=Area.PAYMENTS,
    access=Access.POST,
    reaches=(PUT("/Payments"), GET("/Invoices/{InvoiceID}")),
    says="record a payment of {amount} on the invoice {invoice_id}",
    facts=facts_of,
)
async def create_payment(args: CreatePayment, xero: ScopedXero) -> WriteAnswer:
    """Record that an approved invoice or bill was paid, in full or in part.

    It records; it moves no money at a bank. Only accounts that list-accounts marks payable_to.
    """
    body = PaymentsWrite(
        payments=(
            PaymentWrite(
                invoice=InvoiceRef(invoice_id=args.invoice_id),
                account=AccountRef(account_id=args.account_id, code=args.account_code),
                date=args.date,
                amount=args.amount,
                reference=args.reference,
            ),
        )
    )
    made = (await xero.put("/Payments", Payments, body)).payments[0]
    invoice = made.invoice
    return WriteAnswer(
        id=made.payment_id,
        number=invoice.invoice_number if invoice else None,
        status=made.status.lower(),
        total=made.amount,
        currency=invoice.currency_code if invoice else None,
        contact=invoice.contact.name if invoice and invoice.contact else None,
        changed="A payment was recorded.",
        undo="Delete the payment in Xero; the invoice is then open again.",
        organisation=xero.organisation.name,
    )
