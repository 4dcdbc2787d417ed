from decimal import Decimal
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


class TenNinetyNineContact(XeroModel):
    """Somebody who was paid in the year, and how much in each box of the American form."""

    name: XeroText = ""
    contact_id: str = Field(default="", alias="ContactId")
    box1: Decimal | None = None
    box2: Decimal | None = None
    box3: Decimal | None = None
    box4: Decimal | None = None
    box5: Decimal | None = None
    box6: Decimal | None = None
    box7: Decimal | None = None
    box8: Decimal | None = None
    box9: Decimal | None = None
    box10: Decimal | None = None
    box11: Decimal | None = None
    box14: Decimal | None = None


class Report(XeroModel):
    """One report: `rows`, or `contacts` where it is a 1099; a list of reports has neither."""

    report_id: str = ""
    report_name: XeroText = ""
    report_type: XeroText = ""
    report_title: XeroText = ""
    report_titles: Annotated[tuple[XeroText, ...], Listed] = ()
    report_date: XeroText = ""
    updated_date_utc: XeroMoment | None = None
    rows: Annotated[tuple[Row, ...], Listed] = ()
    contacts: Annotated[tuple[TenNinetyNineContact, ...], Listed] = ()


class Reports(XeroModel):
    reports: Annotated[tuple[Report, ...], Listed] = ()
