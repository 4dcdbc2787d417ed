"""Invoices on their way to a customer: by email, by link; and documents as PDF."""

from base64 import b64encode
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from pydantic import Field

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, OthersText, WriteAnswer
from xero_mcp.tool.args import InOrganisation, Write, XeroId
from xero_mcp.tool.declare import GET, POST, tool
from xero_mcp.tool.facts import Facts
from xero_mcp.tool.trace import Mark, Traced
from xero_mcp.tools.contacts import CONTACT_HISTORY
from xero_mcp.tools.document_kinds import (
    INVOICE,
    SPOKEN,
    area_of_document,
    must_be,
    reaches_below,
)
from xero_mcp.tools.invoices import kind_of
from xero_mcp.tools.ledger_facts import Movement, facts_of_movement, stands_as, version_of
from xero_mcp.xero.models.contact import Contact
from xero_mcp.xero.models.invoice import Invoice, Invoices
from xero_mcp.xero.models.online_invoice import EmailTaken, NoContent, OnlineInvoices
from xero_mcp.xero.models.user import Users
from xero_mcp.xero.scoped import ScopedXero

MAX_PDF_BYTES = 1_000_000
"""A larger file is not given: it would fill an agent's context many times over."""
EMAIL = "/Invoices/{InvoiceID}/Email"
ONLINE = "/Invoices/{InvoiceID}/OnlineInvoice"
USERS = GET("/Users")
NO_ADDRESS = "the contact has no email address that Xero tells"


class EmailInvoice(Write):
    """Arguments of email-invoice."""

    invoice_id: XeroId = Field(description="A sales invoice, submitted or approved.")


async def _facts(args: EmailInvoice, xero: ScopedXero, wanted: frozenset[str]) -> Facts:
    """Where it would go is read from Xero: the contact's address, its people's, our users'."""
    found = await xero.get(INVOICE.path, Invoices, ids={"InvoiceID": args.invoice_id})
    invoice = found.invoices[0]
    facts = await facts_of_movement(
        Movement(
            kind="sales invoice" if kind_of(invoice) == "sales" else "bill",
            total=invoice.total,
            counted=Decimal(0),
            days=(invoice.date,),
            currency=invoice.currency_code,
            currency_rate=invoice.currency_rate,
            contact_id=invoice.contact.contact_id if invoice.contact else None,
            number=invoice.invoice_number,
            object_id=invoice.invoice_id,
            version=_version(invoice),
            stands=", to ".join((stands_as(invoice), *sorted(_addresses(invoice.contact)))),
        ),
        xero,
        wanted,
    )
    unknown = dict(facts.unknown)
    outside = await _goes_outside(invoice.contact, xero) if "emails_outside" in wanted else None
    if outside is None and "emails_outside" in wanted:
        unknown["emails_outside"] = NO_ADDRESS
    return replace(
        facts,
        period_locked=False,  # nothing of the ledger changes
        emails_outside=outside,
        recipient_not_stored=False,
        document_types=frozenset({kind_of(invoice)}),
        statuses=frozenset({invoice.status.lower()}),
        unknown=unknown,
    )


def _version(invoice: Invoice) -> str | None:
    """Of the invoice and of who gets it: Xero tells of no change of it where an address changes."""
    state = version_of(invoice.invoice_id, invoice.updated_date_utc)
    return " ".join((state or "", *sorted(_addresses(invoice.contact)))) or None


def _addresses(contact: Contact | None) -> set[str]:
    if contact is None:
        return set()
    people = [one.email_address for one in contact.contact_persons if one.include_in_emails]
    return {text.casefold() for text in (contact.email_address, *people) if text}


async def _goes_outside(contact: Contact | None, xero: ScopedXero) -> bool | None:
    """Whether somebody gets it who is no user of this organisation; None: not known."""
    addresses = _addresses(contact)
    if not addresses:
        return None
    users = (await xero.get(USERS.path, Users)).users
    return not addresses <= {(one.email_address or "").casefold() for one in users}


