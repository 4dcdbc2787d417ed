from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from tests.demo_company.books import Books, amounts_of, draft, empty_books, line, rows_of
from xero_mcp.demo_company.kernel import ZERO_ID, Json, NotFoundError, RefusedError


@pytest.fixture
def books() -> Books:
    return empty_books()


def shape(report: Json) -> list[tuple[str, str | None, list[str]]]:
    """Each outer row: its type, its title and the labels inside it."""
    return [
        (
            row["RowType"],
            row.get("Title"),
            [inner["Cells"][0]["Value"] for inner in row.get("Rows", [])],
        )
        for row in report["Rows"]
    ]


def trade(books: Books) -> None:
    """Income 1000 and costs 300 + 120 in September, income 500 in August, paid in September."""
    books.invoice("1000")
    books.invoice("500", Date="2026-08-10", InvoiceNumber="OLD")
    old = books.company.table("Invoices").find("number", "old")[0]
    books.pay(old, 500)
    for amount, code in (("300", "300"), ("120", "400")):
        books.invoice(amount, Type="ACCPAY", LineItems=[line(amount, code=code)])


def test_profit_and_loss_has_xeros_sections(books: Books):
    trade(books)
    report = books.report("ProfitAndLoss")
    assert report["ReportTitles"] == [
        "Profit and Loss",
        "Demo Company (Global)",
        "1 September 2026 to 30 September 2026",
    ]
    assert shape(report) == [
        ("Header", None, []),
        ("Section", "Income", ["Sales", "Total Income"]),
        ("Section", "Less Cost of Sales", ["Purchases", "Total Cost of Sales"]),
        ("Section", "", ["Gross Profit"]),
        ("Section", "Less Operating Expenses", ["Advertising", "Total Operating Expenses"]),
        ("Section", "", ["Net Profit"]),
    ]
    assert amounts_of(report, "Gross Profit") == [700]
    assert amounts_of(report, "Net Profit") == [580]
    sales = report["Rows"][1]["Rows"][0]["Cells"]
    assert sales[1] == {
        "Value": "1000.00",
        "Attributes": [{"Value": books.account("200"), "Id": "account"}],
    }


def test_profit_and_loss_stands_beside_earlier_periods(books: Books):
    trade(books)
    report = books.report(
        "ProfitAndLoss", fromdate="2026-09-01", todate="2026-09-30", periods=2, timeframe="MONTH"
    )
    header = [cell["Value"] for cell in report["Rows"][0]["Cells"]]
    assert header == ["", "30 Sep 26", "31 Aug 26", "31 Jul 26"]
    assert amounts_of(report, "Sales") == [1000, 500, 0]


def test_the_cash_basis_counts_what_was_paid_when_it_was_paid(books: Books):
    trade(books)
    assert amounts_of(books.report("ProfitAndLoss", paymentsonly="true"), "Net Profit") == [500]
    august = {"fromdate": "2026-08-01", "todate": "2026-08-31", "paymentsonly": "true"}
    assert amounts_of(books.report("ProfitAndLoss", **august), "Net Profit") == [0]


def test_the_cash_basis_takes_the_tax_share_of_a_part_payment(books: Books):
    invoice = books.invoice("100", LineAmountTypes="Exclusive")
    books.pay(invoice, Decimal("54.13"))
    trial = books.report("TrialBalance", paymentsonly="true")
    assert amounts_of(trial, "Sales (200)")[3] == Decimal("50.00")
    assert amounts_of(trial, "Sales Tax (820)")[3] == Decimal("4.13")
    assert [label for label, _ in rows_of(trial) if "Receivable" in label] == []


def test_a_part_payment_leaves_no_cent_on_the_control_account_of_the_cash_basis(books: Books):
    lines = [line("33.33"), line("33.33", code="260"), line("33.34", code="270")]
    books.pay(books.invoice("100", LineItems=lines), Decimal(50))
    trial = books.report("TrialBalance", paymentsonly="true")
    assert [label for label, _ in rows_of(trial) if "Receivable" in label] == []
    income = ("Sales (200)", "Other Revenue (260)", "Interest Income (270)")
    assert sum(amounts_of(trial, name)[3] for name in income) == 50


