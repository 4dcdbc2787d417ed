"""Which way each type of document moves money."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Side:
    """`control` is the system account that a document stands on, `sign` +1 where it debits it.

    So an invoice and a refund that a supplier owes us are +1: money is to come in.
    """

    control: str
    sign: int
    sales: bool


SIDES: Final[Mapping[str, Side]] = {
    "ACCREC": Side("DEBTORS", 1, sales=True),
    "ACCPAY": Side("CREDITORS", -1, sales=False),
    "ACCRECCREDIT": Side("DEBTORS", -1, sales=True),
    "ACCPAYCREDIT": Side("CREDITORS", 1, sales=False),
    "RECEIVE-OVERPAYMENT": Side("DEBTORS", -1, sales=True),
    "SPEND-OVERPAYMENT": Side("CREDITORS", 1, sales=False),
    "RECEIVE-PREPAYMENT": Side("DEBTORS", -1, sales=True),
    "SPEND-PREPAYMENT": Side("CREDITORS", 1, sales=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A noun that carries an amount still open: what its fields are called."""

    plural: str
    singular: str
    key: str
    number: str
    open_amount: str
    category: str
    payment_types: Mapping[str, str]


INVOICE: Final = Kind(
    plural="Invoices",
    singular="Invoice",
    key="InvoiceID",
    number="InvoiceNumber",
    open_amount="AmountDue",
    category="INVOICE",
    payment_types={"ACCREC": "ACCRECPAYMENT", "ACCPAY": "ACCPAYPAYMENT"},
)
CREDIT_NOTE: Final = Kind(
    plural="CreditNotes",
    singular="CreditNote",
    key="CreditNoteID",
    number="CreditNoteNumber",
    open_amount="RemainingCredit",
    category="CREDITNOTE",
    payment_types={"ACCRECCREDIT": "ARCREDITPAYMENT", "ACCPAYCREDIT": "APCREDITPAYMENT"},
)
OVERPAYMENT: Final = Kind(
    plural="Overpayments",
    singular="Overpayment",
    key="OverpaymentID",
    number="",
    open_amount="RemainingCredit",
    category="OVERPAYMENT",
    payment_types={
        "RECEIVE-OVERPAYMENT": "AROVERPAYMENTPAYMENT",
        "SPEND-OVERPAYMENT": "APOVERPAYMENTPAYMENT",
    },
)
PREPAYMENT: Final = Kind(
    plural="Prepayments",
    singular="Prepayment",
    key="PrepaymentID",
    number="",
    open_amount="RemainingCredit",
    category="PREPAYMENT",
    payment_types={
        "RECEIVE-PREPAYMENT": "ARPREPAYMENTPAYMENT",
        "SPEND-PREPAYMENT": "APPREPAYMENTPAYMENT",
    },
)
KINDS: Final = (INVOICE, CREDIT_NOTE, OVERPAYMENT, PREPAYMENT)
CREDITS: Final = (CREDIT_NOTE, OVERPAYMENT, PREPAYMENT)
