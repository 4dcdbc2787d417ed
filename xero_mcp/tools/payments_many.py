"""Paying many invoices, or many bills, in one call."""

from dataclasses import replace
from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.args import Args, Cents, Day, ShortText, Write, XeroId
from xero_mcp.tool.declare import GET, PUT, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.trace import Traced
from xero_mcp.tools.bulk import (
    MAX_DOCUMENTS,
    AllOrNothing,
    Saved,
    SavedAnswer,
    saved_answer,
    write_params,
)
from xero_mcp.tools.contacts import CONTACT_HISTORY
from xero_mcp.tools.document_facts import Outline, facts_of_documents
from xero_mcp.tools.invoices import kind_of
from xero_mcp.tools.ledger_facts import Movement, stands_as, version_of, with_accounts
from xero_mcp.tools.lines import AccountCode
from xero_mcp.tools.links import page_link, short_code
from xero_mcp.tools.paging import PLAIN_TEXT
from xero_mcp.tools.payments import PAYMENT_MARKS, checks_of_paying, left_to_pay
from xero_mcp.tools.prechecks import precheck
from xero_mcp.xero.models.batch_payment import (
    BatchPayments,
    BatchPaymentsWrite,
    BatchPaymentWrite,
)
from xero_mcp.xero.models.invoice import Invoice, Invoices
from xero_mcp.xero.models.payment import (
    AccountRef,
    InvoiceRef,
    Payment,
    Payments,
    PaymentsWrite,
    PaymentWrite,
)
from xero_mcp.xero.scoped import ScopedXero

ALL, BATCHES = "/Payments", "/BatchPayments"


class PaymentEntry(Args):
    """What one invoice or bill is paid."""

    invoice_id: XeroId = Field(description="Approved.")
    amount: Annotated[Cents, PLAIN_TEXT] = Field(description="In its currency.")


class CreatePayments(Write):
    """Arguments of create-payments."""

    payments: list[PaymentEntry] = Field(
        min_length=1,
        max_length=MAX_DOCUMENTS,
        description="What is paid.",
    )
    account_code: AccountCode | None = Field(default=None, description="list-accounts, payable_to.")
    account_id: XeroId | None = Field(default=None, description="Or its id.")
    date: Day | None = Field(default=None, description="Else today.")
    reference: ShortText | None = Field(default=None, description="Reference.")
    batch: bool = Field(default=False, description="One sum; all sales or all bills.")
    all_or_nothing: AllOrNothing = False

    @model_validator(mode="after")
    def _can_be_paid(self) -> "CreatePayments":
        if (self.account_code is None) == (self.account_id is None):
            raise ValueError("needs account_code or account_id: one of them")
        if any(one.amount <= Decimal(0) for one in self.payments):
            raise ValueError("needs amounts above zero")
        return self

    @property
    def account(self) -> AccountRef:
        return AccountRef(account_id=self.account_id, code=self.account_code)


async def _facts(args: CreatePayments, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    """The sum; whose invoices are paid is read from Xero, not believed."""
    ids = dict.fromkeys(one.invoice_id for one in args.payments)
    found = await xero.get("/Invoices", Invoices, params={"IDs": ",".join(ids)})
    invoices = {one.invoice_id: one for one in found.invoices}
    outlines = [
        Outline(
            moved=_movement(one, invoices.get(one.invoice_id), args),
            lines=(),
            amounts_are="no-tax",
            status="authorised",
        )
        for one in args.payments
    ]
    facts = await facts_of_documents(outlines, xero, wanted)
    kinds = frozenset(kind_of(one) for one in invoices.values())
    facts = replace(facts, document_types=kinds or None)
    if args.account_id is not None:
        return await with_accounts(facts, (args.account_id,), xero)
    return replace(facts, account_codes=frozenset({args.account_code or ""}))


def _movement(entry: PaymentEntry, invoice: Invoice | None, args: CreatePayments) -> Movement:
    if invoice is None:
        why = "an invoice is not known in Xero"
        return Movement(kind="payment", total=None, days=(args.date,), why_unknown=why)
    return Movement(
        kind="payment",
        total=entry.amount,
        days=(args.date,),
        currency=invoice.currency_code,
        currency_rate=invoice.currency_rate,
        rate_day=invoice.date,
        contact_id=invoice.contact.contact_id if invoice.contact else None,
        number=invoice.invoice_number,
        version=version_of(invoice.invoice_id, invoice.updated_date_utc),
        stands=stands_as(invoice),
    )


async def _check(args: CreatePayments, xero: ScopedXero) -> None:
    await precheck(xero, checks_of_paying(args.account, args.date))


@tool(
    area=Area.PAYMENTS,
    access=Access.POST,
    reaches=(PUT(ALL), PUT(BATCHES)),
    asks=(GET("/Invoices"), CONTACT_HISTORY),
    says="record several payments",
    facts=_facts,
    checks=_check,
    trace=Traced(
        path=ALL,
        key="PaymentID",
        marks=PAYMENT_MARKS,
        proofs=(("invoice_id", "amount"),),
        each="payments",
        apart=frozenset({"batch"}),
    ),
)
async def create_payments(args: CreatePayments, xero: ScopedXero) -> SavedAnswer:
    """Record that up to 50 approved invoices or bills were paid, singly or as one batch.

    It records; it moves no money at a bank.
    """
    if args.batch:
        return await _as_batch(args, xero)
    body = PaymentsWrite(
        payments=tuple(
            _body(one).model_copy(
                update={"account": args.account, "date": args.date, "reference": args.reference}
            )
            for one in args.payments
        )
    )
    params = write_params(len(args.payments), all_or_nothing=args.all_or_nothing)
    params.pop("unitdp")  # payments have no unit prices
    link_code = await short_code(xero)
    found = await xero.put(ALL, Payments, body, params=params)
    left = left_to_pay(found.payments[0]) if len(found.payments) == 1 else ""
    return saved_answer(
        [_saved(one, link_code) for one in found.payments],
        done=f"payment recorded{left}",
        undo="delete-payment, for each.",
        organisation=xero.organisation.name,
    )


def _body(entry: PaymentEntry) -> PaymentWrite:
    return PaymentWrite(invoice=InvoiceRef(invoice_id=entry.invoice_id), amount=entry.amount)


def _saved(one: Payment, link_code: str | None) -> Saved:
    errors = tuple(error.message for error in one.validation_errors)
    if not errors and (one.has_validation_errors or one.status_attribute_string == "ERROR"):
        errors = ("refused without a message",)
    invoice = one.invoice
    return Saved(
        id=one.payment_id,
        number=invoice.invoice_number if invoice else None,
        status=one.status.lower(),
        total=one.amount,
        currency=invoice.currency_code if invoice else None,
        contact=invoice.contact.name if invoice and invoice.contact else None,
        errors=errors,
        link=page_link("payment", one.payment_id, link_code),
    )


async def _as_batch(args: CreatePayments, xero: ScopedXero) -> SavedAnswer:
    """All or nothing by its nature: it is one amount on the bank's statement."""
    batch = BatchPaymentWrite(
        account=args.account,
        date=args.date,
        reference=args.reference,
        payments=tuple(_body(one) for one in args.payments),
    )
    sent = BatchPaymentsWrite(batch_payments=(batch,))
    made = (await xero.put(BATCHES, BatchPayments, sent)).batch_payments[0]
    return SavedAnswer(
        id=made.batch_payment_id,
        status=made.status.lower(),
        total=made.total_amount,
        changed=f"A batch of {len(made.payments)} payments was recorded.",
        undo="delete-payment with batch_payment_id.",
        organisation=xero.organisation.name,
    )
