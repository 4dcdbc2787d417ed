"""The tax returns that were published: GST of New Zealand, for each past period."""

from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Final
from uuid import UUID

from xero_mcp.demo_company.kernel import Answer, Call, Company, Json, NotFoundError, route
from xero_mcp.demo_company.reports.periods import Span, shifted
from xero_mcp.demo_company.reports.rows import (
    header,
    long_day,
    money,
    report_body,
    row,
    section,
    summary,
)
from xero_mcp.demo_company.rounding import ZERO

_MONTHS: Final = 2
_RETURNS: Final = 6
_COUNTRY: Final = "NZ"


@route("GET", "/Reports")
def get_reports(call: Call) -> Answer:
    """The list, newest first; empty outside New Zealand, where there is nothing to publish."""
    listed: list[Json] = [
        {
            "ReportID": _report_id(call.company, span),
            "ReportName": "GST Return",
            "ReportType": "GSTReturn",
            "ReportTitle": f"GST Return {long_day(span.since)} to {long_day(span.until)}",
            "ReportDate": long_day(span.until),
            "UpdatedDateUTC": call.company.now(),
        }
        for span in _spans(call.company)
    ]
    return Answer(body={"Reports": listed})


@route("GET", "/Reports/{ReportID}")
def get_report(call: Call) -> Answer:
    asked = call.path["ReportID"].lower()
    for span in _spans(call.company):
        if _report_id(call.company, span) == asked:
            return Answer(body={"Reports": [{**_return(call, span), "ReportID": asked}]})
    raise NotFoundError


ROUTES = (get_reports, get_report)


def _spans(company: Company) -> list[Span]:
    """The last six periods that are over; two months each, ending with the odd months."""
    if company.organisation.get("CountryCode") != _COUNTRY:
        return []
    end = company.today().replace(day=1) - timedelta(days=1)
    if end.month % _MONTHS == 0:
        end = shifted(end, 1)
    ends = [shifted(end, _MONTHS * at) for at in range(_RETURNS)]
    return [Span(shifted(until, _MONTHS) + timedelta(days=1), until) for until in ends]


def _report_id(company: Company, span: Span) -> str:
    digest = sha256(f"{company.id}/{span.since}/{span.until}".encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))


def _return(call: Call, span: Span) -> Json:
    """From the tax on the lines of what was posted in the span."""
    sales, collected, purchases, paid = _sums(call.company, span)
    rows = [
        header("", "Amount"),
        section(
            "Goods and services tax on your sales and income",
            [
                row("Total sales and income, including GST", [money(sales)]),
                row("Total GST collected", [money(collected)]),
            ],
        ),
        section(
            "Goods and services tax on your purchases and expenses",
            [
                row("Total purchases and expenses, including GST", [money(purchases)]),
                row("Total GST credit", [money(paid)]),
            ],
        ),
        section("", [summary("GST to pay (refund)", [money(collected - paid)])]),
    ]
    titles = [
        "GST Return",
        call.company.name,
        f"{long_day(span.since)} to {long_day(span.until)}",
    ]
    return report_body(call, "GST Return", "GSTReturn", titles, rows)


def _sums(company: Company, span: Span) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    rates = company.table("TaxRates")
    gross = {True: ZERO, False: ZERO}
    tax = {True: ZERO, False: ZERO}
    for journal in company.ledger.all_live():
        if not span.since <= journal.day <= span.until:
            continue
        for entry in journal.entries:
            rate = rates.get(entry.tax_type) if entry.tax_type else None
            if rate is None or entry.tax_type == "NONE":
                continue
            sale = "OUTPUT" in entry.tax_type or entry.tax_type == "ZERORATED"
            sign = -1 if sale else 1
            gross[sale] += sign * (entry.net + entry.tax)
            tax[sale] += sign * entry.tax
    return gross[True], tax[True], gross[False], tax[False]
