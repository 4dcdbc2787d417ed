"""What one contact owes, or is owed, document by document."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from xero_mcp.demo_company.currencies import to_base
from xero_mcp.demo_company.kernel import (
    Answer,
    Call,
    Company,
    Json,
    NotFoundError,
    RefusedError,
    route,
)
from xero_mcp.demo_company.parameters import query_day
from xero_mcp.demo_company.reports.cash import settlements
from xero_mcp.demo_company.reports.rows import (
    cell,
    header,
    long_day,
    money,
    moneys,
    report,
    section,
    summary,
)
from xero_mcp.demo_company.rounding import ZERO
from xero_mcp.demo_company.sides import CREDITS, INVOICE, SIDES, Kind

_POSTED: Final = frozenset({"AUTHORISED", "PAID"})
_BLANKS: Final = ("", "", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aged:
    """One document in base currency, as it stood on a day; what is our debt to them is a minus."""

    document: Json
    document_id: str
    number: str
    total: Decimal
    paid: Decimal
    credited: Decimal

    @property
    def due(self) -> Decimal:
        return self.total - self.paid - self.credited


@route("GET", "/Reports/AgedReceivablesByContact")
def get_aged_receivables(call: Call) -> Answer:
    return _aged_report(call, sales=True)


@route("GET", "/Reports/AgedPayablesByContact")
def get_aged_payables(call: Call) -> Answer:
    return _aged_report(call, sales=False)


ROUTES = (get_aged_receivables, get_aged_payables)


def _aged_report(call: Call, *, sales: bool) -> Answer:
    contact = _contact(call)
    day = query_day(call, "date") or call.company.today()
    until = query_day(call, "todate") or day
    aged = [
        one
        for one in _documents(call.company, contact["ContactID"], day, sales=sales)
        if one.document["Date"] <= until and one.due
    ]
    aged.sort(key=lambda one: (one.document["Date"], one.number))
    since = query_day(call, "fromdate") or (aged[0].document["Date"] if aged else until)
    opening = sum((one.due for one in aged if one.document["Date"] < since), ZERO)
    rows = _rows([one for one in aged if one.document["Date"] >= since], since, day, opening)
    rows.insert(0, _header(sales=sales))
    titles = [
        "Invoices",
        contact["Name"],
        f"From {long_day(since)} to {long_day(until)}",
        f"Showing payments to {long_day(day)}",
    ]
    side = "Receivables" if sales else "Payables"
    return report(call, f"Aged {side} By Contact", f"Aged{side}ByContact", titles, rows)


def _contact(call: Call) -> Json:
    asked = call.query.get("contactid", "").strip().lower()
    if not asked:
        message = "Parameter 'contactId' is required"
        raise RefusedError(
            400, {"ErrorNumber": 16, "Type": "QueryParseException", "Message": message}
        )
    contact = call.company.table("Contacts").get(asked)
    if contact is None:
        raise NotFoundError
    return contact


def _documents(company: Company, contact_id: str, day: date, *, sales: bool) -> Iterator[_Aged]:
    for kind in (INVOICE, *CREDITS):
        for document in company.table(kind.plural).find("contact", contact_id):
            if (
                document["Status"] in _POSTED
                and document["Date"] <= day
                and SIDES[document["Type"]].sales == sales
            ):
                yield _aged(kind, document, day)


def _aged(kind: Kind, document: Json, day: date) -> _Aged:
    rate: Decimal = document["CurrencyRate"]
    sign = 1 if kind is INVOICE else -1
    paid = sum(
        (payment["Amount"] for payment in document["Payments"] if payment["Date"] <= day), ZERO
    )
    settled = sum((amount for on, amount in settlements(kind, document) if on <= day), ZERO)
    left = to_base(document["Total"] - settled, rate)
    total = to_base(document["Total"], rate)
    paid_base = to_base(paid, rate)
    return _Aged(
        document=document,
        document_id=document[kind.key],
        number=document[kind.number] if kind.number else document.get("Reference", ""),
        total=sign * total,
        paid=sign * paid_base,
        credited=sign * (total - left - paid_base),
    )


def _header(*, sales: bool) -> Json:
    number = "Number" if sales else "Reference"
    return header("Date", number, "Due Date", "", "Total", "Paid", "Credited", "Due")


def _rows(aged: list[_Aged], since: date, day: date, opening: Decimal) -> list[Json]:
    opened = ["Opening Balance", *_BLANKS, "", "", money(opening)]
    totals = [
        sum((one.total for one in aged), ZERO),
        sum((one.paid for one in aged), ZERO),
        sum((one.credited for one in aged), ZERO),
        sum((one.due for one in aged), ZERO),
    ]
    first: Json = {"RowType": "Row", "Cells": [cell(_midnight(since)), *map(cell, opened)]}
    lines = [_line(one, day) for one in aged]
    closing = [*totals[:3], totals[3] + opening]
    return [
        section("", [first]),
        section("", [*lines, summary("Total", [*_BLANKS, *moneys(totals)])]),
        section("", [summary("Closing Balance", [*_BLANKS, *moneys(closing)])]),
    ]


def _line(one: _Aged, day: date) -> Json:
    due: date | None = one.document.get("DueDate")
    late = (day - due).days if due is not None else 0
    values = [
        _midnight(one.document["Date"]),
        one.number,
        _midnight(due) if due is not None else "",
        f"{late} days overdue" if late > 0 else "",
        *moneys([one.total, one.paid, one.credited, one.due]),
    ]
    return {
        "RowType": "Row",
        "Cells": [cell(value, one.document_id, "invoiceID") for value in values],
    }


def _midnight(day: date) -> str:
    return f"{day.isoformat()} 00:00:00"
