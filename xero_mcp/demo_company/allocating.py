"""Setting a credit note, an overpayment or a prepayment against invoices, and taking it back."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.kernel import (
    ZERO_ID,
    Answer,
    Call,
    Company,
    ElementRefusedError,
    Event,
    Json,
    NotFoundError,
    ValidationRefusedError,
)
from xero_mcp.demo_company.ledger import Source
from xero_mcp.demo_company.lock_dates import lock_problems
from xero_mcp.demo_company.paying import document_reference
from xero_mcp.demo_company.posting import balanced, difference_account
from xero_mcp.demo_company.rounding import ZERO, cents
from xero_mcp.demo_company.settlement import (
    CREDITED,
    Step,
    document_event,
    relief_entries,
    settle,
    true_up,
)
from xero_mcp.demo_company.sides import INVOICE, SIDES, Kind
from xero_mcp.demo_company.trade_views import brief_contact
from xero_mcp.demo_company.writing import Saved, Writing, write_each

_WRITING: Final = Writing(plural="Allocations", key="AllocationID", error_flag=None)
_EXCEEDS_INVOICE: Final = "Amount exceeds the amount outstanding on this invoice"
_EXCEEDS_CREDIT: Final = "Amount exceeds the remaining credit of this {}"
_NOT_FOUND: Final = "An existing Invoice with the specified InvoiceID could not be found"
_WORDS: Final = {
    "CreditNote": "credit note",
    "Overpayment": "overpayment",
    "Prepayment": "prepayment",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Allocation:
    kind: Kind
    credit: Json
    invoice: Json
    amount: Decimal
    day: date


def allocate_each(call: Call, kind: Kind, credit: Json) -> Answer:
    """Answer PUT …/Allocations, which takes one or many."""

    def save(inner: Call, element: Json) -> Saved:
        fresh = inner.company.table(kind.plural)[credit[kind.key]]
        return _allocate(inner.company, _checked(inner.company, kind, fresh, element))

    return write_each(call, _WRITING, save, call.elements("Allocations"))


def remove_allocation(call: Call, kind: Kind, credit: Json) -> Answer:
    """Answer DELETE …/Allocations/{AllocationID}."""
    company, allocation_id = call.company, call.path["AllocationID"].lower()
    allocation = next(
        (one for one in credit["Allocations"] if one["AllocationID"] == allocation_id), None
    )
    if allocation is None:
        raise NotFoundError
    problems = list(lock_problems(company, allocation["Date"]))
    if problems:
        raise ValidationRefusedError(
            [{**allocation, "ValidationErrors": [{"Message": text} for text in problems]}]
        )
    company.ledger.reverse(allocation_id)
    invoice = company.table("Invoices")[allocation["Invoice"]["InvoiceID"]]
    back = Step(amount=-allocation["Amount"], day=allocation["Date"], field=CREDITED)
    opened = settle(company, invoice, INVOICE, back)
    opened[kind.plural] = [
        one for one in invoice[kind.plural] if one["AllocationID"] != allocation_id
    ]
    refilled = settle(company, credit, kind, back)
    refilled["Allocations"] = [
        one for one in credit["Allocations"] if one["AllocationID"] != allocation_id
    ]
    company.table("Invoices").put(opened)
    company.table(kind.plural).put(refilled)
    true_up(company, opened, INVOICE, allocation["Date"])
    true_up(company, refilled, kind, allocation["Date"])
    company.note(opened["InvoiceID"], "Credit removed", f"{allocation['Amount']} removed.")
    # Here Xero shows the bare allocation, not a list of one.
    return Answer(body={**allocation, "IsDeleted": True}, events=_events(kind, opened, refilled))


def _checked(company: Company, kind: Kind, credit: Json, element: Json) -> _Allocation:
    invoice = _invoice(company, element)
    amount = sent.number(element, "Amount")
    day = sent.day(element, "Date") or company.today()
    problems: list[str] = []
    if invoice is None:
        raise ElementRefusedError(_NOT_FOUND, echo={**element, "AllocationID": ZERO_ID})
    if amount is None or amount <= 0 or amount != cents(amount):
        problems.append("Amount must be greater than zero and have two decimals at most")
        amount = ZERO
    problems += _mismatches(kind, credit, invoice)
    if not problems and amount > credit["RemainingCredit"]:
        problems.append(_EXCEEDS_CREDIT.format(_WORDS[kind.singular]))
    if not problems and amount > invoice["AmountDue"]:
        problems.append(_EXCEEDS_INVOICE)
    problems += lock_problems(company, day)
    if problems:
        raise ElementRefusedError(*problems, echo={**element, "AllocationID": ZERO_ID})
    return _Allocation(kind=kind, credit=credit, invoice=invoice, amount=cents(amount), day=day)


def _invoice(company: Company, element: Json) -> Json | None:
    asked = sent.inner(element, "Invoice") or {}
    invoice_id = sent.guid(asked, "InvoiceID")
    table = company.table("Invoices")
    if invoice_id is not None:
        return table.get(invoice_id)
    number = sent.stripped(asked, "InvoiceNumber").lower()
    return next(iter(table.find("number", number)), None) if number else None


def _mismatches(kind: Kind, credit: Json, invoice: Json) -> list[str]:
    word = _WORDS[kind.singular]
    problems: list[str] = []
    if credit["Status"] != "AUTHORISED":
        problems.append(f"Only an AUTHORISED {word} can be allocated")
    if invoice["Status"] != "AUTHORISED":
        problems.append("Credit can only be allocated to authorised documents")
    if SIDES[credit["Type"]].sales != SIDES[invoice["Type"]].sales:
        problems.append(f"The type of the {word} does not match the type of the invoice")
    if credit["Contact"]["ContactID"] != invoice["Contact"]["ContactID"]:
        problems.append(f"The contact of the {word} does not match the contact of the invoice")
    if credit["CurrencyCode"] != invoice["CurrencyCode"]:
        problems.append(f"The currency of the {word} does not match the currency of the invoice")
    return problems


def _allocate(company: Company, asked: _Allocation) -> Saved:
    kind, allocation_id = asked.kind, company.new_id()
    entries = [
        *relief_entries(company, asked.credit, kind, asked.amount),
        *relief_entries(company, asked.invoice, INVOICE, asked.amount),
    ]
    system = difference_account(company, asked.invoice["CurrencyCode"])
    entries = balanced(company, entries, system)
    # Where all stays on AR or AP, in base currency, there is nothing to be journalled.
    if len({entry.account_id for entry in entries}) > 1 or any(entry.of for entry in entries):
        source = Source(id=allocation_id, type=asked.credit["Type"], day=asked.day)
        company.ledger.post(source, entries)
    step = Step(amount=asked.amount, day=asked.day, field=CREDITED)
    invoice = settle(company, asked.invoice, INVOICE, step)
    invoice[kind.plural] = [*invoice[kind.plural], _on_invoice(asked, allocation_id)]
    credit = settle(company, asked.credit, kind, step)
    allocation: Json = {
        "AllocationID": allocation_id,
        "Amount": asked.amount,
        "Date": asked.day,
        "Invoice": document_reference(INVOICE, invoice),
    }
    credit["Allocations"] = [*credit["Allocations"], allocation]
    company.table("Invoices").put(invoice)
    company.table(kind.plural).put(credit)
    company.note(invoice["InvoiceID"], "Credit applied", f"{asked.amount} applied.")
    return Saved(shown=_shown(allocation), events=_events(kind, invoice, credit))


def _on_invoice(asked: _Allocation, allocation_id: str) -> Json:
    credit, kind = asked.credit, asked.kind
    shown: Json = {
        kind.key: credit[kind.key],
        "ID": credit[kind.key],
        "AllocationID": allocation_id,
        "HasErrors": False,
        "AppliedAmount": asked.amount,
        "DateString": f"{asked.day.isoformat()}T00:00:00",
        "Date": asked.day,
        "LineItems": [],
        "Total": credit["Total"],
    }
    if kind.number:
        shown[kind.number] = credit[kind.number]
    return shown


def _shown(allocation: Json) -> Json:
    invoice: Json = allocation["Invoice"]
    return {
        **allocation,
        "Invoice": {
            **invoice,
            "Contact": brief_contact(invoice["Contact"]),
            "LineItems": [],
            "HasErrors": False,
        },
    }


def _events(kind: Kind, invoice: Json, credit: Json) -> tuple[Event, ...]:
    return document_event(INVOICE, invoice), document_event(kind, credit)