def test_the_trial_balance_shows_the_month_and_the_year(books: Books):
    trade(books)
    report = books.report("TrialBalance", date="2026-09-30")
    assert [row[1] for row in shape(report)[1:]] == [
        "Revenue",
        "Expenses",
        "Assets",
        "Liabilities",
        "",
    ]
    assert amounts_of(report, "Sales (200)") == [0, 1000, 0, 1500]
    month_debit, month_credit, debit, credit = amounts_of(report, "Total")
    assert month_debit == month_credit
    assert debit == credit


def test_results_of_earlier_years_are_retained_earnings(books: Books):
    books.invoice("500", Date="2025-05-01")
    books.invoice("100")
    trial = books.report("TrialBalance")
    assert amounts_of(trial, "Retained Earnings (960)") == [0, 0, 0, 500]
    assert amounts_of(trial, "Sales (200)") == [0, 100, 0, 100]
    sheet = books.report("BalanceSheet")
    assert amounts_of(sheet, "Retained Earnings") == [500, 0]
    assert amounts_of(sheet, "Current Year Earnings") == [100, 500]


def test_the_balance_sheet_stands_beside_a_year_earlier(books: Books):
    trade(books)
    report = books.report("BalanceSheet")
    assert [cell["Value"] for cell in report["Rows"][0]["Cells"]] == [
        "",
        "30 Sep 2026",
        "30 Sep 2025",
    ]
    assert amounts_of(report, "Total Assets") == [1500, 0]
    assert amounts_of(report, "Total Liabilities") == [420, 0]
    assert amounts_of(report, "Net Assets") == amounts_of(report, "Total Equity") == [1080, 0]
    equity = report["Rows"][-1]["Rows"][0]["Cells"]
    assert equity[1]["Attributes"] == [
        {"Value": ZERO_ID, "Id": "account"},
        {"Value": "1/1/2026", "Id": "fromDate"},
        {"Value": "9/30/2026", "Id": "toDate"},
    ]


def test_the_balance_sheet_takes_periods(books: Books):
    trade(books)
    report = books.report("BalanceSheet", date="2026-09-30", periods=1, timeframe="MONTH")
    assert amounts_of(report, "Accounts Receivable") == [1000, 500]


def test_the_bank_summary_is_what_came_and_went(books: Books):
    trade(books)
    books.put(
        "BankTransactions",
        {
            "Type": "SPEND",
            "Contact": {"Name": "Bank"},
            "BankAccount": {"Code": "090"},
            "Date": "2026-09-03",
            "LineItems": [line("15", code="404")],
        },
    )
    report = books.report("BankSummary")
    assert amounts_of(report, "Business Bank Account") == [0, 500, 15, 485]
    assert amounts_of(report, "Total") == [0, 500, 15, 485]
    cells = report["Rows"][1]["Rows"][0]["Cells"]
    assert [[one["Id"] for one in cell.get("Attributes", [])] for cell in cells] == [
        ["accountID"],
        [],
        ["account"],
        ["account"],
        [],
    ]
    later = books.report("BankSummary", fromdate="2026-10-01", todate="2026-10-31")
    assert amounts_of(later, "Total") == [485, 0, 0, 485]


def test_the_executive_summary_compares_two_months(books: Books):
    trade(books)
    report = books.report("ExecutiveSummary")
    values = dict(rows_of(report))
    assert values["Income"] == ["1000.00", "500.00", "100.0%"]
    assert values["Cash received"] == ["500.00", "0.00", "0.0%"]
    assert values["Profit (loss)"] == ["580.00", "500.00", "16.0%"]
    assert values["Number of invoices issued"] == ["1", "1", "0.0%"]
    assert values["Gross profit margin"] == ["70.0%", "100.0%", "-30.0%"]
    assert values["Term assets to liabilities"] == ["", "", "0.0%"]
    assert [row[1] for row in shape(report)[1:]] == [
        "Cash",
        "Profitability",
        "Balance Sheet",
        "Income",
        "Performance",
        "Position",
    ]


