"""Writing a quote: from what was sent to what is stored. Quotes never reach the ledger."""

from typing import Final

from xero_mcp.demo_company import sent
from xero_mcp.demo_company.contact_book import contact_for_document
from xero_mcp.demo_company.kernel import ZERO_ID, Call, ElementRefusedError, Event, Json
from xero_mcp.demo_company.lines import LineRules
from xero_mcp.demo_company.order_rules import (
    QUOTE_FIRST,
    QUOTE_NEXT,
    QUOTE_TEXTS,
    asked_status,
    long_texts,
)
from xero_mcp.demo_company.trade_read import (
    Draft,
    put_days,
    put_totals,
    read_amount_types,
    read_currency,
    read_day,
    read_lines,
    read_text,
)

BAD_STATUS: Final = "Quote status change is invalid"
NUMBER_TAKEN: Final = "Quote number must be unique"
_MAX_NUMBER_TRIES: Final = 100_000


def write_quote(call: Call, element: Json, before: Json | None) -> tuple[Json, tuple[Event, ...]]:
    """Create the quote, or change the one that is given.

    Raises:
        ElementRefusedError: with all that is wrong; it echoes the status that was asked for.
    """
    draft = Draft(call.company, element, before)
    status = asked_status(element, before)
    allowed = QUOTE_FIRST if before is None else QUOTE_NEXT[before["Status"]]
    if status not in allowed:
        raise ElementRefusedError(BAD_STATUS, echo={**(before or element), "Status": status})
    if before is not None and status == "DELETED":
        return _stored(call, {**before, "Status": "DELETED"}), ()
    events = _fill(call, draft, status)
    _refuse(draft)
    return _stored(call, draft.document), events


def _fill(call: Call, draft: Draft, status: str) -> tuple[Event, ...]:
    company, before = call.company, draft.before
    document = draft.document = dict(before) if before else {"QuoteID": company.new_id()}
    contact, events = _contact(draft)
    amounts = read_amount_types(draft, "Exclusive")
    currency, rate = read_currency(draft, contact.get("DefaultCurrency") or company.base_currency)
    rules = LineRules(
        sales=True,
        amounts=amounts,
        decimals=call.unit_decimals,
        discounts=True,
        complete=False,
        tax_from_account=False,
    )
    lines = read_lines(draft, rules)
    document.update(
        Contact={"ContactID": contact["ContactID"], "Name": contact["Name"]},
        LineItems=lines,
        Status=status,
        CurrencyRate=rate,
        CurrencyCode=currency,
        LineAmountTypes=amounts,
        HasAttachments=document.get("HasAttachments", False),
    )
    totals = put_totals(draft, lines, amounts)
    document["TotalDiscount"] = totals.discount
    day = read_day(draft, "Date") or company.today()
    put_days(document, Date=day, ExpiryDate=read_day(draft, "ExpiryDate"))
    _fill_texts(draft)
    return events


def _fill_texts(draft: Draft) -> None:
    document = draft.document
    for name in ("Reference", "Title", "Summary"):
        document[name] = read_text(draft, name, most=QUOTE_TEXTS[name]) or ""
    document["Terms"] = sent.text(draft.element, "Terms") or ""
    document["QuoteNumber"] = sent.stripped(draft.element, "QuoteNumber") or _next_number(draft)
    theme = sent.guid(draft.element, "BrandingThemeID") or draft.kept.get("BrandingThemeID")
    if theme is not None:
        document["BrandingThemeID"] = theme


def _contact(draft: Draft) -> tuple[Json, tuple[Event, ...]]:
    asked = sent.inner(draft.element, "Contact")
    if asked is None and draft.before is not None:
        return draft.company.table("Contacts")[draft.before["Contact"]["ContactID"]], ()
    return contact_for_document(draft.company, asked or {})


def _refuse(draft: Draft) -> None:
    document, problems = draft.document, draft.problems
    if not document["LineItems"]:
        problems.append("One or more line items must be specified")
    problems += long_texts(document)
    theme = document.get("BrandingThemeID")
    if theme is not None and theme not in draft.company.table("BrandingThemes"):
        problems.append("The BrandingThemeID could not be found")
    same = draft.company.table("Quotes").find("number", document["QuoteNumber"].lower())
    if any(other["QuoteID"] != document["QuoteID"] for other in same):
        problems.append(NUMBER_TAKEN)
    if problems:
        echo = document if draft.before is not None else {**document, "QuoteID": ZERO_ID}
        raise ElementRefusedError(*dict.fromkeys(problems), echo=echo)


def _next_number(draft: Draft) -> str:
    for _ in range(_MAX_NUMBER_TRIES):
        number = draft.company.next_number("Quotes", "QU-")
        if not draft.company.table("Quotes").find("number", number.lower()):
            return number
    raise ElementRefusedError("No number is free; send one")


def _stored(call: Call, quote: Json) -> Json:
    company = call.company
    quote = {**quote, "UpdatedDateUTC": company.now()}
    known = quote["QuoteID"] in company.table("Quotes")
    words = quote["Status"].capitalize() if known else "Created"
    company.note(quote["QuoteID"], words, f"Quote {quote['QuoteNumber']}", call.user)
    return company.table("Quotes").put(quote)
