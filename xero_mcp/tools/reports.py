"""Reports: Xero's nested rows made flat and typed, with totals apart and checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import Field, model_validator

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, OthersCell, OthersText
from xero_mcp.tool.args import Day, InOrganisation, XeroId
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tools.report_checks import differences
from xero_mcp.tools.report_rows import FlatReport, Layout, flatten, flatten_contacts
from xero_mcp.xero.models.report import Report, Reports
from xero_mcp.xero.scoped import Param, ScopedXero

ReportName = Literal[
    "profit-and-loss",
    "balance-sheet",
    "trial-balance",
    "bank-summary",
    "budget-summary",
    "executive-summary",
    "aged-receivables",
    "aged-payables",
    "ten-ninety-nine",
    "gst",
    "bas",
]
Timeframe = Literal["month", "quarter", "year"]
ONE_OF_SEVERAL = "/Reports/{ReportID}"
MONTHS: Mapping[Timeframe, int] = {"month": 1, "quarter": 3, "year": 12}
MAX_EARLIER_PERIODS = 11
"""Xero compares with no more; only a budget has twelve periods."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Where Xero keeps a report, which arguments it heeds, and what its rows are."""

    path: str
    takes: frozenset[str]
    layout: Layout = "accounts"


_SPAN = ("from_date", "to_date")
_COMPARED = ("periods", "timeframe")
_AGED = frozenset({"date", *_SPAN, "contact_id"})
KINDS: Mapping[ReportName, Kind] = {
    "profit-and-loss": Kind(
        path="/Reports/ProfitAndLoss",
        takes=frozenset(
            {*_SPAN, *_COMPARED, "tracking_category_id", "tracking_option_id", "cash_basis"}
        ),
    ),
    "balance-sheet": Kind(
        path="/Reports/BalanceSheet",
        takes=frozenset({"date", *_COMPARED, "tracking_option_id", "cash_basis"}),
    ),
    "trial-balance": Kind(path="/Reports/TrialBalance", takes=frozenset({"date", "cash_basis"})),
    "bank-summary": Kind(path="/Reports/BankSummary", takes=frozenset(_SPAN)),
    "budget-summary": Kind(path="/Reports/BudgetSummary", takes=frozenset({"date", *_COMPARED})),
    "executive-summary": Kind(
        path="/Reports/ExecutiveSummary", takes=frozenset({"date"}), layout="lines"
    ),
    "aged-receivables": Kind(
        path="/Reports/AgedReceivablesByContact", takes=_AGED, layout="documents"
    ),
    "aged-payables": Kind(path="/Reports/AgedPayablesByContact", takes=_AGED, layout="documents"),
    "ten-ninety-nine": Kind(path="/Reports/TenNinetyNine", takes=frozenset({"date"})),
    "gst": Kind(path="/Reports", takes=frozenset({"report_id"}), layout="lines"),
    "bas": Kind(path="/Reports", takes=frozenset({"report_id"}), layout="lines"),
}
BY_REPORT = Varies(argument="report", values={name: name for name in KINDS})
PATHS = (*dict.fromkeys(kind.path for kind in KINDS.values()), ONE_OF_SEVERAL)


class RunReport(InOrganisation):
    """Arguments of run-report."""

    report: ReportName = Field(description="Which report.")
    from_date: Day | None = Field(default=None, description="First day.")
    to_date: Day | None = Field(default=None, description="Last day.")
    date: Day | None = Field(default=None, description="As at; ten-ninety-nine: a day of the year.")
    periods: int | None = Field(default=None, ge=1, le=12, description="How many to compare.")
    timeframe: Timeframe | None = Field(default=None, description="Length of a period.")
    tracking_category_id: XeroId | None = Field(
        default=None, description="A column for each of its options."
    )
    tracking_option_id: XeroId | None = Field(default=None, description="Only this option.")
    cash_basis: bool = Field(default=False, description="Cash, not accrual.")
    contact_id: XeroId | None = Field(default=None, description="For aged reports.")
    report_id: XeroId | None = Field(default=None, description="gst, bas: which; left out: a list.")

    @model_validator(mode="after")
    def _fits_the_report(self) -> "RunReport":
        """An argument that the report would not heed must not look as if it had."""
        takes = KINDS[self.report].takes
        useless = [name for name in given(self) if name not in takes]
        if useless:
            heeded = ", ".join(sorted(takes))
            raise ValueError(f"{self.report} takes no {', '.join(useless)}; it takes {heeded}")
        if self.from_date and self.to_date and self.from_date > self.to_date:
            raise ValueError("from_date is after to_date")
        if "contact_id" in takes and self.contact_id is None:
            raise ValueError(f"{self.report} needs contact_id; for all contacts see aged-balances")
        if self.report != "budget-summary" and (self.periods or 0) > MAX_EARLIER_PERIODS:
            raise ValueError(f"{self.report} takes at most {MAX_EARLIER_PERIODS} periods")
        if self.tracking_option_id and self._needs_a_category():
            raise ValueError("tracking_option_id needs the tracking_category_id that it is of")
        return self

    def _needs_a_category(self) -> bool:
        return self.report == "profit-and-loss" and self.tracking_category_id is None


