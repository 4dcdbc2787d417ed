"""One report over several organisations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from xero_mcp.errors import Detail, ErrorCode, XeroMcpError
from xero_mcp.money import to_text
from xero_mcp.tool.access import Access, Area
from xero_mcp.tool.answer import Answer, Cell, OthersCell
from xero_mcp.tool.args import AcrossOrganisations, Amount, Args, Day
from xero_mcp.tool.card import Varies
from xero_mcp.tool.declare import GET, tool
from xero_mcp.tools.consolidating import (
    Part,
    as_rows,
    consolidated,
    not_matched,
    rounding,
    totals_of,
)
from xero_mcp.tools.paging import PLAIN_TEXT
from xero_mcp.tools.posting_lists import INVOICES
from xero_mcp.tools.rates import FoundRate, rate_from_documents
from xero_mcp.tools.report_checks import differences
from xero_mcp.tools.report_rows import flatten
from xero_mcp.tools.reports import KINDS
from xero_mcp.xero.models.report import Reports
from xero_mcp.xero.scoped import Param, ScopedXero

Report = Literal["profit-and-loss", "balance-sheet", "trial-balance"]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
BY_REPORT = Varies(
    argument="report",
    values={name: name for name in ("profit-and-loss", "balance-sheet", "trial-balance")},
)


class Rate(Args):
    """What a currency is worth."""

    currency: Currency = Field(description="Code.")
    rate: Annotated[Amount, PLAIN_TEXT] = Field(description="Worth of one in the common currency.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """An account code of one organisation that stands under another code."""

    organisation: str
    code: str
    to: str


def _mapped(text: object) -> object:
    if not isinstance(text, str):
        return text
    organisation, colon, codes = text.rpartition(":")
    code, equals, to = codes.partition("=")
    if not (colon and equals and organisation.strip() and code.strip() and to.strip()):
        raise ValueError('is not like "Acme Ltd: 4000 = 200"')
    return Mapped(organisation=organisation.strip(), code=code.strip(), to=to.strip())


CodeMapping = Annotated[Mapped, BeforeValidator(_mapped), PLAIN_TEXT]


class ConsolidateReports(AcrossOrganisations):
    """Arguments of consolidate-reports."""

    report: Report = Field(description="Which report.")
    from_date: Day | None = Field(default=None, description="profit-and-loss.")
    to_date: Day | None = Field(default=None, description="profit-and-loss.")
    date: Day | None = Field(default=None, description="The others: as at.")
    cash_basis: bool = Field(default=False, description="Cash, not accrual.")
    currency: Currency | None = Field(default=None, description="Left out: the first one's.")
    rates: list[Rate] | None = Field(
        default=None, max_length=10, description="For each other currency."
    )
    mapping: list[CodeMapping] | None = Field(
        default=None, max_length=200, description='Codes that differ: "Acme Ltd: 4000 = 200".'
    )

    @model_validator(mode="after")
    def _fits_the_report(self) -> "ConsolidateReports":
        span = self.from_date is not None or self.to_date is not None
        if self.report == "profit-and-loss" and self.date is not None:
            raise ValueError("profit-and-loss takes from_date and to_date, not date")
        if self.report != "profit-and-loss" and span:
            raise ValueError(f"{self.report} takes date, not from_date and to_date")
        if self.report == "profit-and-loss" and None in (self.from_date, self.to_date):
            raise ValueError("profit-and-loss needs from_date and to_date: the same for all")
        if any(one.rate <= 0 for one in self.rates or ()):
            raise ValueError("a rate is above zero")
        return self


class Consolidated(Answer):
    """A report over several organisations, in one currency."""

    currency: str
    rates: list[list[Cell]] = Field(
        description="Organisation, its currency, the rate taken, its source."
    )
    columns: list[str]
    rows: list[list[OthersCell]]
    totals: list[list[OthersCell]] = Field(description="Title, a column each, and the total.")
    not_matched: list[list[OthersCell]] = Field(
        description="Organisation, code, account, and who has no account of that code and class."
    )
    adds_up: bool
    differences: list[str] | None = None
    rounding: list[str] | None = Field(
        default=None, description="Cents that converting leaves between lines and totals."
    )
    note: str | None = None

    def row_count(self) -> int:
        return len(self.rows)


@tool(
    area=Area.REPORTS,
    access=Access.READ,
    report_by=BY_REPORT,
    also=(*(GET(KINDS[name].path) for name in KINDS if name in BY_REPORT.values), INVOICES),
    says="consolidate the report {report} over {organisations}",
)
async def consolidate_reports(args: ConsolidateReports, xero: ScopedXero) -> Consolidated:
    """Consolidate a report over organisations, matched by account code and class.

    Nothing is eliminated. A rate not given is that of the newest document, and shown.
    One or two requests for each organisation.
    """
    everywhere = (xero, *xero.beside)
    common = args.currency or (await xero.reference.organisation()).base_currency
    rates = await _rates(args, common, everywhere)
    parts: list[Part] = []
    for at, there in enumerate(everywhere):
        parts.append(await _part(args, there, rates))
        await xero.tell(at + 1, len(everywhere), f"read {there.organisation.name}")
    lines = consolidated(parts)
    wrong = [
        f"{part.organisation}: {one}"
        for part in parts
        for one in differences(args.report, part.flat) or ()
    ]
    wrong += rounding(lines, parts)
    names = [part.organisation for part in parts]
    return Consolidated(
        currency=common,
        rates=[
            [part.organisation, part.currency, to_text(part.rate), rates[part.currency].source]
            for part in parts
        ],
        columns=["section", "code", "account", *names, "total"],
        rows=as_rows(lines, parts),
        totals=totals_of(parts),
        not_matched=not_matched(lines, parts),
        adds_up=not wrong,
        differences=wrong or None,
        rounding=_cents_left(args.report, parts) or None,
        note="Amounts between the organisations are not eliminated; one rate is taken for all "
        "lines of an organisation.",
    )


def _cents_left(report: Report, parts: Sequence[Part]) -> list[str]:
    """Totals that no longer are the sum of their lines, each converted and rounded for itself."""
    if report == "trial-balance":
        return []  # its sides are compared whatever the currency
    return [
        f"{part.organisation}: {one}"
        for part in parts
        if part.rate != 1
        for one in differences(report, part.in_common()) or ()
    ]


async def _rates(
    args: ConsolidateReports, common: str, everywhere: Sequence[ScopedXero]
) -> dict[str, FoundRate]:
    """Currency -> its worth: as given, else as the newest document has it.

    Raises:
        XeroMcpError: INVALID_ARGUMENTS, with the currencies that nobody knows a rate for.
    """
    names = {one.organisation.name.casefold() for one in everywhere}
    problems = [
        Detail(path="mapping", message="an organisation that is not read")
        for one in args.mapping or ()
        if one.organisation.casefold() not in names
    ]
    rates = {one.currency: FoundRate(worth=one.rate, source="given") for one in args.rates or ()}
    rates[common] = FoundRate(worth=Decimal(1), source="the common currency")
    for one in everywhere:
        own = (await one.reference.organisation()).base_currency
        found = rates.get(own) or await rate_from_documents(own, common, everywhere)
        if found is None:
            problems.append(Detail(path="rates", message=f"{own} has no rate"))
        else:
            rates[own] = found
    if problems:
        raise XeroMcpError(
            "The organisations cannot be put together as it was asked.",
            code=ErrorCode.INVALID_ARGUMENTS,
            next_step="Ask the user for a rate for each currency in `details`; never guess one.",
            details=problems,
        )
    return rates


async def _part(args: ConsolidateReports, xero: ScopedXero, rates: Mapping[str, FoundRate]) -> Part:
    kind = KINDS[args.report]
    layouts = args.report != "trial-balance"
    params: dict[str, Param] = {
        "date": args.date,
        "fromDate": args.from_date,
        "toDate": args.to_date,
        "paymentsOnly": True if args.cash_basis else None,
        "standardLayout": True if layouts else None,
    }
    found = await xero.get(kind.path, Reports, params=params)
    own = (await xero.reference.organisation()).base_currency
    name = xero.organisation.name
    return Part(
        organisation=name,
        currency=own,
        rate=rates[own].worth,
        flat=flatten(found.reports[0], kind.layout),
        chart={one.account_id: one for one in await xero.reference.accounts()},
        codes={
            one.code: one.to
            for one in args.mapping or ()
            if one.organisation.casefold() == name.casefold()
        },
    )