def test_an_empty_organisation_has_every_report(books: Books):
    for name in (
        "ProfitAndLoss",
        "TrialBalance",
        "BalanceSheet",
        "BankSummary",
        "BudgetSummary",
        "ExecutiveSummary",
        "TenNinetyNine",
    ):
        assert books.report(name)["ReportName"]


def aged(books: Books, **query: object) -> Json:
    contact = books.company.table("Contacts").find("name", "larkfield")[0]
    return books.report("AgedReceivablesByContact", contactid=contact["ContactID"], **query)


def test_aged_receivables_list_what_is_open_with_its_age(books: Books):
    invoice = books.invoice("100", DueDate="2026-09-04")
    books.pay(invoice, 40)
    books.invoice("50", Date="2026-09-08", DueDate="2026-10-01")
    report = aged(books)
    assert report["ReportTitles"] == [
        "Invoices",
        "Larkfield",
        "From 1 September 2026 to 14 September 2026",
        "Showing payments to 14 September 2026",
    ]
    rows = dict(rows_of(report))
    assert rows["2026-09-01 00:00:00"][1:] == [
        "2026-09-04 00:00:00",
        "10 days overdue",
        "100.00",
        "40.00",
        "0.00",
        "60.00",
    ]
    assert rows["2026-09-08 00:00:00"][2] == ""
    assert rows["Closing Balance"] == ["", "", "", "150.00", "40.00", "0.00", "110.00"]
    cells = report["Rows"][2]["Rows"][0]["Cells"]
    assert {one["Id"] for cell in cells for one in cell["Attributes"]} == {"invoiceID"}


def test_aged_receivables_show_the_past_as_it_was(books: Books):
    invoice = books.invoice("100")
    books.pay(invoice, 100, Date="2026-09-10")
    assert dict(rows_of(aged(books)))["Closing Balance"][-1] == "0.00"
    before = aged(books, date="2026-09-09")
    assert dict(rows_of(before))["Closing Balance"][-1] == "100.00"


def test_what_is_older_than_the_first_day_is_the_opening_balance(books: Books):
    books.invoice("100", Date="2026-08-01")
    books.invoice("30", Date="2026-09-05")
    report = aged(books, fromdate="2026-09-01")
    rows = [values for _, values in rows_of(report)]
    assert (rows[0][0], rows[0][-1]) == ("Opening Balance", "100.00")
    assert dict(rows_of(report))["Closing Balance"][-1] == "130.00"


def test_credit_notes_count_against_what_is_owed(books: Books):
    books.invoice("100")
    note = draft(Type="ACCRECCREDIT", LineAmountTypes="NoTax", Status="AUTHORISED")
    books.put("CreditNotes", {**note, "LineItems": [line("30")]})
    assert dict(rows_of(aged(books)))["Closing Balance"][-1] == "70.00"


def test_an_aged_report_needs_a_contact(books: Books):
    with pytest.raises(RefusedError) as refused:
        books.report("AgedPayablesByContact")
    assert refused.value.status == 400
    with pytest.raises(NotFoundError):
        books.report("AgedPayablesByContact", contactid=ZERO_ID)


def test_the_budget_summary_adds_up_months(books: Books):
    books.company.table("Budgets").put(
        {
            "BudgetID": books.company.new_id(),
            "Type": "OVERALL",
            "UpdatedDateUTC": books.company.now(),
            "BudgetLines": [
                {
                    "AccountID": books.account(code),
                    "BudgetBalances": [
                        {"Period": period, "Amount": amount}
                        for period in ("2026-09", "2026-10", "2026-11", "2026-12")
                    ],
                }
                for code, amount in (("200", 1000), ("300", 200), ("469", 300))
            ],
        }
    )
    report = books.report("BudgetSummary", periods=2, timeframe=3)
    assert [cell["Value"] for cell in report["Rows"][0]["Cells"]] == ["Account", "Nov-26", "Feb-27"]
    assert amounts_of(report, "Sales") == [3000, 1000]
    assert amounts_of(report, "Gross Profit") == [2400, 800]
    assert amounts_of(report, "Total Expenses") == [900, 300]
    assert amounts_of(report, "Net Profit") == [1500, 500]


