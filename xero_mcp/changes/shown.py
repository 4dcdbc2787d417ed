"""What is kept of a thing: a few fields, in the very names that the tools' answers use.

So the field masks of a policy (`hide`) work on changes as they do on answers. Bank details of
contacts are never kept: a keyed digest says only whether they are the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from xero_mcp.money import to_text
from xero_mcp.text import one_line
from xero_mcp.tool.access import Area
from xero_mcp.xero.models.account import Account
from xero_mcp.xero.models.bank_transaction import BankTransaction
from xero_mcp.xero.models.bank_transfer import BankTransfer
from xero_mcp.xero.models.contact import Contact
from xero_mcp.xero.models.credit_money import CreditMoney
from xero_mcp.xero.models.credit_note import CreditNote
from xero_mcp.xero.models.document import Document
from xero_mcp.xero.models.invoice import Invoice
from xero_mcp.xero.models.item import Item, ItemPrice
from xero_mcp.xero.models.journal import Journal
from xero_mcp.xero.models.manual_journal import ManualJournal
from xero_mcp.xero.models.payment import Payment
from xero_mcp.xero.models.purchase_order import PurchaseOrder
from xero_mcp.xero.models.quote import Quote

BANK_DETAILS: Final = "bank_details"
MAX_FIELD_CHARS: Final = 300
MAX_PHONES: Final = 10
_SALES: Final = "sales"
_BILL: Final = "bill"
_TYPES: Final[Mapping[str, str]] = {
    "ACCREC": _SALES,
    "ACCPAY": _BILL,
    "ACCRECCREDIT": _SALES,
    "ACCPAYCREDIT": _BILL,
    "ACCRECPAYMENT": _SALES,
    "ACCPAYPAYMENT": _BILL,
}

Value = str | date | Decimal | bool | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One thing as Xero showed it, cut down to what is kept."""

    id: str
    updated_at: datetime | None
    area: Area
    fields: Mapping[str, str]
    """Without those that are empty."""
    contact_id: str | None = None
    bank_details: str = field(default="", repr=False)
    """On their way into a digest; nothing keeps them."""
    related: frozenset[str] = frozenset()
    """Ids of what it came from: the batch of a payment, the document of a journal."""
    is_made_once: bool = False
    """Whether things of its kind never change, or it tells that it is new."""


def shown_invoice(one: Invoice) -> Shown:
    return Shown(
        id=one.invoice_id.lower(),
        updated_at=one.updated_date_utc,
        area=Area.BILLS if one.type == "ACCPAY" else Area.INVOICES,
        contact_id=_contact_id(one),
        fields=_fields(
            **_of_document(one),
            due_date=one.due_date,
            amount_due=one.amount_due,
            amount_paid=one.amount_paid,
            amount_credited=one.amount_credited,
        ),
    )


def shown_contact(one: Contact) -> Shown:
    phones = [
        " ".join(part for part in parts if part)
        for phone in one.phones[:MAX_PHONES]
        if any(parts := (phone.phone_country_code, phone.phone_area_code, phone.phone_number))
    ]
    batch = one.batch_payments
    details = (
        one.bank_account_details,
        batch.bank_account_number if batch else None,
        batch.bank_account_name if batch else None,
        batch.details if batch else None,
    )
    return Shown(
        id=one.contact_id.lower(),
        updated_at=one.updated_date_utc,
        area=Area.CONTACTS,
        contact_id=one.contact_id.lower(),
        bank_details="\n".join(part or "" for part in details) if any(details) else "",
        fields=_fields(
            name=one.name,
            status=(one.contact_status or "").lower(),
            email=one.email_address,
            phones=", ".join(phones),
            first_name=one.first_name,
            last_name=one.last_name,
            contact_number=one.contact_number,
            account_number=one.account_number,
            tax_number=one.tax_number,
            company_number=one.company_number,
            currency=one.default_currency,
        ),
    )


def shown_credit_note(one: CreditNote) -> Shown:
    return Shown(
        id=one.credit_note_id.lower(),
        updated_at=one.updated_date_utc,
        area=Area.CREDIT_NOTES,
        contact_id=_contact_id(one),
        fields=_fields(**_of_document(one), remaining=one.remaining_credit),
    )


def shown_credit_money(one: CreditMoney) -> Shown:
    kept = {**_of_document(one), "number": None, "reference": one.number}
    return Shown(
        id=one.document_id.lower(),
        updated_at=one.updated_date_utc,
        area=Area.PAYMENTS,
        contact_id=_contact_id(one),
        fields=_fields(**kept, remaining=one.remaining_credit),
    )


def shown_payment(one: Payment) -> Shown:
    document = one.invoice or one.credit_note
    contact = document.contact if document else None
    number = one.invoice.invoice_number if one.invoice else None
    if one.credit_note is not None:
        number = one.credit_note.credit_note_number
    return Shown(
        id=one.payment_id.lower(),
        updated_at=one.updated_date_utc,
        area=Area.PAYMENTS,
        contact_id=(contact.contact_id.lower() or None) if contact else None,
        related=_ids(one.batch_payment_id),
        is_made_once=one.status == "AUTHORISED",
        fields=_fields(
            of=_TYPES.get(one.payment_type or "", (one.payment_type or "").lower()),
            number=number,
            contact=contact.name if contact else None,
            date=one.date,
            amount=one.amount,
            currency=document.currency_code if document else None,
            status=one.status.lower(),
            reconciled=one.is_reconciled,
            reference=one.reference,
            invoice_id=one.invoice.invoice_id.lower() if one.invoice else None,
        ),
    )


