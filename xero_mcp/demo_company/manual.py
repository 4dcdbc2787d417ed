"""Writing manual journals: lines that must balance, on accounts that may be used by hand."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, cast

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.bank_money import refuse
from xero_mcp.demo_company.chart import account_by_code, fits_manual_journal, system_account
from xero_mcp.demo_company.kernel import Call, Company, Json
from xero_mcp.demo_company.ledger import Entry, Source
from xero_mcp.demo_company.lines import MAX_AMOUNT, MAX_DESCRIPTION, AmountTypes
from xero_mcp.demo_company.lock_dates import lock_problems
from xero_mcp.demo_company.rounding import ZERO, cents
from xero_mcp.demo_company.tax import fits_account, percent, tax_on, tax_rate
from xero_mcp.demo_company.tracking import asked_tracking, tracked
from xero_mcp.demo_company.trade_read import (
    MAX_LINES,
    MAX_URL,
    Draft,
    put_days,
    read_amount_types,
    read_day,
    read_text,
)

_NEXT: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset({"DRAFT", "POSTED"}),
    "DRAFT": frozenset({"DRAFT", "POSTED", "DELETED"}),
    "POSTED": frozenset({"POSTED", "VOIDED"}),
}
_ENDS: Final = frozenset({"DELETED", "VOIDED"})
_MIN_LINES: Final = 2
_MAX_NARRATION: Final = 4000


def write_manual_journal(
    call: Call, element: Json, before: Json | None
) -> tuple[Json, tuple[str, ...]]:
    """Create it, change it, or end it; with Xero's warnings.

    Raises:
        ElementRefusedError: with all that is wrong.
    """
    draft = Draft(call.company, element, before)
    status = _status(draft)
    warnings: list[str] = []
    if before is None or (status not in _ENDS and not draft.problems):
        _fill(draft, status, warnings)
    else:
        draft.document = {**before, "Status": status}
    days = [draft.document["Date"]] if "Date" in draft.document else []
    draft.problems += lock_problems(call.company, *days, before["Date"] if before else None)
    refuse(draft, "ManualJournalID")
    document = draft.document
    document["UpdatedDateUTC"] = call.company.now()
    call.company.table("ManualJournals").put(document)
    if before is None:
        call.company.made_by[document["ManualJournalID"]] = call.client_id
    _post(call.company, document)
    changes = "Created" if before is None else status.capitalize()
    call.company.note(document["ManualJournalID"], changes, document["Narration"], call.user)
    return document, tuple(warnings)


def _status(draft: Draft) -> str:
    before = draft.kept.get("Status") or ""
    status = sent.stripped(draft.element, "Status").upper() or before or "DRAFT"
    if status not in _NEXT.get(before, frozenset()):
        draft.problems.append("Manual journal not of valid status for modification")
    return status


def _fill(draft: Draft, status: str, warnings: list[str]) -> None:
    document = draft.document = dict(draft.before) if draft.before else _skeleton(draft.company)
    amounts = read_amount_types(draft, "NoTax")
    narration = (read_text(draft, "Narration", most=_MAX_NARRATION) or "").strip()
    if not narration:
        draft.problems.append("Narration must be specified")
    put_days(document, Date=read_day(draft, "Date") or draft.company.today())
    shown = sent.flag(draft.element, "ShowOnCashBasisReports")
    document.update(
        Narration=narration,
        LineAmountTypes=amounts,
        Status=status,
        JournalLines=list(_lines(draft, status, amounts, warnings)),
    )
    if shown is not None:
        document["ShowOnCashBasisReports"] = shown
    url = read_text(draft, "Url", most=MAX_URL)
    if url:
        document["Url"] = url
    draft.problems += _balance_problems(document)


def _skeleton(company: Company) -> Json:
    return {
        "ManualJournalID": company.new_id(),
        "ShowOnCashBasisReports": True,
        "HasAttachments": False,
    }


def _lines(draft: Draft, status: str, amounts: AmountTypes, warnings: list[str]) -> Iterator[Json]:
    asked = sent.objects(draft.element, "JournalLines")
    if asked is None:
        asked = cast("list[Json]", draft.kept.get("JournalLines") or [])
    if len(asked) > MAX_LINES:
        draft.problems.append(f"At most {MAX_LINES} journal lines are allowed")
    for item in asked[:MAX_LINES]:
        line = _line(draft, item, amounts)
        code = sent.stripped(item, "AccountCode")
        account = _account(draft, item, code)
        if account is not None:
            line["AccountID"], line["AccountCode"] = account["AccountID"], account["Code"]
            _tax(draft, line, item, amounts, account)
        elif status == "DRAFT":
            warnings.append(
                f"Account code '{code}' has been removed as it does not match a recognised account."
            )
        else:
            draft.problems.append(f"Account code '{code}' is not a valid code for this document.")
        yield line


def _line(draft: Draft, item: Json, amounts: AmountTypes) -> Json:
    amount = sent.number(item, "LineAmount") or ZERO
    if abs(amount) >= MAX_AMOUNT:
        draft.problems.append("The line amount is too large")
        amount = ZERO
    description = sent.text(item, "Description") or ""
    if len(description) > MAX_DESCRIPTION:
        draft.problems.append(
            f"The field Description must not be longer than {MAX_DESCRIPTION} characters"
        )
    return {
        "Description": description,
        "TaxType": "NONE",
        "TaxAmount": ZERO,
        "LineAmount": cents(amount),
        "Tracking": asked_tracking(draft.company, item, draft.problems),
        "IsBlank": not amount and amounts == "NoTax",
    }


def _account(draft: Draft, item: Json, code: str) -> Json | None:
    """The account, if it is one; that it may be used is another question."""
    account = account_by_code(draft.company, code) if code else None
    if account is None and not code:
        account_id = sent.guid(item, "AccountID")
        account = draft.company.table("Accounts").get(account_id) if account_id else None
    if account is None:
        return None
    if not fits_manual_journal(account):
        draft.problems.append(
            f"Account code '{account.get('Code', '')}' is not a valid code for this document."
        )
    elif account.get("Status", "ACTIVE") != "ACTIVE":
        draft.problems.append(
            f"Account code '{account.get('Code', '')}' has been archived or has been deleted. "
            "Each line item must reference a valid account."
        )
    return account


def _tax(draft: Draft, line: Json, item: Json, amounts: AmountTypes, account: Json) -> None:
    if amounts == "NoTax":
        return
    tax_type = sent.stripped(item, "TaxType") or account.get("TaxType") or "NONE"
    rate = tax_rate(draft.company, tax_type)
    if rate is None or not fits_account(rate, account):
        draft.problems.append(
            f"The TaxType code '{tax_type}' cannot be used with account code '{account['Code']}'."
        )
        return
    inclusive = amounts == "Inclusive"
    line["TaxType"] = tax_type
    percentage = percent(draft.company, tax_type)
    line["TaxAmount"] = tax_on(line["LineAmount"], percentage, inclusive=inclusive)


def _balance_problems(document: Json) -> Iterator[str]:
    lines: list[Json] = document["JournalLines"]
    if len(lines) < _MIN_LINES:
        yield "A manual journal must have at least two journal lines"
    exclusive = document["LineAmountTypes"] == "Exclusive"
    totals = [line["LineAmount"] + (line["TaxAmount"] if exclusive else ZERO) for line in lines]
    debits = sum((total for total in totals if total > 0), ZERO)
    credits_ = sum((total for total in totals if total < 0), ZERO)
    if debits + credits_:
        yield f"The total debits ({debits:.2f}) must equal total credits ({credits_:.2f})"


def _post(company: Company, document: Json) -> None:
    company.ledger.reverse(document["ManualJournalID"])
    if document["Status"] != "POSTED":
        return
    inclusive = document["LineAmountTypes"] == "Inclusive"
    entries: list[Entry] = []
    tax = ZERO
    for line in document["JournalLines"]:
        entries.append(_entry(line, inclusive=inclusive))
        tax += line["TaxAmount"]
    if tax:
        entries.append(Entry(account_id=system_account(company, "GST")["AccountID"], net=tax))
    source = Source(
        id=document["ManualJournalID"],
        type="MANJOURNAL",
        day=document["Date"],
        reference=document["Narration"],
        cash_basis=document["ShowOnCashBasisReports"],
    )
    company.ledger.post(source, entries)


def _entry(line: Json, *, inclusive: bool) -> Entry:
    net: Decimal = line["LineAmount"]
    tax: Decimal = line["TaxAmount"]
    return Entry(
        account_id=line["AccountID"],
        net=net - tax if inclusive else net,
        tax=tax,
        tax_type=line["TaxType"],
        description=line["Description"],
        tracking=tracked(line),
    )
