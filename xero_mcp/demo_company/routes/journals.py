"""The journals themselves, read only, by number."""

from collections.abc import Iterator
from typing import Final

from xero_mcp.demo_company.kernel import Answer, Call, Company, Json, NotFoundError, route
from xero_mcp.demo_company.ledger import Entry, Journal
from xero_mcp.demo_company.parameters import query_number
from xero_mcp.demo_company.query.modified import modified_since
from xero_mcp.demo_company.rounding import ZERO

PAGE: Final = 100
_NOT_CASH: Final = frozenset({"ACCREC", "ACCPAY", "ACCRECCREDIT", "ACCPAYCREDIT"})
_MAX_NUMBER: Final = 10**9


@route("GET", "/Journals")
def get_journals(call: Call) -> Answer:
    """A hundred at a time, those with a number above `offset`."""
    return Answer(body={"Journals": list(_page(call))})


@route("GET", "/Journals/{JournalID}")
def get_journal(call: Call) -> Answer:
    journal_id = call.path["JournalID"].lower()
    for journal in call.company.ledger.journals:
        if journal.id == journal_id:
            return Answer(body={"Journals": [_shown(call.company, journal)]})
    raise NotFoundError


@route("GET", "/Journals/{JournalNumber}")
def get_journal_by_number(call: Call) -> Answer:
    number = call.path["JournalNumber"]
    journals = call.company.ledger.journals
    if not number.isascii() or not number.isdigit() or not 0 < len(number) <= len(str(_MAX_NUMBER)):
        raise NotFoundError
    if not 0 < int(number) <= len(journals):
        raise NotFoundError
    return Answer(body={"Journals": [_shown(call.company, journals[int(number) - 1])]})


ROUTES = (get_journals, get_journal, get_journal_by_number)


def _page(call: Call) -> Iterator[Json]:
    offset = query_number(call, "offset", low=0, high=_MAX_NUMBER) or 0
    since = modified_since(call.headers)
    cash_only = call.flag("paymentsonly")
    found = 0
    for journal in call.company.ledger.journals[offset:]:
        if cash_only and journal.source_type in _NOT_CASH:
            continue
        if since is not None and not since({"CreatedDateUTC": journal.created}):
            continue
        found += 1
        yield _shown(call.company, journal)
        if found == PAGE:
            return


def _shown(company: Company, journal: Journal) -> Json:
    return {
        "JournalID": journal.id,
        "JournalDate": journal.day,
        "JournalNumber": journal.number,
        "CreatedDateUTC": journal.created,
        "Reference": journal.reference,
        "SourceID": journal.source_id,
        "SourceType": journal.source_type,
        "JournalLines": [
            _line(company, entry, f"{journal.id[:-4]}{at:04x}")
            for at, entry in enumerate(journal.entries)
        ],
    }


def _line(company: Company, entry: Entry, line_id: str) -> Json:
    account = company.table("Accounts")[entry.account_id]
    shown: Json = {
        "JournalLineID": line_id,
        "AccountID": entry.account_id,
        "AccountCode": account.get("Code", ""),
        "AccountType": account["Type"],
        "AccountName": account["Name"],
        "NetAmount": entry.net + ZERO,
        "GrossAmount": entry.net + entry.tax,
        "TaxAmount": entry.tax + ZERO,  # never -0.00
        "TrackingCategories": [
            {
                "Name": tracked.name,
                "Option": tracked.option,
                "TrackingCategoryID": tracked.category_id,
                "TrackingOptionID": tracked.option_id,
            }
            for tracked in entry.tracking
        ],
    }
    if entry.description:
        shown["Description"] = entry.description
    if entry.tax_type:
        rate = company.table("TaxRates").get(entry.tax_type)
        shown["TaxType"] = entry.tax_type
        shown["TaxName"] = rate["Name"] if rate else ""
    return shown
