"""The building blocks of a report: cells, rows, sections, and the report around them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from xero_mcp.demo_company.kernel import Answer, Call, Json


def money(value: Decimal) -> str:
    """Two decimals; nothing is ever -0.00."""
    return f"{value:.2f}" if value else "0.00"


def long_day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def short_day(day: date) -> str:
    return f"{day.day} {day:%b %y}"


def middle_day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def cell(value: str, of: str = "", kind: str = "account") -> Json:
    """A cell; `of` is the id of the account or invoice that it is about."""
    if not of:
        return {"Value": value}
    return {"Value": value, "Attributes": [{"Value": of, "Id": kind}]}


def header(*values: str) -> Json:
    return {"RowType": "Header", "Cells": [cell(value) for value in values]}


def row(label: str, values: Sequence[str], of: str = "") -> Json:
    return {"RowType": "Row", "Cells": [cell(label, of), *(cell(value, of) for value in values)]}


def summary(label: str, values: Sequence[str]) -> Json:
    return {"RowType": "SummaryRow", "Cells": [cell(value) for value in (label, *values)]}


def section(title: str, rows: Sequence[Json] = ()) -> Json:
    return {"RowType": "Section", "Title": title, "Rows": list(rows)}


def moneys(values: Sequence[Decimal]) -> list[str]:
    return [money(value) for value in values]


def report(call: Call, name: str, kind: str, titles: Sequence[str], rows: list[Json]) -> Answer:
    """The answer to a report; `titles` are its name, the organisation's and the time it is of."""
    return Answer(body={"Reports": [report_body(call, name, kind, titles, rows)]})


def report_body(call: Call, name: str, kind: str, titles: Sequence[str], rows: list[Json]) -> Json:
    return {
        "ReportID": kind,
        "ReportName": name,
        "ReportType": kind,
        "ReportTitles": list(titles),
        "ReportDate": long_day(call.company.today()),
        "UpdatedDateUTC": call.company.now(),
        "Fields": [],
        "Rows": rows,
    }
