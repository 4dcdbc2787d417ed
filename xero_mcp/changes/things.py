"""What a watch can speak of: the things in Xero that change, and what is kept of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from xero_mcp.tool.access import Area

_DOCUMENT: Final = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")
_MONEY: Final = ("AUTHORISED", "DELETED")
_CREDIT: Final = ("AUTHORISED", "PAID", "VOIDED")
_TRADE: Final = frozenset(
    {"number", "reference", "contact", "date", "total", "currency", "type", "status"}
)
_DUE: Final = _TRADE | {"due_date", "amount_due", "amount_paid", "amount_credited"}
_CREDITED: Final = _TRADE | {"remaining"}
_PAID: Final = frozenset(
    {"number", "reference", "contact", "date", "amount", "currency", "status", "reconciled"}
)
_CONTACT: Final = frozenset(
    {
        "name",
        "status",
        "email",
        "phones",
        "first_name",
        "last_name",
        "contact_number",
        "account_number",
        "tax_number",
        "company_number",
        "bank_details",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One kind of thing, in a bookkeeper's word."""

    word: str
    plural: str
    resource: str
    """In the feed's word."""
    area: Area | None = None
    """Where the resource alone does not tell."""
    statuses: Sequence[str] = ()
    fields: frozenset[str] = _TRADE
    """What can change of it that anybody would watch."""

    @property
    def can_be_compared(self) -> bool:
        """Whether an amount and its currency are kept of it."""
        return "currency" in self.fields and bool(self.fields & {"total", "amount"})

    @property
    def with_article(self) -> str:
        article = "an" if self.word[0] in "aeiou" else "a"
        return f"{article} {self.word}"


THINGS: Final[Sequence[Thing]] = (
    Thing(
        word="invoice",
        plural="invoices",
        resource="invoices",
        area=Area.INVOICES,
        statuses=_DOCUMENT,
        fields=_DUE,
    ),
    Thing(
        word="bill",
        plural="bills",
        resource="invoices",
        area=Area.BILLS,
        statuses=_DOCUMENT,
        fields=_DUE,
    ),
    Thing(
        word="credit note",
        plural="credit notes",
        resource="credit-notes",
        statuses=_DOCUMENT,
        fields=_CREDITED,
    ),
    Thing(
        word="prepayment",
        plural="prepayments",
        resource="prepayments",
        statuses=_CREDIT,
        fields=_CREDITED,
    ),
    Thing(
        word="overpayment",
        plural="overpayments",
        resource="overpayments",
        statuses=_CREDIT,
        fields=_CREDITED,
    ),
    Thing(
        word="contact",
        plural="contacts",
        resource="contacts",
        statuses=("ACTIVE", "ARCHIVED"),
        fields=_CONTACT,
    ),
    Thing(word="payment", plural="payments", resource="payments", statuses=_MONEY, fields=_PAID),
    Thing(
        word="bank transaction",
        plural="bank transactions",
        resource="bank-transactions",
        statuses=_MONEY,
        fields=_TRADE | {"reconciled"},
    ),
    Thing(
        word="bank transfer",
        plural="bank transfers",
        resource="bank-transfers",
        statuses=_MONEY,
        fields=frozenset({"date", "amount", "status", "reference"}),
    ),
    Thing(
        word="manual journal",
        plural="manual journals",
        resource="manual-journals",
        statuses=("DRAFT", "POSTED", "DELETED", "VOIDED", "ARCHIVED"),
        fields=frozenset({"date", "status", "debits", "narration"}),
    ),
    Thing(
        word="journal",
        plural="journals",
        resource="journals",
        fields=frozenset({"number", "date", "reference"}),
    ),
    Thing(
        word="quote",
        plural="quotes",
        resource="quotes",
        statuses=("DRAFT", "SENT", "DECLINED", "ACCEPTED", "INVOICED", "DELETED"),
        fields=_TRADE | {"expiry_date"},
    ),
    Thing(
        word="purchase order",
        plural="purchase orders",
        resource="purchase-orders",
        statuses=("DRAFT", "SUBMITTED", "AUTHORISED", "BILLED", "DELETED"),
        fields=_TRADE | {"delivery_date"},
    ),
    Thing(
        word="item",
        plural="items",
        resource="items",
        fields=frozenset({"code", "name", "description", "sales_price", "purchase_price"}),
    ),
    Thing(
        word="account",
        plural="accounts",
        resource="accounts",
        statuses=("ACTIVE", "ARCHIVED", "DELETED"),
        fields=frozenset({"code", "name", "type", "tax_type", "status", "description"}),
    ),
)
THING_WORDS: Final[Mapping[str, Thing]] = MappingProxyType(
    {word: one for one in THINGS for word in (one.word, one.plural)}
)
STATUSES: Final[Sequence[str]] = tuple(
    dict.fromkeys(status for one in THINGS for status in one.statuses)
)
STATUS_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "paid": "PAID",
        "voided": "VOIDED",
        "deleted": "DELETED",
        "approved": "AUTHORISED",
        "submitted": "SUBMITTED",
        "archived": "ARCHIVED",
        "sent": "SENT",
        "accepted": "ACCEPTED",
        "declined": "DECLINED",
        "billed": "BILLED",
        "posted": "POSTED",
    }
)
"""What became of a thing, as people say it."""
FIELD_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "bank details": "bank_details",
        "name": "name",
        "first name": "first_name",
        "last name": "last_name",
        "email": "email",
        "phone": "phones",
        "tax number": "tax_number",
        "company number": "company_number",
        "account number": "account_number",
        "contact number": "contact_number",
        "status": "status",
        "number": "number",
        "reference": "reference",
        "date": "date",
        "due date": "due_date",
        "delivery date": "delivery_date",
        "expiry date": "expiry_date",
        "total": "total",
        "amount": "amount",
        "amount due": "amount_due",
        "amount paid": "amount_paid",
        "amount credited": "amount_credited",
        "remaining credit": "remaining",
        "currency": "currency",
        "contact": "contact",
        "type": "type",
        "tax type": "tax_type",
        "reconciled": "reconciled",
        "narration": "narration",
        "debits": "debits",
        "code": "code",
        "description": "description",
        "sales price": "sales_price",
        "purchase price": "purchase_price",
    }
)
"""What may change of a thing, as people say it, and how the feed calls it."""


def thing_of(resource: str, area: Area) -> Thing | None:
    """What that is; None where no watch speaks of it."""
    for one in THINGS:
        if one.resource == resource and one.area in {None, area}:
            return one
    return None
