"""Writing money that was spent or received: bank transactions, and the credit that some leave."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.chart import currency_of, named_account, system_account
from xero_mcp.demo_company.contact_book import contact_for_document
from xero_mcp.demo_company.contact_reference import contact_reference
from xero_mcp.demo_company.currencies import asked_rate, day_rate
from xero_mcp.demo_company.kernel import (
    ZERO_ID,
    Call,
    Company,
    ElementRefusedError,
    Event,
    Json,
)
from xero_mcp.demo_company.ledger import Entry, Source
from xero_mcp.demo_company.lines import LineRules
from xero_mcp.demo_company.lock_dates import lock_problems
from xero_mcp.demo_company.posting import Control, document_entries
from xero_mcp.demo_company.rounding import ZERO
from xero_mcp.demo_company.settlement import carrier, carrying, document_event
from xero_mcp.demo_company.sides import OVERPAYMENT, PREPAYMENT, SIDES, Kind
from xero_mcp.demo_company.stock import check_stock, move_stock, unmove_stock
from xero_mcp.demo_company.trade_read import (
    MAX_URL,
    Draft,
    put_days,
    put_totals,
    read_amount_types,
    read_day,
    read_lines,
    read_text,
)
from xero_mcp.demo_company.trade_rules import is_settled

NO_ACCOUNT: Final = "Account could not be found"
_TYPES: Final[Mapping[str, Kind | None]] = {
    "RECEIVE": None,
    "SPEND": None,
    "RECEIVE-OVERPAYMENT": OVERPAYMENT,
    "SPEND-OVERPAYMENT": OVERPAYMENT,
    "RECEIVE-PREPAYMENT": PREPAYMENT,
    "SPEND-PREPAYMENT": PREPAYMENT,
}
_SOURCES: Final = {
    "RECEIVE": "CASHREC",
    "SPEND": "CASHPAID",
    "RECEIVE-OVERPAYMENT": "AROVERPAYMENT",
    "SPEND-OVERPAYMENT": "APOVERPAYMENT",
    "RECEIVE-PREPAYMENT": "ARPREPAYMENT",
    "SPEND-PREPAYMENT": "APPREPAYMENT",
}


def write_bank_transaction(
    call: Call, element: Json, before: Json | None
) -> tuple[Json, tuple[Event, ...]]:
    """Create it, change it, or delete it.

    Raises:
        ElementRefusedError: with all that is wrong.
    """
    draft = Draft(call.company, element, before)
    status = sent.stripped(element, "Status").upper() or "AUTHORISED"
    draft.problems += _status_problems(before, status)
    if before is not None and (draft.problems or status == "DELETED"):
        return _deleted(draft)
    kind = _TYPES[_fill(call, draft)]
    if before is not None and kind is not None:
        draft.problems.append("Overpayments and prepayments cannot be updated")
    refuse(draft, "BankTransactionID")
    document = draft.document
    events = _store(call, draft, kind)
    post_bank_transaction(call.company, document)
    return document, events


def post_bank_transaction(company: Company, document: Json) -> None:
    """Make the journals agree with the bank transaction as it is now."""
    source_id = credit_id(document) or document["BankTransactionID"]
    company.ledger.reverse(source_id)
    unmove_stock(company, source_id)
    if document["Status"] != "AUTHORISED":
        check_stock(company, document)
        return
    bank = company.table("Accounts")[document["BankAccount"]["AccountID"]]
    control = Control(
        account_id=bank["AccountID"],
        sign=1 if document["Type"].startswith("RECEIVE") else -1,
        foreign=currency_of(company, bank) != company.base_currency,
    )
    source = Source(
        id=source_id,
        type=_SOURCES[document["Type"]],
        day=document["Date"],
        reference=document.get("Reference", ""),
    )
    entries = document_entries(company, document, control)
    if "OverpaymentID" in document:
        # All of it stands on AR or AP as one amount, so that it can be relieved as one.
        account = system_account(company, SIDES[document["Type"]].control)
        entries = [entries[0], Entry(account_id=account["AccountID"], net=-entries[0].net)]
        entries = carrying(entries, carrier(OVERPAYMENT, document))
    elif "PrepaymentID" in document:
        entries = carrying(entries, document["PrepaymentID"])
    goods = move_stock(company, source_id, document)
    check_stock(company, document)
    company.ledger.post(source, [*entries, *goods])


def credit_id(document: Json) -> str:
    """The overpayment or prepayment that came of it, if one did."""
    return document.get("OverpaymentID") or document.get("PrepaymentID") or ""


def refuse(draft: Draft, key: str) -> None:
    """End here if anything is wrong, with the document as it would have been."""
    if not draft.problems:
        return
    echo = dict(draft.document)
    if draft.before is None:
        echo[key] = ZERO_ID
    raise ElementRefusedError(*dict.fromkeys(draft.problems), echo=echo)


def _status_problems(before: Json | None, status: str) -> Iterator[str]:
    if status not in {"AUTHORISED", "DELETED"} or (before is None and status == "DELETED"):
        yield f"Status '{status[:50]}' is not valid"
    if before is None:
        return
    if before["Status"] != "AUTHORISED":
        yield "Bank transaction not of valid status for modification"
    elif before["IsReconciled"] or before["Type"] not in _TYPES:
        side = "Receive" if before["Type"].startswith("RECEIVE") else "Spend"
        yield f"{side} money transactions cannot be updated"


def _fill(call: Call, draft: Draft) -> str:
    company, document = draft.company, _skeleton(draft)
    draft.document = document
    contact, draft.events = _contact(draft)
    document["Contact"] = contact_reference(contact)
    account = _bank_account(draft)
    currency = currency_of(company, account) if account else company.base_currency
    asked = sent.stripped(draft.element, "CurrencyCode").upper()
    if asked and asked != currency:
        draft.problems.append(f"The bank account is kept in {currency}, not in {asked}")
    rate = asked_rate(company, draft.element, currency, draft.problems)
    amounts = read_amount_types(draft, "Inclusive")
    kind = _TYPES[document["Type"]]
    rules = LineRules(
        sales=document["Type"].startswith("RECEIVE"),
        amounts="NoTax" if kind is OVERPAYMENT else amounts,
        decimals=call.unit_decimals,
        complete=kind is not OVERPAYMENT,
        stock=kind is None,
    )
    lines = _lines(draft, rules, kind)
    document.update(
        CurrencyCode=currency,
        CurrencyRate=rate or draft.kept.get("CurrencyRate") or day_rate(company, currency),
        Status="AUTHORISED",
        LineAmountTypes=rules.amounts,
        LineItems=lines,
        IsReconciled=bool(_flag(draft, "IsReconciled")),
    )
    put_totals(draft, lines, rules.amounts)
    _fill_rest(draft, account)
    return document["Type"]


def _skeleton(draft: Draft) -> Json:
    if draft.before is not None:
        return dict(draft.before)
    asked = sent.stripped(draft.element, "Type").upper()
    if asked not in _TYPES:
        raise ElementRefusedError(
            f"Type must be one of {', '.join(_TYPES)}" if asked else "Type must be specified"
        )
    return {
        "BankTransactionID": draft.company.new_id(),
        "Type": asked,
        "Reference": "",
        "HasAttachments": False,
    }


def _contact(draft: Draft) -> tuple[Json, tuple[Event, ...]]:
    asked = sent.inner(draft.element, "Contact")
    if asked is None and draft.before is not None:
        return draft.company.table("Contacts")[draft.before["Contact"]["ContactID"]], ()
    return contact_for_document(draft.company, asked or {})


def _bank_account(draft: Draft) -> Json | None:
    asked = sent.inner(draft.element, "BankAccount")
    if asked is None and draft.before is not None:
        return draft.company.table("Accounts")[draft.before["BankAccount"]["AccountID"]]
    account = named_account(draft.company, asked or {})
    if account is None or account["Type"] != "BANK" or account.get("Status") == "DELETED":
        draft.problems.append(NO_ACCOUNT)
        return None
    if account.get("Status", "ACTIVE") != "ACTIVE":
        draft.problems.append(
            f"Account code '{account.get('Code', '')}' has been archived or has been deleted. "
            "Each line item must reference a valid account."
        )
    return account


def _lines(draft: Draft, rules: LineRules, kind: Kind | None) -> list[Json]:
    """The lines; an overpayment's all stand on AR or AP, whatever account was sent."""
    if kind is not OVERPAYMENT:
        return read_lines(draft, rules)
    plain = [
        {k: v for k, v in item.items() if k not in {"AccountCode", "AccountID", "TaxAmount"}}
        for item in sent.objects(draft.element, "LineItems") or []
    ]
    bare = Draft(draft.company, {"LineItems": plain}, None, problems=draft.problems)
    account = system_account(draft.company, SIDES[draft.document["Type"]].control)
    named = {"AccountCode": account.get("Code", ""), "AccountID": account["AccountID"]}
    return [{**line, **named} for line in read_lines(bare, rules)]