def shown_bank_transaction(one: BankTransaction) -> Shown:
    return Shown(
        id=one.bank_transaction_id.lower(),
        updated_at=one.updated_date_utc,
        area=Area.BANK_TRANSACTIONS,
        contact_id=_contact_id(one),
        fields=_fields(
            **_of_document(one),
            bank_account=one.bank_account.name if one.bank_account else None,
            reconciled=one.is_reconciled,
        ),
    )


def shown_bank_transfer(one: BankTransfer) -> Shown:
    ends = {"from": one.from_bank_account, "to": one.to_bank_account}
    return Shown(
        id=one.bank_transfer_id.lower(),
        updated_at=one.created_date_utc,
        area=Area.BANK_TRANSFERS,
        is_made_once=(one.status or "AUTHORISED") == "AUTHORISED",
        fields=_fields(
            **{name: account.name if account else None for name, account in ends.items()},
            date=one.date,
            amount=one.amount,
            status=(one.status or "AUTHORISED").lower(),
            reference=one.reference,
        ),
    )


def shown_manual_journal(one: ManualJournal) -> Shown:
    debits = [line.line_amount for line in one.journal_lines if (line.line_amount or 0) > 0]
    total = sum((amount for amount in debits if amount is not None), Decimal(0))
    return Shown(
        id=one.manual_journal_id.lower(),
        updated_at=one.updated_date_utc,
        area=Area.MANUAL_JOURNALS,
        fields=_fields(
            date=one.date,
            narration=one.narration,
            status=one.status.lower(),
            debits=total if one.journal_lines else None,
        ),
    )


def shown_purchase_order(one: PurchaseOrder) -> Shown:
    return Shown(
        id=one.purchase_order_id.lower(),
        updated_at=one.updated_date_utc,
        area=Area.PURCHASE_ORDERS,
        contact_id=_contact_id(one),
        fields=_fields(**_of_document(one), delivery_date=one.delivery_date),
    )


def shown_quote(one: Quote) -> Shown:
    return Shown(
        id=one.quote_id.lower(),
        updated_at=one.updated_date_utc,
        area=Area.QUOTES,
        contact_id=_contact_id(one),
        fields=_fields(**_of_document(one), expiry_date=one.expiry_date, title=one.title),
    )


def shown_item(one: Item) -> Shown:
    sold, bought = one.sales_details or ItemPrice(), one.purchase_details or ItemPrice()
    return Shown(
        id=one.item_id.lower(),
        updated_at=one.updated_date_utc,
        area=Area.ITEMS,
        fields=_fields(
            code=one.code,
            name=one.name,
            description=one.description,
            sales_price=sold.unit_price,
            purchase_price=bought.unit_price,
            sales_account=sold.account_code,
            purchase_account=bought.account_code,
        ),
    )


def shown_account(one: Account) -> Shown:
    return Shown(
        id=one.account_id.lower(),
        updated_at=one.updated_date_utc,
        area=Area.ACCOUNTS,
        fields=_fields(
            code=one.code,
            name=one.name,
            type=one.type.lower(),
            tax_type=one.tax_type,
            status=one.status.lower(),
            currency=one.currency_code,
            description=one.description,
        ),
    )


def shown_journal(one: Journal) -> Shown:
    return Shown(
        id=one.journal_id.lower(),
        updated_at=one.created_date_utc,
        area=Area.JOURNALS,
        related=_ids(one.source_id),
        is_made_once=True,
        fields=_fields(
            number=one.journal_number,
            date=one.journal_date,
            source=one.source_type,
            source_id=(one.source_id or "").lower(),
            reference=one.reference,
        ),
    )


def _of_document(one: Document) -> dict[str, Value]:
    kind = str(getattr(one, "type", ""))
    return {
        "type": _TYPES.get(kind, kind.lower()),
        "number": one.number,
        "reference": one.reference,
        "contact": one.contact.name if one.contact else None,
        "date": one.date,
        "status": one.status.lower(),
        "currency": one.currency_code,
        "total": one.total,
    }


def _contact_id(one: Document) -> str | None:
    return (one.contact.contact_id.lower() or None) if one.contact else None


def _ids(*found: str | None) -> frozenset[str]:
    return frozenset(one.lower() for one in found if one)


def _fields(**given: Value) -> dict[str, str]:
    return dict(_texts(given.items()))


def _texts(given: Iterable[tuple[str, Value]]) -> Iterable[tuple[str, str]]:
    for name, value in given:
        text = _text(value)
        if text:
            yield name, text


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return to_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return "" if value is None else one_line(str(value), limit=MAX_FIELD_CHARS)
