"""Writing an invoice, a bill or a credit note: from what was sent to what is stored and posted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.chart import system_account
from xero_mcp.demo_company.contact_book import contact_for_document, mark_traded
from xero_mcp.demo_company.contact_reference import contact_reference
from xero_mcp.demo_company.contact_terms import due_day
from xero_mcp.demo_company.kernel import (
    ZERO_ID,
    Call,
    Company,
    ElementRefusedError,
    Event,
    Json,
)
from xero_mcp.demo_company.ledger import Source
from xero_mcp.demo_company.lines import LineRules
from xero_mcp.demo_company.lock_dates import lock_problems
from xero_mcp.demo_company.posting import Control, document_entries
from xero_mcp.demo_company.rounding import ZERO
from xero_mcp.demo_company.settlement import carrier, document_event, true_up
from xero_mcp.demo_company.sides import INVOICE, SIDES, Kind
from xero_mcp.demo_company.stock import check_stock, move_stock, unmove_stock
from xero_mcp.demo_company.trade_read import (
    MAX_URL,
    Draft,
    put_days,
    put_totals,
    read_amount_types,
    read_currency,
    read_day,
    read_lines,
    read_text,
)
from xero_mcp.demo_company.trade_rules import (
    COMPLETE,
    GONE,
    POSTED,
    is_settled,
    settled_problems,
    status_problems,
)

SENT_WARNING: Final = "Only AUTHORISED invoices may have SentToContact updated."
_PREFIXES: Final = {"Invoices": "INV-", "CreditNotes": "CN-"}
_STATUSES: Final = frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED", "VOIDED", "PAID"})
_MAX_NUMBER_TRIES: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The stored document, how it looked before, and what to tell."""

    document: Json
    before: Json | None
    events: tuple[Event, ...]
    warnings: tuple[str, ...] = ()


def write_trade(call: Call, kind: Kind, element: Json, before: Json | None) -> Written:
    """Create the document, or change the one that is given.

    Raises:
        ElementRefusedError: with all that is wrong, and the document as it would have been.
    """
    draft = Draft(call.company, element, before)
    status = _status(draft)
    draft.problems += status_problems(kind, before, status)
    if before is not None and (status in GONE or draft.problems):
        return _ended(draft, kind, status)
    contact, events = _contact(draft)
    _fill(call, draft, kind, status, contact)
    draft.problems += _whole_problems(draft, kind)
    if before is not None and is_settled(before):
        draft.problems += settled_problems(before, draft.document)
    _refuse(draft, kind)
    warnings = _sent_to_contact(draft)
    _store(call, draft, kind)
    document = draft.document
    created = document_event(kind, document, created=before is None)
    return Written(document=document, before=before, events=(*events, created), warnings=warnings)


def post_trade(company: Company, kind: Kind, document: Json) -> None:
    """Make the journals agree with the document as it is now."""
    document_id = document[kind.key]
    company.ledger.reverse(document_id)
    unmove_stock(company, document_id)
    if document["Status"] not in POSTED:
        check_stock(company, document)
        return
    side = SIDES[document["Type"]]
    control = Control(
        account_id=system_account(company, side.control)["AccountID"],
        sign=side.sign,
        of=carrier(kind, document),
    )
    source = Source(
        id=document_id,
        type=document["Type"],
        day=document["Date"],
        reference=document.get("Reference", ""),
    )
    goods = move_stock(company, document_id, document)
    check_stock(company, document)
    company.ledger.post(source, [*document_entries(company, document, control), *goods])
    true_up(company, document, kind, document["Date"])


def _status(draft: Draft) -> str:
    before = draft.before["Status"] if draft.before is not None else "DRAFT"
    status = sent.stripped(draft.element, "Status").upper() or before
    if status not in _STATUSES:
        draft.problems.append(f"Status '{status}' is not valid")
        return before
    return before if before == "PAID" and status == "AUTHORISED" else status


def _ended(draft: Draft, kind: Kind, status: str) -> Written:
    """Void or delete: only the status counts, whatever else was sent."""
    before = draft.before or {}
    if not draft.problems:
        day: date | None = before["Date"]
        draft.problems += lock_problems(draft.company, day)
    draft.document = {**before, "Status": status}
    _refuse(draft, kind)
    now = draft.company.now()
    document: Json = {**before, "Status": status, "UpdatedDateUTC": now}
    document[kind.open_amount] = ZERO
    draft.company.table(kind.plural).put(document)
    post_trade(draft.company, kind, document)
    draft.company.note(document[kind.key], status.capitalize(), _sentence(kind, document))
    return Written(document=document, before=before, events=(document_event(kind, document),))