def given(args: RunReport) -> list[str]:
    """The arguments that were sent and that only some reports heed."""
    heeded = frozenset[str]().union(*(kind.takes for kind in KINDS.values()))
    return [name for name in sorted(heeded) if getattr(args, name) not in (None, False)]


class ReportAnswer(Answer):
    """A report, flat."""

    heading: list[OthersText] = Field(
        description="Titles as Xero gives them: name, organisation, period."
    )
    columns: list[str]
    rows: list[list[OthersCell]] = Field(description="In the order of columns.")
    totals: list[list[OthersCell]] = Field(
        description="Section, title, then a value for each period."
    )
    adds_up: bool | None = Field(
        default=None, description="Whether totals agree; absent where there are none to check."
    )
    differences: list[str] | None = Field(default=None, description="What does not add up.")
    organisation: str

    def row_count(self) -> int:
        return len(self.rows)


@tool(
    area=Area.REPORTS,
    access=Access.READ,
    report_by=BY_REPORT,
    reaches=tuple(GET(path) for path in PATHS),
    says="run the report {report}{ from: from_date}{ to: to_date}{ as at: date}"
    "{ of contact: contact_id}",
    aliases=(
        "list-aged-payables-by-contact",
        "list-aged-receivables-by-contact",
        "list-profit-and-loss",
        "list-report-balance-sheet",
        "list-trial-balance",
    ),
)
async def run_report(args: RunReport, xero: ScopedXero) -> ReportAnswer:
    """Run one of Xero's reports.

    adds_up: whether its totals agree with its rows. For all contacts see aged-balances;
    for several organisations, consolidate-reports.
    """
    if KINDS[args.report].path == "/Reports":
        return await _tax_report(args, xero)
    found = (await xero.get(KINDS[args.report].path, Reports, params=params_of(args))).reports
    if not found:
        raise _none_such(args)
    return _answer(args.report, found, _flat(args.report, found), xero)


def _flat(report: ReportName, found: Sequence[Report]) -> FlatReport:
    if report == "ten-ninety-nine":
        return flatten_contacts(found)
    return flatten(found[0], KINDS[report].layout)


def _answer(
    report: ReportName, found: Sequence[Report], flat: FlatReport, xero: ScopedXero
) -> ReportAnswer:
    wrong = differences(report, flat)
    return ReportAnswer(
        heading=list(found[0].report_titles) or [found[0].report_name, found[0].report_date],
        columns=flat.columns,
        rows=flat.rows,
        totals=flat.totals,
        adds_up=None if wrong is None else not wrong,
        differences=wrong or None,
        organisation=xero.organisation.name,
    )


async def _tax_report(args: RunReport, xero: ScopedXero) -> ReportAnswer:
    """The published tax returns of this kind, or one of them by its id."""
    if args.report_id is not None:
        found = await xero.get(ONE_OF_SEVERAL, Reports, ids={"ReportID": args.report_id})
        mine = [one for one in found.reports if _tax_kind(one) == args.report]
        if not mine:
            raise _none_such(args)
        return _answer(args.report, mine, _flat(args.report, mine), xero)
    listed = (await xero.get(KINDS[args.report].path, Reports)).reports
    rows: list[list[object]] = [
        [one.report_id, one.report_title or one.report_name, one.report_date]
        for one in listed
        if _tax_kind(one) == args.report
    ]
    return ReportAnswer(
        heading=[f"Published reports: {args.report}"],
        columns=["report_id", "title", "date"],
        rows=rows,
        totals=[],
        organisation=xero.organisation.name,
    )


def _tax_kind(report: Report) -> ReportName:
    """Australia's is the activity statement, everybody else's is a GST return."""
    text = f"{report.report_type} {report.report_name}".casefold()
    return "bas" if "bas" in text or "activity statement" in text else "gst"


def _none_such(args: RunReport) -> XeroMcpError:
    return XeroMcpError(
        f"Xero has no such report of the kind {args.report}.",
        code=ErrorCode.XERO_NOT_FOUND,
        next_step="Leave report_id out to list what there is." if args.report_id else "Check it.",
        details=[Detail(path="report", message="not found", allowed=get_args(ReportName))],
    )


def params_of(args: RunReport) -> dict[str, Param]:
    """The query of the request; Xero spells the same thing differently from report to report."""
    if args.report == "ten-ninety-nine":
        return {"reportYear": args.date.year if args.date else None}
    budget = args.report == "budget-summary"
    option = "trackingOptionID1" if args.report == "balance-sheet" else "trackingOptionID"
    timeframe = args.timeframe
    layouts = args.report in {"profit-and-loss", "balance-sheet"}
    return {
        "contactId": args.contact_id,
        "date": args.date,
        "fromDate": args.from_date,
        "toDate": args.to_date,
        "periods": args.periods,
        "timeframe": None
        if timeframe is None
        else MONTHS[timeframe]
        if budget
        else timeframe.upper(),
        "trackingCategoryID": args.tracking_category_id,
        option: args.tracking_option_id,
        "paymentsOnly": True if args.cash_basis else None,
        "standardLayout": True if layouts else None,
    }
