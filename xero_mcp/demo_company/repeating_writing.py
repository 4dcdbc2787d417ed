"""Writing the template of a repeating invoice."""

from datetime import date, timedelta
from typing import Final, cast

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.contact_book import contact_for_document
from xero_mcp.demo_company.kernel import ZERO_ID, Call, ElementRefusedError, Event, Json
from xero_mcp.demo_company.lines import LineRules
from xero_mcp.demo_company.parameters import MAX_DAY, MIN_DAY, month_end
from xero_mcp.demo_company.trade_read import (
    Draft,
    put_totals,
    read_amount_types,
    read_currency,
    read_lines,
    read_text,
)

ONLY_DELETE: Final = "A repeating invoice can only be updated to a Status of DELETED"
_UNITS: Final = frozenset({"WEEKLY", "MONTHLY"})
_DUE_TYPES: Final = frozenset(
    {
        "DAYSAFTERBILLDATE",
        "DAYSAFTERBILLMONTH",
        "DAYSAFTERINVOICEDATE",
        "DAYSAFTERINVOICEMONTH",
        "OFCURRENTMONTH",
        "OFFOLLOWINGMONTH",
    }
)
_FLAGS: Final = ("ApprovedForSending", "SendCopy", "MarkAsSent", "IncludePDF")
_MAX_PERIOD: Final = 100
_MAX_STEPS: Final = 20_000


def write_repeating(call: Call, element: Json) -> tuple[Json, tuple[Event, ...]]:
    """Create a template.

    Raises:
        ElementRefusedError: with all that is wrong.
    """
    company = call.company
    draft = Draft(company, element, None)
    kind = sent.stripped(element, "Type").upper()
    status = sent.stripped(element, "Status").upper() or "DRAFT"
    if kind not in {"ACCREC", "ACCPAY"}:
        draft.problems.append("Type must be one of ACCREC, ACCPAY")
    if status not in {"DRAFT", "AUTHORISED"}:
        draft.problems.append(f"Status '{status[:50]}' is not valid")
    contact, events = contact_for_document(company, sent.inner(element, "Contact") or {})
    template_id = company.new_id()
    draft.document = {
        "RepeatingInvoiceID": template_id,
        "ID": template_id,
        "Type": kind,
        "Reference": read_text(draft, "Reference") or "",
        "Contact": {"ContactID": contact["ContactID"], "Name": contact["Name"]},
        "Status": status,
        "Schedule": _schedule(draft, company.today()),
        "HasAttachments": False,
        **{name: bool(sent.flag(element, name)) for name in _FLAGS},
    }
    _fill_lines(call, draft, contact, sales=kind == "ACCREC")
    if not draft.document["LineItems"]:
        draft.problems.append("One or more line items must be specified")
    if draft.problems:
        echo = {**draft.document, "RepeatingInvoiceID": ZERO_ID, "ID": ZERO_ID}
        raise ElementRefusedError(*dict.fromkeys(draft.problems), echo=echo)
    draft.document["UpdatedDateUTC"] = company.now()
    company.note(template_id, "Created", "Repeating invoice", call.user)
    return company.table("RepeatingInvoices").put(draft.document), events


def _fill_lines(call: Call, draft: Draft, contact: Json, *, sales: bool) -> None:
    amounts = read_amount_types(draft, "Exclusive")
    usual = contact.get("DefaultCurrency") or draft.company.base_currency
    currency, _ = read_currency(draft, usual)
    rules = LineRules(
        sales=sales,
        amounts=amounts,
        decimals=call.unit_decimals,
        discounts=sales,
        complete=draft.document["Status"] == "AUTHORISED",
    )
    lines = read_lines(draft, rules)
    draft.document.update(LineAmountTypes=amounts, LineItems=lines, CurrencyCode=currency)
    put_totals(draft, lines, amounts)
    theme = sent.guid(draft.element, "BrandingThemeID")
    if theme is not None:
        draft.document["BrandingThemeID"] = theme
        if theme not in draft.company.table("BrandingThemes"):
            draft.problems.append("The BrandingThemeID could not be found")


def _schedule(draft: Draft, today: date) -> Json:
    asked = sent.inner(draft.element, "Schedule") or {}
    unit = sent.stripped(asked, "Unit").upper()
    due_type = sent.stripped(asked, "DueDateType").upper()
    period, due = sent.number(asked, "Period"), sent.number(asked, "DueDate")
    start, end = sent.day(asked, "StartDate"), sent.day(asked, "EndDate")
    if unit not in _UNITS or period is None or not 1 <= period <= _MAX_PERIOD:
        draft.problems.append("The Schedule needs a Period and a Unit of WEEKLY or MONTHLY")
    if due_type not in _DUE_TYPES or due is None or not 0 <= due <= _MAX_PERIOD:
        draft.problems.append("The Schedule needs a DueDate and a valid DueDateType")
    first = start or today
    if not MIN_DAY <= first <= MAX_DAY or (end is not None and not first <= end <= MAX_DAY):
        draft.problems.append("The StartDate and the EndDate of the Schedule are not valid")
    if draft.problems:
        return asked
    schedule: Json = {
        "Period": int(cast("int", period)),
        "Unit": unit,
        "DueDate": int(cast("int", due)),
        "DueDateType": due_type,
        "StartDate": first,
    }
    schedule["NextScheduledDate"] = next_day(schedule, today)
    return schedule if end is None else {**schedule, "EndDate": end}


def next_day(schedule: Json, today: date) -> date:
    """The first day of the schedule that is not yet past."""
    first: date = schedule["StartDate"]
    period: int = schedule["Period"]
    if first >= today:
        return first
    if schedule["Unit"] == "WEEKLY":
        weeks = -(-(today - first).days // (7 * period))
        return first + timedelta(weeks=weeks * period)
    for step in range(1, _MAX_STEPS):
        months = first.month - 1 + step * period
        month = date(first.year + months // 12, months % 12 + 1, 1)
        day = min(month.replace(day=1) + timedelta(days=first.day - 1), month_end(month))
        if day >= today:
            return day
    return today