def _fill_rest(draft: Draft, account: Json | None) -> None:
    document, before = draft.document, draft.before
    day = read_day(draft, "Date") or draft.company.today()
    put_days(document, Date=day)
    document["Reference"] = read_text(draft, "Reference") or ""
    url = read_text(draft, "Url", most=MAX_URL)
    if url:
        document["Url"] = url
    if account is not None:
        document["BankAccount"] = {
            "AccountID": account["AccountID"],
            "Code": account.get("Code", ""),
            "Name": account["Name"],
        }
    if not document["LineItems"]:
        draft.problems.append("One or more line items must be specified")
    credit = _TYPES[document["Type"]]
    if credit is not None and not draft.problems and document["Total"] <= 0:
        draft.problems.append("The total must be greater than zero")
    draft.problems += lock_problems(draft.company, day, before["Date"] if before else None)


def _flag(draft: Draft, name: str) -> bool | None:
    asked = sent.flag(draft.element, name)
    return draft.kept.get(name) if asked is None else asked


def _store(call: Call, draft: Draft, kind: Kind | None) -> tuple[Event, ...]:
    company, document = draft.company, draft.document
    events = draft.events
    document["UpdatedDateUTC"] = company.now()
    if kind is not None and draft.before is None:
        credit = _credit(company, document, kind)
        document[kind.key] = credit[kind.key]
        company.table(kind.plural).put(credit)
        events = (*events, document_event(kind, credit, created=True))
    company.table("BankTransactions").put(document)
    if draft.before is None:
        company.made_by[document["BankTransactionID"]] = call.client_id
    changes = "Created" if draft.before is None else "Edited"
    total: Decimal = document["Total"]
    text = f"{document['Type']} of {total} with {document['Contact']['Name']}."
    company.note(document["BankTransactionID"], changes, text, call.user)
    return events


