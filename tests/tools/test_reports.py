"""Every report: flat, checked, with just the arguments that it heeds."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gate.world import World, code_of
from tests.tools.reading import NZ, column, company, decimals, reader
from xero_mcp.demo_company.reports.figures import Figures
from xero_mcp.money import to_text
from xero_mcp.tools.report_checks import CHECKS, differences
from xero_mcp.tools.report_rows import FlatReport
from xero_mcp.tools.reports import KINDS, ReportName

TODAY = date(2026, 3, 2)
NOT_CHECKED = {"executive-summary", "ten-ninety-nine", "gst", "bas"}
MONEY = st.decimals(min_value=-9999, max_value=9999, places=2)


def contact_with(house: World, xero_type: str) -> str:
    return next(
        one["Contact"]["ContactID"]
        for one in house.books.table("Invoices")
        if one["Type"] == xero_type and one["Status"] == "AUTHORISED"
    )


def arguments_of(house: World, report: str) -> dict[str, Any]:
    aged = {"aged-receivables": "ACCREC", "aged-payables": "ACCPAY"}
    more = {"contact_id": contact_with(house, aged[report])} if report in aged else {}
    return {"report": report, **more}


@pytest.mark.parametrize("report", get_args(ReportName))
async def test_every_report_is_flat_and_adds_up(house: World, report: str):
    answer = await house.good("run-report", arguments_of(house, report))
    assert all(len(row) == len(answer["columns"]) for row in answer["rows"])
    assert answer.get("adds_up") is (None if report in NOT_CHECKED else True)
    assert answer["rows"] or report in {"gst", "bas"}
    assert set(CHECKS) == set(KINDS) - NOT_CHECKED


async def test_the_trial_balance_is_the_ledger(house: World):
    answer = await house.good("run-report", {"report": "trial-balance", "date": "2025-12-31"})
    figures, day = Figures(house.books), date(2025, 12, 31)
    debits, credits_ = (decimals(column(answer, f"YTD {side}")) for side in ("Debit", "Credit"))
    ids = column(answer, "account_id")
    for account_id, debit, credit in zip(ids, debits, credits_, strict=True):
        assert debit - credit == figures.net(account_id, day), account_id
    assert len(ids) > 10


async def test_an_aged_report_lists_documents_with_their_ids(house: World):
    answer = await house.good("run-report", arguments_of(house, "aged-receivables"))
    known = {one["InvoiceID"] for one in house.books.table("Invoices")}
    known |= {one["CreditNoteID"] for one in house.books.table("CreditNotes")}
    assert set(column(answer, "document_id")) <= known
    assert decimals(column(answer, "due"))
    assert [total[1] for total in answer["totals"]][-1] == "Closing Balance"


async def test_earlier_periods_stand_beside_this_one(house: World):
    asked = {"report": "profit-and-loss", "periods": 2, "timeframe": "month"}
    assert len((await house.good("run-report", asked))["columns"]) == 3 + 3
    budget = {"report": "budget-summary", "periods": 4, "timeframe": "quarter"}
    assert len((await house.good("run-report", budget))["columns"]) == 3 + 4


async def test_cash_basis_differs_from_accrual(house: World):
    span = {"report": "profit-and-loss", "from_date": "2026-02-01", "to_date": "2026-02-28"}
    accrual = await house.good("run-report", span)
    cash = await house.good("run-report", {**span, "cash_basis": True})
    assert accrual["totals"][-1] != cash["totals"][-1]
    assert cash["adds_up"] is True


async def test_tax_returns_are_listed_and_then_read_by_id(tmp_path: Path):
    async with reader(tmp_path, NZ) as house:
        listed = await house.good("run-report", {"report": "gst"})
        assert listed["columns"] == ["report_id", "title", "date"]
        assert len(listed["rows"]) == 6
        report_id = listed["rows"][0][0]
        told = await house.good("run-report", {"report": "gst", "report_id": report_id})
        assert told["columns"] == ["section", "line", "Amount"]
        assert len(told["rows"]) == 4
        wrong = await house.call("run-report", {"report": "bas", "report_id": report_id})
        assert code_of(wrong) == "XERO_NOT_FOUND"
        assert (await house.good("run-report", {"report": "bas"}))["rows"] == []
        assert company(house, NZ).name in told["heading"]


async def test_the_american_form_keeps_tax_numbers_to_itself(house: World):
    answer = await house.good("run-report", {"report": "ten-ninety-nine", "date": "2026-01-01"})
    assert answer["columns"][:3] == ["report", "contact", "contact_id"]
    assert all(Decimal(row[3]) >= 600 for row in answer["rows"])
    assert "EIN" not in str(answer)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"report": "aged-payables"}, "see aged-balances"),
        ({"report": "balance-sheet", "periods": 12}, "at most 11"),
        ({"report": "bank-summary", "cash_basis": True}, "takes no cash_basis"),
        ({"report": "gst", "date": "2026-01-01"}, "takes no date"),
        (
            {
                "report": "profit-and-loss",
                "tracking_option_id": "00000000-0000-4000-8000-000000000000",
            },
            "needs the tracking_category_id",
        ),
    ],
)
async def test_arguments_that_do_not_fit_are_refused(
    house: World, arguments: dict[str, Any], said: str
):
    answer = await house.call("run-report", arguments)
    assert code_of(answer) == "INVALID_ARGUMENTS"
    assert said in answer.content["error"]["details"][0]["message"]


async def test_only_the_reports_that_the_policy_names(tmp_path: Path):
    async with reader(tmp_path) as house:
        text = (house.folder / "home" / "policies" / "clerk.yaml").read_text()
        house.write_policy(text.replace("reports: read", "reports: [bank-summary]"))
        assert (await house.good("run-report", {"report": "bank-summary"}))["adds_up"] is True
        assert code_of(await house.call("run-report", {"report": "gst"})) == "NOT_ALLOWED"


def flat(amounts: list[Decimal], total: Decimal) -> FlatReport:
    report = FlatReport(columns=["section", "account", "account_id", "2026"], values_from=3)
    rows: list[list[object]] = [
        ["Income", f"A{at}", "id", to_text(one)] for at, one in enumerate(amounts)
    ]
    report.rows += rows
    report.totals.append(["Income", "Total Income", to_text(total)])
    return report


@given(amounts=st.lists(MONEY, min_size=1), off=MONEY)
def test_a_total_that_is_off_by_any_amount_is_told(amounts: list[Decimal], off: Decimal):
    said = differences("profit-and-loss", flat(amounts, sum(amounts, Decimal(0)) + off))
    assert bool(said) is bool(off)


@pytest.mark.parametrize(
    ("report", "title"),
    [("profit-and-loss", "Net Profit"), ("balance-sheet", "Net Assets")],
)
def test_a_bottom_line_that_does_not_follow_is_told(report: str, title: str):
    wrong = flat([Decimal(5)], Decimal(5))
    for name, value in (("Total Assets", "9.00"), ("Total Liabilities", "2.00"), (title, "8.00")):
        wrong.totals.append(["", name, value])
    said = differences(report, wrong)
    assert said is not None
    assert len(said) == 1
    assert "stated 8.00" in said[0]
