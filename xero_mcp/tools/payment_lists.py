"""Payments and batch payments: finding them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Literal

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.args import ShortText, XeroId
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.listed import ListedAs
from xero_mcp.tool.table import Column, TextColumn, chosen, without_sums
from xero_mcp.tools.paging import (
    DatedListing,
    Page,
    Sorting,
    SummedList,
    day_start,
    names_of,
    summed_list,
)
from xero_mcp.xero.models.batch_payment import BatchPayment, BatchPayments
from xero_mcp.xero.models.payment import Payment, Payments
from xero_mcp.xero.scoped import Param, ScopedXero
from xero_mcp.xero.where import Condition, eq, guid, where

ONE = "/Payments/{PaymentID}"
ONE_BATCH = "/BatchPayments/{BatchPaymentID}"
EARLIEST = datetime.min.replace(tzinfo=UTC)
OF = {"sales": "ACCRECPAYMENT", "bill": "ACCPAYPAYMENT"}


def _of(payment: Payment) -> str | None:
    """What it pays, in people's words; refunds come with Xero's own."""
    words = {kind: word for word, kind in OF.items()}
    return words.get(payment.payment_type or "", payment.payment_type)


def _number(payment: Payment) -> str | None:
    if payment.invoice is not None:
        return payment.invoice.invoice_number
    return payment.credit_note.credit_note_number if payment.credit_note else None


def _contact(payment: Payment) -> str | None:
    document = payment.invoice or payment.credit_note
    return document.contact.name if document and document.contact else None


def _currency(payment: Payment) -> str | None:
    document = payment.invoice or payment.credit_note
    return document.currency_code if document else None


COLUMNS = (
    Column[Payment](name="payment_id", read=lambda one: one.payment_id),
    Column[Payment](name="of", read=_of),
    TextColumn[Payment](name="number", read=_number),
    TextColumn[Payment](name="contact", read=_contact),
    Column[Payment](name="date", read=lambda one: one.date),
    Column[Payment](name="amount", read=lambda one: one.amount, currency=_currency),
    Column[Payment](name="currency", read=_currency),
    Column[Payment](name="status", read=lambda one: one.status.lower()),
    Column[Payment](name="reconciled", read=lambda one: one.is_reconciled),
    TextColumn[Payment](name="reference", read=lambda one: one.reference, usual=False),
    Column[Payment](
        name="invoice_id",
        read=lambda one: one.invoice.invoice_id if one.invoice else None,
        usual=False,
    ),
    Column[Payment](
        name="account_code", read=lambda one: one.account.code if one.account else None, usual=False
    ),
    Column[Payment](name="batch_payment_id", read=lambda one: one.batch_payment_id, usual=False),
    Column[Payment](name="currency_rate", read=lambda one: one.currency_rate, usual=False),
    Column[Payment](name="updated_at", read=lambda one: one.updated_date_utc, usual=False),
)


class ListPayments(DatedListing):
    """Arguments of list-payments."""

    COLUMN_NAMES = names_of(COLUMNS)

    payment_id: XeroId | None = Field(default=None, description="Only this one.")
    batches: bool = Field(default=False, description="Batch payments instead.")
    batch_payment_id: XeroId | None = Field(default=None, description="Only this batch.")
    invoice_id: XeroId | None = Field(default=None, description="What was paid.")
    of: Literal["sales", "bill"] | None = Field(default=None, description="What they pay.")
    status: Literal["authorised", "deleted"] | None = Field(default=None, description="Only these.")
    reference: ShortText | None = Field(default=None, description="Exact.")

    reconciled: bool | None = Field(default=None, description="Needs date_from.")
    account_id: XeroId | None = Field(default=None, description="Paid from or to; needs date_from.")

    @model_validator(mode="after")
    def _one_kind(self) -> "ListPayments":
        slow = self.reconciled is not None or self.account_id is not None
        if slow and self.date_from is None:
            raise ValueError("reconciled and account_id need date_from")
        wants_batches = self.batches or self.batch_payment_id is not None
        others = (self.payment_id, self.invoice_id, self.reference, self.fields)
        if wants_batches and any(one is not None for one in others):
            raise ValueError("batches take no payment_id, invoice_id, reference or fields")
        return self


@tool(
    area=Area.PAYMENTS,
    access=Access.READ,
    reaches=(
        GET("/Payments"),
        GET(ONE),
        GET("/BatchPayments"),
        GET(ONE_BATCH),
    ),
    words={"of": {"sales": "sales invoices", "bill": "bills"}},
    listed_as=ListedAs(
        name="list-money",
        kinds={"payment": {"batches": False}, "batch-payment": {"batches": True}},
        names_of_kind={
            "payment": {"record_id": "payment_id"},
            "batch-payment": {"record_id": "batch_payment_id"},
        },
    ),
    says="list payments{ of: of}{ of the invoice: invoice_id}{ with status: status} (page {page})",
)
async def list_payments(args: ListPayments, xero: ScopedXero) -> SummedList:
    """List payments and refunds, newest first, or batch payments; `of` adds sums by currency.

    Reconciled ones (matched with the bank) cannot be deleted.
    """
    if args.batches or args.batch_payment_id is not None:
        return await _batches(args, xero)
    shown = args.columns(COLUMNS)
    if args.of is None:
        shown = without_sums(shown)  # money in and money out would be added up

    async def fetch(page: int, size: int) -> Page[Payment]:
        if args.payment_id is not None:
            ids = {"PaymentID": args.payment_id}
            return (await xero.get(ONE, Payments, ids=ids)).payments, None
        params: dict[str, Param] = {
            "where": where("Payments", *_conditions(args)),
            "order": args.sorted_by("Payments"),
            "page": page,
            "pageSize": size,
        }
        since = day_start(args.modified_since)
        found = await xero.get("/Payments", Payments, params=params, modified_since=since)
        return found.payments, found.pagination

    return await summed_list(args, shown, fetch, xero)


def _conditions(args: ListPayments) -> list[Condition]:
    asked = (
        eq("PaymentType", OF[args.of]) if args.of else None,
        eq("Status", args.status.upper()) if args.status else None,
        guid("Invoice.InvoiceId", args.invoice_id) if args.invoice_id else None,
        eq("Reference", args.reference) if args.reference else None,
        eq("IsReconciled", args.reconciled) if args.reconciled is not None else None,
        guid("Account.AccountID", args.account_id) if args.account_id else None,
    )
    chosen = [condition for condition in asked if condition is not None]
    return [*chosen, *args.dates()]


def _side(batch: BatchPayment) -> str:
    return "sales" if batch.type == "RECBATCH" else "bill"


def _paid(batch: BatchPayment) -> list[str | None]:
    return [_number(payment) for payment in batch.payments]


BATCH_COLUMNS = (
    Column[BatchPayment](name="batch_payment_id", read=lambda one: one.batch_payment_id),
    Column[BatchPayment](name="of", read=lambda one: "sales" if one.type == "RECBATCH" else "bill"),
    Column[BatchPayment](name="date", read=lambda one: one.date),
    Column[BatchPayment](name="amount", read=lambda one: one.total_amount),
    Column[BatchPayment](name="status", read=lambda one: one.status.lower()),
    Column[BatchPayment](name="reconciled", read=lambda one: one.is_reconciled),
    Column[BatchPayment](
        name="account_code", read=lambda one: one.account.code if one.account else None
    ),
    TextColumn[BatchPayment](name="numbers", read=_paid),
    Column[BatchPayment](
        name="payment_ids", read=lambda one: [paid.payment_id for paid in one.payments], usual=False
    ),
    TextColumn[BatchPayment](name="reference", read=lambda one: one.reference, usual=False),
    TextColumn[BatchPayment](name="details", read=lambda one: one.details, usual=False),
    Column[BatchPayment](name="updated_at", read=lambda one: one.updated_date_utc, usual=False),
)


async def _batches(args: ListPayments, xero: ScopedXero) -> SummedList:
    """Xero gives them without pages; the days and the side are chosen here."""

    async def fetch(page: int, size: int) -> Page[BatchPayment]:
        del page, size
        if args.batch_payment_id is not None:
            ids = {"BatchPaymentID": args.batch_payment_id}
            return (await xero.get(ONE_BATCH, BatchPayments, ids=ids)).batch_payments, None
        since = day_start(args.modified_since)
        found = await xero.get("/BatchPayments", BatchPayments, modified_since=since)
        wanted = [one for one in found.batch_payments if _is_wanted(one, args)]
        return _sorted(wanted, args.order), None

    shown = chosen(BATCH_COLUMNS, fields=None, full=args.detail == "full")
    return await summed_list(args, shown, fetch, xero)


def _sorted(batches: Sequence[BatchPayment], sorting: Sorting) -> Sequence[BatchPayment]:
    if sorting == "updated":
        return sorted(batches, key=lambda one: one.updated_date_utc or EARLIEST, reverse=True)
    newest = sorting == "newest"
    return sorted(batches, key=lambda one: one.date or date.min, reverse=newest)


def _is_wanted(batch: BatchPayment, args: ListPayments) -> bool:
    day = batch.date
    return (
        (args.of is None or _side(batch) == args.of)
        and (args.status is None or batch.status == args.status.upper())
        and (args.date_from is None or (day is not None and day >= args.date_from))
        and (args.date_to is None or (day is not None and day <= args.date_to))
        and (args.reconciled is None or bool(batch.is_reconciled) == args.reconciled)
        and args.account_id in (None, batch.account.account_id if batch.account else "")
    )
