"""Paying many invoices, or many bills, at once."""

from dataclasses import replace
from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.chart import named_account, takes_payments
from xero_mcp.demo_company.kernel import (
    ZERO_ID,
    Company,
    ElementRefusedError,
    Event,
    Json,
)
from xero_mcp.demo_company.lock_dates import lock_problems
from xero_mcp.demo_company.paying import Asked, make_payment, take_back
from xero_mcp.demo_company.payment_check import NO_ACCOUNT, check_payment, kind_of
from xero_mcp.demo_company.rounding import ZERO
from xero_mcp.demo_company.sides import INVOICE, SIDES

MAX_PAYMENTS: Final = 200
_TEXTS: Final = {
    "Reference": 255,
    "Particulars": 12,
    "Code": 12,
    "Details": 18,
    "Narrative": 18,
}


def make_batch(company: Company, element: Json) -> tuple[Json, tuple[Event, ...]]:
    """Store a batch and the payments in it: all of them, or none.

    Raises:
        ElementRefusedError: with all that is wrong.
    """
    problems: list[str] = []
    account = _account(company, element, problems)
    day = sent.day(element, "Date") or company.today()
    texts = _texts(element, problems)
    payments = sent.objects(element, "Payments") or []
    if not 0 < len(payments) <= MAX_PAYMENTS:
        problems.append(f"A batch payment must have 1 to {MAX_PAYMENTS} payments")
    if problems or account is None:
        raise ElementRefusedError(*problems, echo={**element, "BatchPaymentID": ZERO_ID})
    batch_id = company.new_id()
    made: list[Json] = []
    events: list[Event] = []
    sides: set[bool] = set()
    for payment in payments:
        asked = check_payment(company, payment, account, day=day)
        sides.add(_is_sale(asked))
        stored, told = make_payment(company, replace(asked, batch_id=batch_id))
        made.append(stored)
        events += told
    if len(sides) > 1:
        raise ElementRefusedError("A batch payment cannot mix invoices and bills")
    batch = _batch(company, batch_id, account, made, sales=sides == {True})
    batch |= {"Date": day, "DateString": f"{day.isoformat()}T00:00:00", **texts}
    company.table("BatchPayments").put(batch)
    company.note(batch_id, "Created", f"Batch payment of {batch['TotalAmount']} made.")
    return batch, tuple(events)


def delete_batch(company: Company, batch: Json) -> tuple[Json, tuple[Event, ...]]:
    """Take back every payment of the batch.

    Raises:
        ElementRefusedError: it is gone already, or in a locked period.
    """
    problems = list(lock_problems(company, batch["Date"]))
    if batch["Status"] == "DELETED":
        problems.append("The batch payment has already been deleted")
    if problems:
        raise ElementRefusedError(*problems, echo=batch)
    events: list[Event] = []
    for payment in company.table("Payments").find("batch", batch["BatchPaymentID"]):
        if payment["Status"] != "DELETED":
            events += take_back(company, kind_of(payment), payment)[1]
    company.note(batch["BatchPaymentID"], "Deleted", "The batch payment was deleted.")
    deleted = {**batch, "Status": "DELETED", "UpdatedDateUTC": company.now()}
    return company.table("BatchPayments").put(deleted), tuple(events)


def _account(company: Company, element: Json, problems: list[str]) -> Json | None:
    account = named_account(company, sent.inner(element, "Account") or {})
    if account is None or account.get("Status", "ACTIVE") != "ACTIVE":
        problems.append(NO_ACCOUNT)
        return None
    if not takes_payments(account):
        code = account.get("Code", "")
        problems.append(f"Account code '{code}' is not a valid code for this document.")
    return account


def _texts(element: Json, problems: list[str]) -> Json:
    texts: Json = {}
    for name, most in _TEXTS.items():
        value = sent.text(element, name)
        if value is None:
            continue
        if len(value) > most:
            problems.append(f"The field {name} must not be longer than {most} characters")
        texts[name] = value
    return texts


def _is_sale(asked: Asked) -> bool:
    if asked.kind is not INVOICE:
        raise ElementRefusedError("Only invoices and bills can be paid in a batch")
    return SIDES[asked.document["Type"]].sales


def _batch(
    company: Company, batch_id: str, account: Json, made: list[Json], *, sales: bool
) -> Json:
    total = sum((payment["BankAmount"] for payment in made), ZERO)
    return {
        "BatchPaymentID": batch_id,
        "Account": {"AccountID": account["AccountID"], "Code": account.get("Code", "")},
        "Type": "RECBATCH" if sales else "PAYBATCH",
        "Status": "AUTHORISED",
        "TotalAmount": total,
        "UpdatedDateUTC": company.now(),
        "IsReconciled": False,
        "Payments": [
            {
                "PaymentID": payment["PaymentID"],
                "Amount": payment["Amount"],
                "Reference": payment["Reference"],
                "Invoice": {
                    "InvoiceID": payment["Invoice"]["InvoiceID"],
                    "InvoiceNumber": payment["Invoice"]["InvoiceNumber"],
                    "LineItems": [],
                },
            }
            for payment in made
        ],
    }
