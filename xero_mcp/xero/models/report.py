from typing import Annotated

from pydantic import Field

from xero_mcp.xero.models.base import Listed, XeroModel
from xero_mcp.xero.text import XeroText
from xero_mcp.xero.wire import XeroMoment


class CellAttribute(XeroModel):
    """`Id` says what `Value` identifies: account, accountID, invoiceID."""

    id: XeroText = Field(default="", alias="Id")
    value: XeroText = ""


class Cell(XeroModel):
    """Every value of a report is text, amounts too."""

    value: XeroText = ""
    attributes: Annotated[tuple[CellAttribute, ...], Listed] = ()


class Row(XeroModel):
    """A Header, Section, Row or SummaryRow; only a Section has rows inside."""

    row_type: str = ""
    title: XeroText = ""
    cells: Annotated[tuple[Cell, ...], Listed] = ()
    rows: Annotated[tuple["Row", ...], Listed] = ()


class Report(XeroModel):
    report_id: str = ""
    report_name: XeroText = ""
    report_type: XeroText = ""
    report_titles: Annotated[tuple[XeroText, ...], Listed] = ()
    report_date: XeroText = ""
    updated_date_utc: XeroMoment | None = None
    rows: Annotated[tuple[Row, ...], Listed] = ()


class Reports(XeroModel):
    reports: Annotated[tuple[Report, ...], Listed] = ()
