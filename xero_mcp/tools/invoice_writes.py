"""Sales invoices and bills: making them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from xero_mcp.errors import XeroMcpError
from xero_mcp.money import Money
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import WriteAnswer
from xero_mcp.tool.args import Amount, Args, Day, ShortText, Write, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import PUT, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tools.document_total import AmountsAre, PricedLine, document_total, is_locked
from xero_mcp.tools.invoices import AREA_BY_TYPE, KIND, XERO_TYPE, Kind
from xero_mcp.xero.models.account import Account
from xero_mcp.xero.models.contact import ContactRef
from xero_mcp.xero.models.invoice import (
    Invoices,
    InvoiceStatus,
    InvoicesWrite,
    InvoiceType,
    InvoiceWrite,
    LineAmountTypes,
)
from xero_mcp.xero.models.line_item import LineItemWrite, LineTrackingWrite
from xero_mcp.xero.scoped import ScopedXero

MAX_LINES = 200
MAX_DESCRIPTION = 4_000
ACCESS_BY_STATUS = Varies(
    argument="status",
    values={
        "draft": Access.DRAFT.value,
        "submitted": Access.DRAFT.value,
        "authorised": Access.POST.value,
    },
    default="draft",
)
LINE_AMOUNTS: dict[AmountsAre, LineAmountTypes] = {
    "exclusive": LineAmountTypes.EXCLUSIVE,
    "inclusive": LineAmountTypes.INCLUSIVE,
    "no-tax": LineAmountTypes.NO_TAX,
}
TABS = {"bill": "AccountsPayable", "sale": "AccountsReceivable"}


class Tracking(Args):
    """A tracking category and the option chosen in it."""

    category: ShortText = Field(description="Name of the tracking category.")
    option: ShortText = Field(description="Name of the option in it.")


class Line(Args):
    """One line of a document."""

    description: Annotated[str, StringConstraints(min_length=1, max_length=MAX_DESCRIPTION)] = (
        Field(description="What it is for.")
    )
    quantity: Amount = Field(description='How many, such as "1" or "2.5".')
    unit_amount: Amount = Field(description="Price of one, up to 4 decimals.")
    account_code: Annotated[str, StringConstraints(min_length=1, max_length=10)] = Field(
        description="Code from list-accounts."
    )
    tax_type: Annotated[str, StringConstraints(min_length=1, max_length=50)] | None = Field(
        default=None, description="Tax type; left out: the account's own."
    )
    item_code: Annotated[str, StringConstraints(min_length=1, max_length=30)] | None = Field(
        default=None, description="Code of an item."
    )
    discount_rate: Amount | None = Field(
        default=None, description="Discount in percent; sales only."
    )
    tracking: list[Tracking] | None = Field(
        default=None, min_length=1, max_length=2, description="At most two categories."
    )


class CreateInvoice(Write):
    """Arguments of create-invoice."""

    type: Kind = Field(description="sale: to a customer; bill: from a supplier.")
    contact_id: XeroId = Field(description="Id from list-contacts.")
    lines: list[Line] = Field(min_length=1, max_length=MAX_LINES, description="At least one.")
    amounts_are: AmountsAre = Field(
        default="exclusive",
        description="Whether unit amounts are without tax, with it, or have none.",
    )
    date: Day | None = Field(default=None, description="Left out: today in the organisation.")
    due_date: Day | None = Field(default=None, description="Needed when status is authorised.")
    number: ShortText | None = Field(
        default=None,
        description="Number; of a bill: the supplier's. Sales left out: the next in order.",
    )
    reference: ShortText | None = Field(default=None, description="Reference; sales only.")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = Field(
        default=None, description="Such as USD; left out: the organisation's own."
    )
    status: Literal["draft", "submitted", "authorised"] = Field(
        default="draft",
        description="draft, submitted for approval, or authorised (posts to the ledger).",
    )


async def facts_of(args: CreateInvoice, xero: ScopedXero) -> Facts:
    """The total that Xero will come to, from the lines, the chart and the tax rates."""
    organisation = await xero.reference.organisation()
    currency = args.currency or organisation.base_currency
    total = await _total(args, xero)
    money = None if total is None else Money(total, currency)
    in_base = money if currency == organisation.base_currency else None
    day = args.date or xero.clock.now().date()
    unknown = {} if money else {"total": "an account code or tax type is not known in Xero"}
    return Facts(
        total=money,
        base_total=in_base,
        contact_id=args.contact_id,
        document_date=day,
        period_locked=is_locked(organisation, day),
        bank_details_change=False,
        object_type=f"{args.status} {args.type}",
        object_number=args.number,
        unknown=unknown,
    )


async def _total(args: CreateInvoice, xero: ScopedXero) -> Decimal | None:
    if args.amounts_are != "exclusive":
        return document_total(_priced(args.lines, ()), amounts_are=args.amounts_are, rates={})
    accounts = await xero.reference.accounts()
    rates = {
        rate.tax_type: rate.effective_rate
        for rate in await xero.reference.tax_rates()
        if rate.effective_rate is not None
    }
    lines = _priced(args.lines, accounts)
    return document_total(lines, amounts_are=args.amounts_are, rates=rates)


def _priced(lines: Sequence[Line], accounts: Sequence[Account]) -> list[PricedLine]:
    own_tax = {account.code: account.tax_type for account in accounts}
    return [
        PricedLine(
            quantity=line.quantity,
            unit_amount=line.unit_amount,
            discount_rate=line.discount_rate or Decimal(0),
            tax_type=line.tax_type or own_tax.get(line.account_code),
        )
        for line in lines
    ]


@tool(
    area=Area.INVOICES,
    access=Access.DRAFT,
    area_by=AREA_BY_TYPE,
    access_by=ACCESS_BY_STATUS,
    reaches=(PUT("/Invoices"),),
    says="create a {status} {type}{ numbered: number}",
    facts=facts_of,
)
async def create_invoice(args: CreateInvoice, xero: ScopedXero) -> WriteAnswer:
    """Create a sales invoice or a bill: a draft, unless status says otherwise.

    Look with list-invoices first whether it is there already: bills can be entered twice.
    """
    link_code = await _short_code(xero)
    found = await xero.put("/Invoices", Invoices, _body(args), params={"unitdp": 4})
    made = found.invoices[0]
    kind = KIND.get(made.type, args.type)
    status = made.status.lower()
    return WriteAnswer(
        id=made.invoice_id,
        number=made.invoice_number or None,
        status=status,
        total=made.total,
        currency=made.currency_code,
        contact=made.contact.name if made.contact else None,
        changed=f"A {kind} was created with status {status}.",
        link=_link(kind, made.invoice_id, link_code),
        undo="Void it in Xero." if status == "authorised" else "Delete it in Xero.",
        organisation=xero.organisation.name,
    )


def _body(args: CreateInvoice) -> InvoicesWrite:
    invoice = InvoiceWrite(
        type=InvoiceType(XERO_TYPE[args.type]),
        contact=ContactRef(contact_id=args.contact_id),
        line_items=tuple(_line(line) for line in args.lines),
        date=args.date,
        due_date=args.due_date,
        line_amount_types=LINE_AMOUNTS[args.amounts_are],
        invoice_number=args.number,
        reference=args.reference,
        currency_code=args.currency,
        status=InvoiceStatus(args.status.upper()),
    )
    return InvoicesWrite(invoices=(invoice,))


def _line(line: Line) -> LineItemWrite:
    tracking = tuple(
        LineTrackingWrite(name=one.category, option=one.option) for one in line.tracking or ()
    )
    return LineItemWrite(
        description=line.description,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        account_code=line.account_code,
        tax_type=line.tax_type,
        item_code=line.item_code,
        discount_rate=line.discount_rate,
        tracking=tracking or None,
    )


async def _short_code(xero: ScopedXero) -> str | None:
    """The code that makes a link open in the right organisation; a link may be missing for it."""
    try:
        return (await xero.reference.organisation()).short_code
    except XeroMcpError:
        return None


def _link(kind: str, invoice_id: str, short_code: str | None) -> str | None:
    if short_code is None:
        return None
    page = f"/{TABS[kind]}/Edit.aspx?InvoiceID={invoice_id}"
    return (
        "https://go.xero.com/organisationlogin/default.aspx"
        f"?shortcode={short_code}&redirecturl={page}"
    )
