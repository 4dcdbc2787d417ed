"""Sales invoices and bills: finding and reading them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from xero_mcp.tool.access import Access, Area, Need
from xero_mcp.tool.answer import Answer, DayText, MoneyText, OthersText
from xero_mcp.tool.args import Amount, Day, InOrganisation, ShortText, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tool.table import Column, TextColumn, summed_by
from xero_mcp.tools.paging import (
    PLAIN_TEXT,
    ContactListing,
    Page,
    SummedList,
    day_start,
    names_of,
    summed_list,
)
from xero_mcp.xero.models.invoice import Invoice, Invoices
from xero_mcp.xero.scoped import Param, ScopedXero
from xero_mcp.xero.where import Condition, eq, ge, le, lt, where

Kind = Literal["sales", "bill"]
XERO_TYPE: dict[str, str] = {"sales": "ACCREC", "bill": "ACCPAY"}
KIND: dict[str, Kind] = {"ACCREC": "sales", "ACCPAY": "bill"}
AREA_BY_TYPE = Varies(
    argument="type", values={"sales": Area.INVOICES.value, "bill": Area.BILLS.value}
)
FOUND_OUT = Varies(argument="(type)", values=AREA_BY_TYPE.values)
"""No argument says whether it is a sale or a bill: any of the two must be granted beforehand,
and what was found is checked before the agent sees it (`reveals`)."""

WORDS = {"type": {"sales": "sales invoice", "bill": "bill"}}
"""What people call the two."""


def kind_of(invoice: Invoice) -> Kind:
    """What people call it."""
    return KIND.get(invoice.type, "sales")


def _currency(invoice: Invoice) -> str | None:
    return invoice.currency_code


def _side(invoice: Invoice) -> str | None:
    """Currency and side, such as `USD bill`."""
    return f"{invoice.currency_code} {kind_of(invoice)}"


COLUMNS = (
    Column[Invoice](name="invoice_id", read=lambda one: one.invoice_id),
    Column[Invoice](name="type", read=kind_of),
    TextColumn[Invoice](name="number", read=lambda one: one.invoice_number),
    TextColumn[Invoice](name="contact", read=lambda one: one.contact.name if one.contact else None),
    Column[Invoice](name="date", read=lambda one: one.date),
    Column[Invoice](name="due_date", read=lambda one: one.due_date),
    Column[Invoice](name="status", read=lambda one: one.status.lower()),
    Column[Invoice](name="currency", read=lambda one: one.currency_code),
    Column[Invoice](name="total", read=lambda one: one.total, currency=_currency),
    Column[Invoice](name="amount_due", read=lambda one: one.amount_due, currency=_currency),
    TextColumn[Invoice](name="reference", read=lambda one: one.reference, usual=False),
    Column[Invoice](
        name="contact_id",
        read=lambda one: one.contact.contact_id if one.contact else None,
        usual=False,
    ),
    Column[Invoice](
        name="subtotal", read=lambda one: one.sub_total, usual=False, currency=_currency
    ),
    Column[Invoice](name="tax", read=lambda one: one.total_tax, usual=False, currency=_currency),
    Column[Invoice](
        name="amount_paid", read=lambda one: one.amount_paid, usual=False, currency=_currency
    ),
    Column[Invoice](
        name="amount_credited",
        read=lambda one: one.amount_credited,
        usual=False,
        currency=_currency,
    ),
    Column[Invoice](name="fully_paid_on", read=lambda one: one.fully_paid_on_date, usual=False),
    Column[Invoice](name="updated_at", read=lambda one: one.updated_date_utc, usual=False),
)


class ListInvoices(ContactListing):
    """Arguments of list-invoices."""

    COLUMN_NAMES = names_of(COLUMNS)

    type: Kind | None = Field(default=None, description="bill: from a supplier.")
    status: Literal["draft", "submitted", "authorised", "paid", "voided", "deleted"] | None = Field(
        default=None, description="authorised: unpaid."
    )
    number: ShortText | None = Field(default=None, description="Exact.")
    due_before: Day | None = Field(default=None, description="Due before.")
    overdue: bool | None = Field(default=None, description="Unpaid, past due.")
    owed_from: Annotated[Amount, PLAIN_TEXT] | None = Field(
        default=None, description="Owed at least."
    )
    owed_to: Annotated[Amount, PLAIN_TEXT] | None = Field(default=None, description="Owed at most.")
    search: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Field(
        default=None, description="In number or reference."
    )

    @model_validator(mode="after")
    def _overdue_is_authorised(self) -> "ListInvoices":
        if self.overdue and self.status not in (None, "authorised"):
            raise ValueError(f"overdue ones are authorised, never {self.status}; send one of them")
        low, high = self.owed_from, self.owed_to
        if low is not None and high is not None and low > high:
            raise ValueError(f"owed_from {low} is above owed_to {high}")
        return self


@tool(
    area=Area.INVOICES,
    access=Access.READ,
    area_by=AREA_BY_TYPE,
    reaches=(GET("/Invoices"),),
    words={"type": {"sales": "sales", "bill": "bills"}},
    says="list invoices{ of type: type}{ with status: status}{ matching: search} (page {page})",
)
async def list_invoices(args: ListInvoices, xero: ScopedXero) -> SummedList:
    """List sales invoices and bills, newest first, with sums by currency and side.

    For lines see get-invoice.
    """
    shown = args.columns(COLUMNS)
    if args.type is None:  # what we are owed and what we owe are never added up
        shown = summed_by(shown, _side)
    since = day_start(args.modified_since)
    filters: dict[str, Param] = {
        "where": where("Invoices", *_conditions(args, today=xero.clock.now().date())),
        "order": args.sorted_by("Invoices"),
        "searchTerm": args.search,
        "summaryOnly": True,
    }

    async def fetch(page: int, size: int) -> Page[Invoice]:
        paged = {**filters, "page": page, "pageSize": size}
        found = await xero.get("/Invoices", Invoices, params=paged, modified_since=since)
        return found.invoices, found.pagination

    return await summed_list(args, shown, fetch, xero)


def _conditions(args: ListInvoices, *, today: date) -> list[Condition]:
    status = "authorised" if args.overdue else args.status
    due_before = min(args.due_before or today, today) if args.overdue else args.due_before
    asked = (
        eq("Type", XERO_TYPE[args.type]) if args.type else None,
        eq("Status", status.upper()) if status else None,
        eq("InvoiceNumber", args.number) if args.number else None,
        lt("DueDate", due_before) if due_before else None,
        ge("AmountDue", args.owed_from) if args.owed_from is not None else None,
        le("AmountDue", args.owed_to) if args.owed_to is not None else None,
    )
    chosen = [condition for condition in asked if condition is not None]
    return [*chosen, *args.whose(), *args.dates()]


class InvoiceLine(Answer):
    """A line, as Xero holds it."""

    line_item_id: str | None = None
    description: OthersText | None = None
    quantity: MoneyText | None = None
    unit_amount: MoneyText | None = None
    line_amount: MoneyText | None = None
    account_code: str | None = None
    tax_type: str | None = None
    tax_amount: MoneyText | None = None
    item_code: OthersText | None = None
    discount_rate: MoneyText | None = None
    tracking: list[OthersText] | None = None


class InvoicePayment(Answer):
    """A payment of the invoice."""

    payment_id: str
    date: DayText | None = None
    amount: MoneyText | None = None


class InvoiceRecord(Answer):
    """One invoice or bill, whole."""

    invoice_id: str
    type: Kind
    number: OthersText | None = None
    reference: OthersText | None = None
    contact: OthersText | None = None
    contact_id: str | None = None
    date: DayText | None = None
    due_date: DayText | None = None
    status: str
    currency: str | None = None
    amounts_are: str | None = None
    lines: list[InvoiceLine]
    subtotal: MoneyText | None = None
    tax: MoneyText | None = None
    total: MoneyText | None = None
    amount_paid: MoneyText | None = None
    amount_credited: MoneyText | None = None
    amount_due: MoneyText | None = None
    payments: list[InvoicePayment]
    organisation: str

    def object_ids(self) -> tuple[str, ...]:
        return (self.invoice_id,)


class GetInvoice(InOrganisation):
    """Arguments of get-invoice."""

    invoice_id: XeroId = Field(description="Its id.")


def _shown_to(record: InvoiceRecord) -> tuple[Need, ...]:
    area = Area.BILLS if record.type == "bill" else Area.INVOICES
    return (Need(area=area, access=Access.READ),)


@tool(
    area=Area.INVOICES,
    access=Access.READ,
    area_by=FOUND_OUT,
    reaches=(GET("/Invoices/{InvoiceID}"),),
    says="read the invoice {invoice_id}",
    reveals=_shown_to,
)
async def get_invoice(args: GetInvoice, xero: ScopedXero) -> InvoiceRecord:
    """Read one sales invoice or bill with its lines, tax and payments."""
    found = await xero.get(
        "/Invoices/{InvoiceID}",
        Invoices,
        ids={"InvoiceID": args.invoice_id},
        params={"unitdp": 4},
    )
    return _record(found.invoices[0], organisation=xero.organisation.name)


def _record(invoice: Invoice, *, organisation: str) -> InvoiceRecord:
    return InvoiceRecord(
        invoice_id=invoice.invoice_id,
        type=kind_of(invoice),
        number=invoice.invoice_number,
        reference=invoice.reference,
        contact=invoice.contact.name if invoice.contact else None,
        contact_id=invoice.contact.contact_id if invoice.contact else None,
        date=invoice.date,
        due_date=invoice.due_date,
        status=invoice.status.lower(),
        currency=invoice.currency_code,
        amounts_are=(invoice.line_amount_types or "").lower() or None,
        lines=[
            InvoiceLine(
                line_item_id=line.line_item_id,
                description=line.description,
                quantity=line.quantity,
                unit_amount=line.unit_amount,
                line_amount=line.line_amount,
                account_code=line.account_code,
                tax_type=line.tax_type,
                tax_amount=line.tax_amount,
                item_code=line.item_code,
                discount_rate=line.discount_rate,
                tracking=[f"{one.name}: {one.option}" for one in line.tracking] or None,
            )
            for line in invoice.line_items
        ],
        subtotal=invoice.sub_total,
        tax=invoice.total_tax,
        total=invoice.total,
        amount_paid=invoice.amount_paid,
        amount_credited=invoice.amount_credited,
        amount_due=invoice.amount_due,
        payments=[
            InvoicePayment(payment_id=one.payment_id, date=one.date, amount=one.amount)
            for one in invoice.payments
        ],
        organisation=organisation,
    )