@tool(
    area=Area.INVOICES,
    access=Access.FULL,
    reaches=(POST(EMAIL),),
    asks=(INVOICE, USERS, CONTACT_HISTORY),
    says="email the sales invoice {invoice_id} to its customer",
    facts=_facts,
    trace=Traced(
        path="/Invoices/{InvoiceID}/History",
        key="",
        places={"InvoiceID": "invoice_id"},
        fixed=(Mark("invoice sent", "Changes", "Invoice sent"),),
        proofs=((),),
        shown="Changes",
    ),
)
async def email_invoice(args: EmailInvoice, xero: ScopedXero) -> WriteAnswer:
    """Email a sales invoice to the contact's own address, with Xero's standard text.

    It cannot be called back.
    """
    await xero.post(EMAIL, EmailTaken, NoContent(), ids={"InvoiceID": args.invoice_id})
    return WriteAnswer(
        id=args.invoice_id,
        status="sent",
        changed="Xero took the email and marked the invoice as sent.",
        organisation=xero.organisation.name,
    )


class GetInvoiceLink(InOrganisation):
    """Arguments of get-invoice-link."""

    invoice_id: XeroId = Field(description="An approved sales invoice.")


class InvoiceLink(Answer):
    """Anybody who has the address sees the invoice."""

    invoice_id: str
    url: str
    organisation: str

    def object_ids(self) -> tuple[str, ...]:
        return (self.invoice_id,)


@tool(
    area=Area.INVOICES,
    access=Access.READ,
    reaches=(GET(ONLINE),),
    says="get the online link of the invoice {invoice_id}",
)
async def get_invoice_link(args: GetInvoiceLink, xero: ScopedXero) -> InvoiceLink:
    """Get the web address at which a customer sees and pays a sales invoice."""
    found = await xero.get(ONLINE, OnlineInvoices, ids={"InvoiceID": args.invoice_id})
    return InvoiceLink(
        invoice_id=args.invoice_id,
        url=found.online_invoices[0].online_invoice_url,
        organisation=xero.organisation.name,
    )


Printed = Literal["bill", "credit-note", "purchase-order", "quote", "sales"]
PRINTED: tuple[Printed, ...] = ("bill", "credit-note", "purchase-order", "quote", "sales")
AREAS = area_of_document(PRINTED)


class GetDocumentPdf(InOrganisation):
    """Arguments of get-document-pdf."""

    document: Printed = Field(description="What it is.")
    document_id: XeroId = Field(description="Its id.")


class DocumentPdf(Answer):
    """A PDF, as Xero prints it."""

    document_id: str
    media_type: str
    bytes: int
    base64: OthersText | None = None
    note: str | None = None
    organisation: str

    def object_ids(self) -> tuple[str, ...]:
        return (self.document_id,)


@tool(
    area=Area.INVOICES,
    access=Access.READ,
    area_by=AREAS,
    reaches=reaches_below(PRINTED, ("GET", "pdf")),
    also=(INVOICE,),
    words={"document": SPOKEN},
    says="print the {document} {document_id}",
)
async def get_document_pdf(args: GetDocumentPdf, xero: ScopedXero) -> DocumentPdf:
    """Get a document as PDF, in base64, up to 1 MB. For sales and bills, one request more."""
    kind = await must_be(args.document, args.document_id, xero)
    ids = {kind.id_name: args.document_id}
    file = await xero.get_file(kind.at("pdf"), accepts="application/pdf", ids=ids)
    fits = len(file.content) <= MAX_PDF_BYTES
    return DocumentPdf(
        document_id=args.document_id,
        media_type=file.media_type,
        bytes=len(file.content),
        base64=b64encode(file.content).decode("ascii") if fits else None,
        note=None if fits else "Larger than 1 MB: a person opens it in Xero.",
        organisation=xero.organisation.name,
    )