def _credit(company: Company, document: Json, kind: Kind) -> Json:
    """The overpayment or prepayment itself, which can be allocated and refunded."""
    shared: Mapping[str, Any] = {
        name: document[name]
        for name in (
            "Type",
            "Contact",
            "DateString",
            "Date",
            "LineAmountTypes",
            "LineItems",
            "SubTotal",
            "TotalTax",
            "Total",
            "CurrencyCode",
            "CurrencyRate",
            "Reference",
            "UpdatedDateUTC",
        )
    }
    return {
        kind.key: company.new_id(),
        **shared,
        "Status": "AUTHORISED",
        "RemainingCredit": document["Total"],
        "AppliedAmount": ZERO,
        "Allocations": [],
        "Payments": [],
        "HasAttachments": False,
    }


def _deleted(draft: Draft) -> tuple[Json, tuple[Event, ...]]:
    company, before = draft.company, draft.before or {}
    kind = _TYPES.get(before["Type"])
    credit = company.table(kind.plural)[before[kind.key]] if kind else None
    if credit is not None and is_settled(credit):
        draft.problems.append(
            "This document cannot be edited as it has a payment or credit note allocated to it."
        )
    draft.problems += lock_problems(company, before["Date"])
    draft.document = {**before, "Status": "DELETED", "UpdatedDateUTC": company.now()}
    refuse(draft, "BankTransactionID")
    company.table("BankTransactions").put(draft.document)
    post_bank_transaction(company, draft.document)
    company.note(before["BankTransactionID"], "Deleted", "The transaction was deleted.")
    if kind is None or credit is None:
        return draft.document, ()
    voided = {**credit, "Status": "VOIDED", "RemainingCredit": ZERO}
    voided["UpdatedDateUTC"] = company.now()
    company.table(kind.plural).put(voided)
    return draft.document, (document_event(kind, voided),)