def _contact(draft: Draft) -> tuple[Json, tuple[Event, ...]]:
    asked = sent.inner(draft.element, "Contact")
    if asked is None and draft.before is not None:
        return draft.company.table("Contacts")[draft.before["Contact"]["ContactID"]], ()
    return contact_for_document(draft.company, asked or {})


def _fill(call: Call, draft: Draft, kind: Kind, status: str, contact: Json) -> None:
    document = draft.document = _skeleton(draft, kind)
    document["Contact"] = contact_reference(contact)
    side = SIDES[document["Type"]]
    amounts = read_amount_types(draft, "Exclusive")
    currency, rate = read_currency(draft, contact.get("DefaultCurrency") or _base(draft))
    rules = LineRules(
        sales=side.sales,
        amounts=amounts,
        decimals=call.unit_decimals,
        discounts=document["Type"] == "ACCREC",
        complete=status in COMPLETE,
        default_account=_default_account(contact, sales=side.sales),
        default_tax=_default_tax(contact, sales=side.sales),
    )
    lines = read_lines(draft, rules)
    document.update(
        CurrencyRate=rate,
        CurrencyCode=currency,
        Status=status,
        LineAmountTypes=amounts,
        LineItems=lines,
    )
    totals = put_totals(draft, lines, amounts)
    _fill_days(draft, contact)
    _fill_texts(draft, kind)
    if document["Type"] == "ACCREC":
        document["IsDiscounted"] = bool(totals.discount)
        if totals.discount:
            document["TotalDiscount"] = totals.discount
        else:
            document.pop("TotalDiscount", None)
    _fill_open_amount(draft, kind)


def _skeleton(draft: Draft, kind: Kind) -> Json:
    if draft.before is not None:
        return dict(draft.before)
    asked = sent.stripped(draft.element, "Type").upper()
    if asked not in kind.payment_types:
        raise ElementRefusedError(
            f"Type must be one of {', '.join(kind.payment_types)}"
            if asked
            else "Invoice type must be specified"
        )
    shared: Json = {"Type": asked, kind.key: draft.company.new_id(), kind.number: ""}
    if kind is INVOICE:
        extras: Json = {
            "Reference": "",
            "Payments": [],
            "CreditNotes": [],
            "Prepayments": [],
            "Overpayments": [],
            "AmountDue": ZERO,
            "AmountPaid": ZERO,
            "AmountCredited": ZERO,
            "SentToContact": False,
            "IsDiscounted": False,
            "InvoiceAddresses": [],
        }
    else:
        extras = {
            "Reference": "",
            "Payments": [],
            "Allocations": [],
            "RemainingCredit": ZERO,
            "AppliedAmount": ZERO,
            "SentToContact": False,
            "InvoiceAddresses": [],
        }
    return {**shared, **extras, "HasAttachments": False, "HasErrors": False}


def _fill_days(draft: Draft, contact: Json) -> None:
    document = draft.document
    day = read_day(draft, "Date") or draft.company.today()
    due = read_day(draft, "DueDate")
    if due is None:
        due = due_day(contact, day, sales=SIDES[document["Type"]].sales)
    put_days(document, Date=day, DueDate=due)
    for name in ("ExpectedPaymentDate", "PlannedPaymentDate"):
        put_days(document, **{name: read_day(draft, name)})


def _fill_texts(draft: Draft, kind: Kind) -> None:
    document = draft.document
    texts: dict[str, Any] = {
        kind.number: read_text(draft, kind.number) or "",
        "Url": read_text(draft, "Url", most=MAX_URL),
        "BrandingThemeID": _branding_theme(draft),
    }
    if SIDES[document["Type"]].sales:
        texts["Reference"] = read_text(draft, "Reference") or ""
    for name, value in texts.items():
        if value is not None:
            document[name] = value


def _branding_theme(draft: Draft) -> str | None:
    asked = sent.guid(draft.element, "BrandingThemeID")
    if asked is None:
        return draft.kept.get("BrandingThemeID")
    if asked not in draft.company.table("BrandingThemes"):
        draft.problems.append("The BrandingThemeID could not be found")
    return asked