def test_1099s_are_for_americans_who_paid_enough(books: Books):
    for amount, code in (("700", "469"), ("650", "441"), ("599", "408")):
        bill = books.invoice(amount, Type="ACCPAY", LineItems=[line(amount, code=code)])
        books.pay(bill, amount)
    nec, misc = books.body("GET", "/Reports/TenNinetyNine", reportyear=2026)["Reports"]
    assert (nec["ReportName"], nec["ReportDate"]) == (
        "1099-NEC report",
        "1 Jan 2026 to 31 Dec 2026",
    )
    assert [one["Box1"] for one in nec["Contacts"]] == [1249]
    assert [one["Box1"] for one in misc["Contacts"]] == [700]
    other_year = books.body("GET", "/Reports/TenNinetyNine", reportyear=2025)["Reports"]
    assert [report["Contacts"] for report in other_year] == [[], []]


def test_new_zealand_publishes_its_returns():
    books = empty_books("NZ")
    books.invoice("100", Date="2026-06-01", LineAmountTypes="Exclusive")
    spent = line("40", code="400")
    books.invoice(
        "40", Type="ACCPAY", Date="2026-07-01", LineAmountTypes="Exclusive", LineItems=[spent]
    )
    listed = books.body("GET", "/Reports")["Reports"]
    assert len(listed) == 6
    first = listed[0]
    assert UUID(first["ReportID"])
    assert first["ReportTitle"] == "GST Return 1 June 2026 to 31 July 2026"
    body = books.body("GET", "/Reports/{ReportID}", None, {"ReportID": first["ReportID"]})
    report = body["Reports"][0]
    assert report["ReportID"] == first["ReportID"]
    assert amounts_of(report, "Total GST collected") == [15]
    assert amounts_of(report, "Total GST credit") == [6]
    assert amounts_of(report, "GST to pay (refund)") == [9]


def test_elsewhere_nothing_is_published(books: Books):
    assert books.body("GET", "/Reports")["Reports"] == []
    with pytest.raises(NotFoundError):
        books.call("GET", "/Reports/{ReportID}", None, {"ReportID": ZERO_ID})


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("ProfitAndLoss", {"fromdate": "yesterday"}),
        ("ProfitAndLoss", {"periods": "two"}),
        ("ProfitAndLoss", {"timeframe": "WEEK"}),
        ("BalanceSheet", {"date": "2026-02-30"}),
        ("BalanceSheet", {"periods": "1", "timeframe": "x"}),
        ("BudgetSummary", {"timeframe": "2"}),
        ("TrialBalance", {"date": "9999-99-99"}),
        ("BankSummary", {"todate": "1500-01-01"}),
    ],
)
def test_a_parameter_that_is_none_is_a_400(books: Books, name: str, query: dict[str, str]):
    with pytest.raises(RefusedError) as refused:
        books.report(name, **query)
    assert refused.value.status == 400


@pytest.mark.parametrize("day", [date(1900, 1, 1), date(2199, 12, 31), date(2024, 2, 29)])
def test_reports_reach_to_the_ends_of_time(books: Books, day: date):
    for name in ("TrialBalance", "BalanceSheet", "ExecutiveSummary", "BudgetSummary"):
        books.report(
            name, date=day, periods=12, timeframe=12 if name == "BudgetSummary" else "YEAR"
        )
    books.report("ProfitAndLoss", fromdate=day, todate=day, periods=12, timeframe="YEAR")
