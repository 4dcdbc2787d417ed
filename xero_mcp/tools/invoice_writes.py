"""Sales invoices and bills: making one."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import WriteAnswer
from xero_mcp.tool.args import Day, ShortText, Write, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import PUT, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.trace import of_documents
from xero_mcp.tools.books_day import today
from xero_mcp.tools.contacts import CONTACT_HISTORY
from xero_mcp.tools.document_facts import (
    LINE_AMOUNTS,
    Outline,
    facts_of_documents,
    total_of,
    with_own_tax,
)
from xero_mcp.tools.document_total import AmountsAre
from xero_mcp.tools.documents import CurrencyCode
from xero_mcp.tools.duplicates import LOOKS_AT, NewBill, refuse_duplicates, with_duplicates
from xero_mcp.tools.invoices import AREA_BY_TYPE, KIND, WORDS, XERO_TYPE, Kind
from xero_mcp.tools.ledger_facts import Movement
from xero_mcp.tools.lines import MAX_LINES, TOLD, Line, new_line
from xero_mcp.tools.links import page_link
from xero_mcp.tools.prechecks import Check, OfCurrency, OfDay, checks_of_lines, precheck
from xero_mcp.xero.models.contact import ContactRef
from xero_mcp.xero.models.invoice import (
    Invoice,
    Invoices,
    InvoiceStatus,
    InvoicesWrite,
    InvoiceType,
    InvoiceWrite,
)
from xero_mcp.xero.models.line_item import LineItemWrite
from xero_mcp.xero.scoped import ScopedXero

ACCESS_BY_STATUS = Varies(
    argument="status",
    values={
        "draft": Access.DRAFT.value,
        "submitted": Access.DRAFT.value,
        "authorised": Access.POST.value,
    },
    default="draft",
)


class CreateInvoice(Write):
    """Arguments of create-invoice."""

    type: Kind = Field(description="sales: to a customer; bill: from a supplier.")
    contact_id: XeroId = Field(description="From list-contacts.")
    lines: list[Line] = Field(min_length=1, max_length=MAX_LINES, description=TOLD)
    amounts_are: AmountsAre = Field(default="exclusive", description="Without tax, with it, none.")
    date: Day | None = Field(default=None, description="Else today.")
    due_date: Day | None = Field(default=None, description="Left out: by terms.")
    number: ShortText | None = Field(default=None, description="A bill's: the supplier's.")
    reference: ShortText | None = Field(default=None, description="Sales only.")
    currency: CurrencyCode | None = Field(default=None, description="Else base.")
    status: Literal["draft", "submitted", "authorised"] = Field(
        default="draft", description="authorised posts."
    )
    duplicate_of_known: bool = Field(default=False, description="Only looks alike.")


async def facts_of(args: CreateInvoice, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    """The total that Xero will come to, from the lines, the chart and the tax rates."""
    lines = await _lines(args, xero)
    moved = Movement(
        kind=f"{args.status} {WORDS['type'][args.type]}",
        total=await total_of(lines, amounts_are=args.amounts_are, xero=xero),
        days=(args.date,),
        currency=args.currency,
        contact_id=args.contact_id,
        number=args.number,
    )
    made = Outline(
        moved=moved,
        lines=lines,
        amounts_are=args.amounts_are,
        status=args.status,
        type=args.type,
    )
    facts = await facts_of_documents([made], xero, wanted)
    if "duplicate" not in wanted:
        return facts
    looks_alike = args.type == "bill" and args.duplicate_of_known
    bills = [await _new_bill(args, lines, xero)] if looks_alike else []
    return await with_duplicates(facts, bills, xero)


async def check(args: CreateInvoice, xero: ScopedXero) -> None:
    """What Xero would refuse, and whether such a bill is there already."""
    lines = await _lines(args, xero)
    await precheck(xero, _checks(args, lines))
    if args.type == "bill" and not args.duplicate_of_known:
        await refuse_duplicates([await _new_bill(args, lines, xero)], xero)


async def _new_bill(
    args: CreateInvoice, lines: tuple[LineItemWrite, ...], xero: ScopedXero
) -> NewBill:
    organisation = await xero.reference.organisation()
    return NewBill(
        contact_id=args.contact_id,
        number=args.number,
        day=args.date or await today(xero),
        total=await total_of(lines, amounts_are=args.amounts_are, xero=xero),
        currency=args.currency or organisation.base_currency,
    )


async def _lines(args: CreateInvoice, xero: ScopedXero) -> tuple[LineItemWrite, ...]:
    lines = [new_line(line) for line in args.lines]
    return await with_own_tax(lines, amounts_are=args.amounts_are, xero=xero)


@tool(
    area=Area.INVOICES,
    access=Access.DRAFT,
    area_by=AREA_BY_TYPE,
    access_by=ACCESS_BY_STATUS,
    reaches=(PUT("/Invoices"),),
    also=(LOOKS_AT,),
    asks=(CONTACT_HISTORY,),
    words=WORDS,
    says="create a {status} {type}{ numbered: number}",
    facts=facts_of,
    checks=check,
    trace=of_documents(
        "/Invoices",
        "InvoiceID",
        number="InvoiceNumber",
        types=XERO_TYPE,
        more={"due_date": "DueDate"},
    ),
)
async def create_invoice(args: CreateInvoice, xero: ScopedXero) -> WriteAnswer:
    """Create a sales invoice or a bill; one that looks like a bill that is there is refused."""
    organisation = await xero.reference.organisation()
    currency = args.currency or organisation.base_currency
    body = _body(args, await _lines(args, xero), currency)
    found = await xero.put("/Invoices", Invoices, body, params={"unitdp": 4})
    return _answer(found.invoices[0], args, organisation.short_code, xero)


def _checks(args: CreateInvoice, lines: tuple[LineItemWrite, ...]) -> Iterator[Check]:
    yield from checks_of_lines(lines)
    if args.currency is not None:
        yield OfCurrency(path="currency", code=args.currency)
    if args.status == "authorised" and args.date is not None:
        yield OfDay(path="date", day=args.date)


def _body(args: CreateInvoice, lines: tuple[LineItemWrite, ...], currency: str) -> InvoicesWrite:
    """Nothing is left to Xero to fill in that changes the total.

    Left out, the tax would be the contact's or the item's before the account's, and the currency
    the contact's: then the policy would have decided on another total than the one made.
    """
    invoice = InvoiceWrite(
        type=InvoiceType(XERO_TYPE[args.type]),
        contact=ContactRef(contact_id=args.contact_id),
        line_items=lines,
        date=args.date,
        due_date=args.due_date,
        line_amount_types=LINE_AMOUNTS[args.amounts_are],
        invoice_number=args.number,
        reference=args.reference,
        currency_code=currency,
        status=InvoiceStatus(args.status.upper()),
    )
    return InvoicesWrite(invoices=(invoice,))


def _answer(
    made: Invoice, args: CreateInvoice, short_code: str | None, xero: ScopedXero
) -> WriteAnswer:
    kind = KIND.get(made.type, args.type)
    status = made.status.lower()
    end = "voided" if status == "authorised" else "deleted"
    return WriteAnswer(
        id=made.invoice_id,
        number=made.invoice_number or None,
        status=status,
        total=made.total,
        currency=made.currency_code,
        contact=made.contact.name if made.contact else None,
        changed=f"A {WORDS['type'][kind]} was created with status {status}.",
        link=page_link("bill" if kind == "bill" else "sales invoice", made.invoice_id, short_code),
        undo=f"update-invoice with status {end}.",
        organisation=xero.organisation.name,
    )
