"""Making and taking back payments."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.chart import currency_of
from xero_mcp.demo_company.currencies import to_base
from xero_mcp.demo_company.kernel import Company, Event, Json
from xero_mcp.demo_company.ledger import Entry, Source
from xero_mcp.demo_company.posting import balanced, difference_account
from xero_mcp.demo_company.settlement import (
    PAID,
    Step,
    document_event,
    relief_entries,
    settle,
    true_up,
)
from xero_mcp.demo_company.sides import SIDES, Kind

EXCEEDS: Final = "Payment amount exceeds the amount outstanding on this document"
NOT_AUTHORISED: Final = "Payments can only be made against authorised documents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A payment that has been checked: what of, from which account, how much, at what rate."""

    kind: Kind
    document: Json
    account: Json
    amount: Decimal
    day: date
    rate: Decimal
    bank_amount: Decimal
    reference: str = ""
    batch_id: str = ""
    extras: Json | None = None


def make_payment(company: Company, asked: Asked) -> tuple[Json, tuple[Event, ...]]:
    """Store and post the payment, and settle its document with it."""
    payment = _payment(company, asked)
    entries = _entries(company, asked)
    source = Source(
        id=payment["PaymentID"],
        type=payment["PaymentType"],
        day=asked.day,
        reference=asked.reference,
    )
    company.ledger.post(source, entries)
    step = Step(amount=asked.amount, day=asked.day, field=PAID)
    document = settle(company, asked.document, asked.kind, step)
    document["Payments"] = [*document["Payments"], _on_document(payment)]
    company.table(asked.kind.plural).put(document)
    company.table("Payments").put(payment)
    company.note(payment["PaymentID"], "Created", f"Payment of {asked.amount} made.")
    company.note(document[asked.kind.key], "Paid", f"Payment of {asked.amount} made.")
    return payment, (document_event(asked.kind, document),)


def take_back(company: Company, kind: Kind, payment: Json) -> tuple[Json, tuple[Event, ...]]:
    """Delete the payment: its journals are reversed and its document is open again."""
    payment_id = payment["PaymentID"]
    company.ledger.reverse(payment_id)
    document = company.table(kind.plural)[payment[kind.singular][kind.key]]
    step = Step(amount=-payment["Amount"], day=payment["Date"], field=PAID)
    opened = settle(company, document, kind, step)
    opened["Payments"] = [one for one in document["Payments"] if one["PaymentID"] != payment_id]
    company.table(kind.plural).put(opened)
    true_up(company, opened, kind, payment["Date"])
    deleted = {**payment, "Status": "DELETED", "UpdatedDateUTC": company.now()}
    company.table("Payments").put(deleted)
    company.note(payment_id, "Deleted", f"Payment of {payment['Amount']} deleted.")
    company.note(opened[kind.key], "Payment removed", f"Payment of {payment['Amount']} deleted.")
    return deleted, (document_event(kind, opened),)


def _entries(company: Company, asked: Asked) -> list[Entry]:
    sign = SIDES[asked.document["Type"]].sign
    own = currency_of(company, asked.account)
    foreign = own != company.base_currency
    base = to_base(asked.amount, asked.rate) if foreign else asked.bank_amount
    entries = [
        Entry(
            account_id=asked.account["AccountID"],
            net=sign * base,
            foreign=sign * asked.bank_amount if foreign else None,
        ),
        *relief_entries(company, asked.document, asked.kind, asked.amount),
    ]
    return balanced(company, entries, difference_account(company, asked.document["CurrencyCode"]))


def _payment(company: Company, asked: Asked) -> Json:
    account: Json = {"AccountID": asked.account["AccountID"]}
    if asked.account.get("Code"):
        account["Code"] = asked.account["Code"]
    payment: Json = {
        "PaymentID": company.new_id(),
        "Date": asked.day,
        "BankAmount": asked.bank_amount,
        "Amount": asked.amount,
        "Reference": asked.reference,
        "CurrencyRate": asked.rate,
        "PaymentType": asked.kind.payment_types[asked.document["Type"]],
        "Status": "AUTHORISED",
        "UpdatedDateUTC": company.now(),
        "HasAccount": True,
        "IsReconciled": False,
        **(asked.extras or {}),
        "Account": account,
        asked.kind.singular: document_reference(asked.kind, asked.document),
    }
    if asked.batch_id:
        payment["BatchPaymentID"] = asked.batch_id
    return payment


def document_reference(kind: Kind, document: Json) -> Json:
    """What a payment or an allocation keeps of the document that it is of."""
    kept: Json = {"Type": document["Type"], kind.key: document[kind.key]}
    if kind.number:
        kept[kind.number] = document[kind.number]
    kept["CurrencyCode"] = document["CurrencyCode"]
    kept["Contact"] = document["Contact"]
    return kept


def _on_document(payment: Json) -> Json:
    return {
        "PaymentID": payment["PaymentID"],
        "Date": payment["Date"],
        "Amount": payment["Amount"],
        "Reference": payment["Reference"],
        "CurrencyRate": payment["CurrencyRate"],
        "HasAccount": False,
        "HasValidationErrors": False,
    }
