"""Reports: Xero's nested rows made flat and typed, with totals apart and checked."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, Cell
from xero_mcp.tool.args import Day, InOrganisation, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tools.report_rows import FlatReport, flatten
from xero_mcp.xero.models.report import Reports
from xero_mcp.xero.scoped import Param, ScopedXero

ReportName = Literal["profit-and-loss", "trial-balance"]
PATHS: Mapping[ReportName, str] = {
    "profit-and-loss": "/Reports/ProfitAndLoss",
    "trial-balance": "/Reports/TrialBalance",
}
NOT_FOR: Mapping[ReportName, tuple[str, ...]] = {
    "profit-and-loss": ("date",),
    "trial-balance": ("from_date", "to_date", "periods", "timeframe", "tracking_category_id"),
}
BY_REPORT = Varies(argument="report", values={name: name for name in PATHS})


class RunReport(InOrganisation):
    """Arguments of run-report."""

    report: ReportName = Field(description="Which report.")
    from_date: Day | None = Field(default=None, description="profit-and-loss: first day.")
    to_date: Day | None = Field(default=None, description="profit-and-loss: last day.")
    date: Day | None = Field(default=None, description="trial-balance: as at this day.")
    periods: int | None = Field(
        default=None,
        ge=1,
        le=11,
        description="profit-and-loss: how many earlier periods beside it.",
    )
    timeframe: Literal["month", "quarter", "year"] | None = Field(
        default=None, description="profit-and-loss: length of the periods compared."
    )
    tracking_category_id: XeroId | None = Field(
        default=None, description="profit-and-loss: a column for each option of this category."
    )
    cash_basis: bool = Field(default=False, description="Cash instead of accrual.")

    @model_validator(mode="after")
    def _fits_the_report(self) -> "RunReport":
        """An argument that the report would not heed must not look as if it had."""
        useless = [name for name in NOT_FOR[self.report] if getattr(self, name) is not None]
        if useless:
            raise ValueError(f"{self.report} takes no {', '.join(useless)}; leave it out")
        if self.from_date and self.to_date and self.from_date > self.to_date:
            raise ValueError("from_date is after to_date")
        return self


class ReportAnswer(Answer):
    """A report, flat."""

    report: ReportName
    title: str
    heading: list[str] = Field(description="Titles as Xero gives them: name, organisation, period.")
    columns: list[str]
    rows: list[list[Cell]] = Field(description="One list per account, in the order of columns.")
    totals: list[list[Cell]] = Field(description="Section, title, then a value for each period.")
    adds_up: bool = Field(description="Whether every total equals the sum of its rows.")
    differences: list[str] | None = Field(default=None, description="Totals that do not add up.")
    organisation: str

    def row_count(self) -> int:
        return len(self.rows)


@tool(
    area=Area.REPORTS,
    access=Access.READ,
    report_by=BY_REPORT,
    reaches=tuple(GET(path) for path in PATHS.values()),
    says="run the report {report}{ from: from_date}{ to: to_date}{ as at: date}",
)
async def run_report(args: RunReport, xero: ScopedXero) -> ReportAnswer:
    """Run a report: profit and loss, or the trial balance.

    Figures are Xero's own; adds_up says whether the totals agree with the rows.
    """
    found = await xero.get(PATHS[args.report], Reports, params=_params(args))
    report = found.reports[0]
    flat: FlatReport = flatten(report)
    return ReportAnswer(
        report=args.report,
        title=report.report_name,
        heading=list(report.report_titles),
        columns=flat.columns,
        rows=flat.rows,
        totals=flat.totals,
        adds_up=not flat.differences,
        differences=flat.differences or None,
        organisation=xero.organisation.name,
    )


def _params(args: RunReport) -> dict[str, Param]:
    cash = True if args.cash_basis else None
    if args.report == "trial-balance":
        return {"date": args.date, "paymentsOnly": cash}
    return {
        "fromDate": args.from_date,
        "toDate": args.to_date,
        "periods": args.periods,
        "timeframe": args.timeframe.upper() if args.timeframe else None,
        "trackingCategoryID": args.tracking_category_id,
        "paymentsOnly": cash,
    }
