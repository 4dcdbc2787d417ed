"""Payments of invoices and bills."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from xero_mcp.money import to_text
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import WriteAnswer
from xero_mcp.tool.args import Cents, Day, ShortText, Write, XeroId
from xero_mcp.tool.declare import GET, POST, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.trace import Traced
from xero_mcp.tools.contacts import CONTACT_HISTORY
from xero_mcp.tools.invoices import kind_of
from xero_mcp.tools.ledger_facts import (
    Movement,
    facts_of_movement,
    stands_as,
    version_of,
    with_accounts,
)
from xero_mcp.tools.links import page_link, short_code
from xero_mcp.tools.paging import PLAIN_TEXT
from xero_mcp.tools.prechecks import Check, OfAccount, OfDay, Use, precheck
from xero_mcp.xero.models.invoice import Invoices
from xero_mcp.xero.models.payment import (
    AccountRef,
    InvoiceRef,
    Payment,
    Payments,
    PaymentsWrite,
    PaymentWrite,
)
from xero_mcp.xero.scoped import ScopedXero

INVOICE = "/Invoices/{InvoiceID}"


class CreatePayment(Write):
    """Arguments of create-payment."""

    invoice_id: XeroId = Field(description="Approved invoice or bill.")
    account_code: Annotated[str, StringConstraints(min_length=1, max_length=10)] | None = Field(
        default=None,
        description="list-accounts: payable_to.",
    )
    account_id: XeroId | None = Field(default=None, description="Or its id.")
    amount: Annotated[Cents, PLAIN_TEXT] = Field(description="In the invoice's currency.")
    date: Day | None = Field(default=None, description="Else today.")
    reference: ShortText | None = Field(default=None, description="Reference.")

    @model_validator(mode="after")
    def _one_account(self) -> "CreatePayment":
        if (self.account_code is None) == (self.account_id is None):
            raise ValueError("needs account_code or account_id: one of them")
        if self.amount <= Decimal(0):
            raise ValueError("needs an amount above zero")
        return self

    @property
    def account(self) -> AccountRef:
        return AccountRef(account_id=self.account_id, code=self.account_code)


async def facts_of(args: CreatePayment, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    """What the payment comes to; whose invoice it pays is read from Xero, not believed."""
    found = await xero.get(INVOICE, Invoices, ids={"InvoiceID": args.invoice_id})
    invoice = found.invoices[0]
    facts = await facts_of_movement(
        Movement(
            kind="payment",
            total=args.amount,
            days=(args.date,),
            currency=invoice.currency_code,
            currency_rate=invoice.currency_rate,
            rate_day=invoice.date,
            contact_id=invoice.contact.contact_id if invoice.contact else None,
            number=invoice.invoice_number,
            version=version_of(args.invoice_id, invoice.updated_date_utc),
            stands=stands_as(invoice),
        ),
        xero,
        wanted,
    )
    facts = replace(facts, document_types=frozenset({kind_of(invoice)}))
    if args.account_id is not None:
        return await with_accounts(facts, (args.account_id,), xero)
    return replace(facts, account_codes=frozenset({args.account_code or ""}))


def checks_of_paying(account: AccountRef, day: date | None) -> Iterator[Check]:
    """The account takes payments, and the books are open on that day."""
    path = "account_id" if account.code is None else "account_code"
    yield OfAccount(path=path, code=account.code, account_id=account.account_id, use=Use.PAYMENT)
    if day is not None:
        yield OfDay(path="date", day=day)


async def _check(args: CreatePayment, xero: ScopedXero) -> None:
    await precheck(xero, checks_of_paying(args.account, args.date))


PAYMENT_MARKS = {
    "invoice_id": "Invoice.InvoiceID",
    "amount": "Amount",
    "date": "Date",
    "reference": "Reference",
    "account_id": "Account.AccountID",
    "account_code": "Account.Code",
}
"""By what a payment is known in Xero."""


def left_to_pay(made: Payment) -> str:
    """What the invoice still waits for, where Xero's answer holds it."""
    due = made.invoice.amount_due if made.invoice else None
    return "" if due is None else f"; {to_text(due)} is left to pay"


@tool(
    area=Area.PAYMENTS,
    access=Access.POST,
    reaches=(POST("/Payments"),),
    asks=(GET(INVOICE), CONTACT_HISTORY),
    says="record a payment of {amount} on the invoice {invoice_id}",
    facts=facts_of,
    checks=_check,
    trace=Traced(
        path="/Payments", key="PaymentID", marks=PAYMENT_MARKS, proofs=(("invoice_id", "amount"),)
    ),
)
async def create_payment(args: CreatePayment, xero: ScopedXero) -> WriteAnswer:
    """Record that an approved invoice or bill was paid, in full or in part.

    It records; it moves no money at a bank. Only accounts that list-accounts marks payable_to.
    """
    body = PaymentsWrite(
        payments=(
            PaymentWrite(
                invoice=InvoiceRef(invoice_id=args.invoice_id),
                account=args.account,
                date=args.date,
                amount=args.amount,
                reference=args.reference,
            ),
        )
    )
    link_code = await short_code(xero)
    made = (await xero.post("/Payments", Payments, body)).payments[0]
    invoice = made.invoice
    return WriteAnswer(
        id=made.payment_id,
        number=invoice.invoice_number if invoice else None,
        status=made.status.lower(),
        total=made.amount,
        currency=invoice.currency_code if invoice else None,
        contact=invoice.contact.name if invoice and invoice.contact else None,
        changed=f"A payment was recorded{left_to_pay(made)}.",
        link=page_link("payment", made.payment_id, link_code),
        undo="delete-payment; the invoice is then open again.",
        organisation=xero.organisation.name,
    )