def _fill_open_amount(draft: Draft, kind: Kind) -> None:
    document = draft.document
    if draft.before is None or not is_settled(draft.before):
        document[kind.open_amount] = document["Total"]
        if document["Status"] == "AUTHORISED" and not document["Total"]:
            document.update(Status="PAID", FullyPaidOnDate=document["Date"])
        elif document["Status"] == "PAID" and document["Total"]:
            document["Status"] = "AUTHORISED"
            document.pop("FullyPaidOnDate", None)


def _whole_problems(draft: Draft, kind: Kind) -> Iterator[str]:
    document, before = draft.document, draft.before
    complete = document["Status"] in COMPLETE
    if not document["LineItems"] and (complete or before is None):
        yield "One or more line items must be specified"
    if document["Status"] in POSTED and kind is INVOICE and "DueDate" not in document:
        yield "The document DueDate field must be specified"
    days = [document["Date"]]
    if before is not None and before["Status"] in POSTED:
        days.append(before["Date"])
    yield from lock_problems(draft.company, *days)
    yield from _number_problems(draft, kind)


def _number_problems(draft: Draft, kind: Kind) -> Iterator[str]:
    document = draft.document
    number: str = document[kind.number]
    if not number or not SIDES[document["Type"]].sales:
        return
    own = document[kind.key]
    for other in draft.company.table(kind.plural).find("number", number.lower()):
        if (
            other[kind.key] != own
            and other["Type"] == document["Type"]
            and other["Status"] not in GONE
        ):
            yield (
                "Invoice # must be unique."
                if kind is INVOICE
                else ("Credit note number must be unique.")
            )
            return


def _refuse(draft: Draft, kind: Kind) -> None:
    """End here if anything is wrong: once for each message, with the document as it would be."""
    if not draft.problems:
        return
    echo = dict(draft.document)
    if draft.before is None:
        echo[kind.key] = ZERO_ID
    raise ElementRefusedError(*dict.fromkeys(draft.problems), echo=echo)


def _sent_to_contact(draft: Draft) -> tuple[str, ...]:
    asked = sent.flag(draft.element, "SentToContact")
    document = draft.document
    if not asked or document["SentToContact"] == asked:
        return ()
    if document["Status"] not in POSTED or not SIDES[document["Type"]].sales:
        return (SENT_WARNING,)
    document["SentToContact"] = True
    return ()


def _store(call: Call, draft: Draft, kind: Kind) -> None:
    company, document, before = draft.company, draft.document, draft.before
    if not document[kind.number] and SIDES[document["Type"]].sales:
        document[kind.number] = _next_number(company, kind)
    document["UpdatedDateUTC"] = company.now()
    company.table(kind.plural).put(document)
    if before is None:
        company.made_by[document[kind.key]] = call.client_id
    if _posts_anew(before, document):
        post_trade(company, kind, document)
    mark_traded(company, document["Contact"]["ContactID"], customer=SIDES[document["Type"]].sales)
    changes = "Created" if before is None else _change(before, document)
    company.note(document[kind.key], changes, _sentence(kind, document), call.user)


def _posts_anew(before: Json | None, document: Json) -> bool:
    """Whether the journals must be made again: not where only a text of the document changed."""
    if before is None or before["Status"] not in POSTED:
        return document["Status"] in POSTED
    return any(
        before.get(name) != document.get(name)
        for name in ("LineItems", "Date", "CurrencyRate", "Total", "LineAmountTypes", "Status")
    )


def _next_number(company: Company, kind: Kind) -> str:
    for _ in range(_MAX_NUMBER_TRIES):
        number = company.next_number(kind.plural, _PREFIXES[kind.plural])
        if not company.table(kind.plural).find("number", number.lower()):
            return number
    raise ElementRefusedError("No number is free; send one")


def _change(before: Json, document: Json) -> str:
    if document["Status"] == before["Status"]:
        return "Edited"
    return {"AUTHORISED": "Approved", "PAID": "Approved", "SUBMITTED": "Submitted"}.get(
        document["Status"], "Edited"
    )


def _sentence(kind: Kind, document: Json) -> str:
    name = document["Contact"]["Name"]
    return f"{document[kind.number]} to {name} for {document['Total']}.".lstrip()


def _base(draft: Draft) -> str:
    return draft.company.base_currency


def _default_account(contact: Json, *, sales: bool) -> str:
    return contact.get(f"{'Sales' if sales else 'Purchases'}DefaultAccountCode") or ""


def _default_tax(contact: Json, *, sales: bool) -> str:
    return contact.get("AccountsReceivableTaxType" if sales else "AccountsPayableTaxType") or ""
