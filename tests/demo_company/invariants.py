"""What is true of any books, worked out from the documents and held against the ledger."""

from datetime import date, timedelta
from decimal import Decimal

from tests.demo_company.books import ZERO, Books, amounts_of, base
from xero_mcp.demo_company.chart import system_account
from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.reports.figures import Figures

OPEN = "AUTHORISED"


def check_journals_balance(books: Books, since: int = 0) -> None:
    """Debits equal credits, in each journal from the one with this number on."""
    for journal in books.company.ledger.journals[since:]:
        assert sum(entry.net for entry in journal.entries) == 0, journal


def check_controls(books: Books) -> None:
    """AR and AP are what is open on the documents that stand on them."""
    company = books.company
    receivable = payable = ZERO
    for invoice in company.table("Invoices"):
        if invoice["Status"] == OPEN:
            if invoice["Type"] == "ACCREC":
                receivable += base(invoice, invoice["AmountDue"])
            else:
                payable += base(invoice, invoice["AmountDue"])
    for plural in ("CreditNotes", "Overpayments"):
        for credit in company.table(plural):
            if credit["Status"] == OPEN:
                if credit["Type"] in {"ACCRECCREDIT", "RECEIVE-OVERPAYMENT"}:
                    receivable -= base(credit, credit["RemainingCredit"])
                else:
                    payable -= base(credit, credit["RemainingCredit"])
    assert books.balance("610") == receivable
    assert books.balance("800") == -payable


def check_open_amounts(books: Books) -> None:
    """What is open is the total less what was paid and credited, and never less than nothing."""
    for invoice in books.company.table("Invoices"):
        if invoice["Status"] in {"VOIDED", "DELETED"}:
            assert invoice["AmountDue"] == 0
            continue
        paid = sum((one["Amount"] for one in invoice["Payments"]), ZERO)
        credited = sum(
            (
                one["AppliedAmount"]
                for plural in ("CreditNotes", "Overpayments", "Prepayments")
                for one in invoice[plural]
            ),
            ZERO,
        )
        assert (invoice["AmountPaid"], invoice["AmountCredited"]) == (paid, credited)
        assert invoice["AmountDue"] == invoice["Total"] - paid - credited >= 0
        if invoice["Status"] in {"AUTHORISED", "PAID"}:
            assert (invoice["Status"] == "PAID") == (invoice["AmountDue"] == 0)
    for plural in ("CreditNotes", "Overpayments", "Prepayments"):
        for credit in books.company.table(plural):
            used = sum((one["Amount"] for one in credit["Allocations"]), ZERO)
            used += sum((one["Amount"] for one in credit["Payments"]), ZERO)
            if credit["Status"] in {"AUTHORISED", "PAID"}:
                assert credit["RemainingCredit"] == credit["Total"] - used >= 0


def check_banks(books: Books) -> None:
    """Each bank account holds what its documents moved, in its own currency; BankSummary agrees."""
    company = books.company
    held: dict[str, Decimal] = {}

    def move(account_id: str, amount: Decimal) -> None:
        held[account_id] = held.get(account_id, ZERO) + amount

    for one in company.table("BankTransactions"):
        if one["Status"] == OPEN:
            sign = 1 if one["Type"].startswith("RECEIVE") else -1
            move(one["BankAccount"]["AccountID"], sign * one["Total"])
    incoming = {"ACCRECPAYMENT", "APCREDITPAYMENT", "APOVERPAYMENTPAYMENT", "APPREPAYMENTPAYMENT"}
    for payment in company.table("Payments"):
        if payment["Status"] == OPEN:
            sign = 1 if payment["PaymentType"] in incoming else -1
            move(payment["Account"]["AccountID"], sign * payment["BankAmount"])
    summary = books.report("BankSummary", fromdate="2000-01-01", todate="2190-12-31")
    closing = {
        row["Cells"][0]["Attributes"][0]["Value"]: Decimal(row["Cells"][4]["Value"])
        for row in summary["Rows"][1]["Rows"][:-1]
    }
    for account in company.table("Accounts"):
        if account["Type"] != "BANK":
            continue
        account_id: str = account["AccountID"]
        ledger = company.ledger.balance(account_id, until=date.max)
        assert closing[account_id] == ledger
        foreign = account.get("CurrencyCode", company.base_currency) != company.base_currency
        own = company.ledger.foreign_balance(account_id) if foreign else ledger
        assert own == held.get(account_id, ZERO), account["Name"]
    opening, received, spent, closed = amounts_of(summary, "Total")
    assert opening + received - spent == closed


def check_reports(books: Books, day: date) -> None:
    """On either basis the trial balance and the balance sheet balance, and P&L agrees."""
    for basis in ("false", "true"):
        trial = books.report("TrialBalance", date=day, paymentsonly=basis)
        debit, credit, year_debit, year_credit = amounts_of(trial, "Total")
        assert (debit, year_debit) == (credit, year_credit)
        sheet = books.report("BalanceSheet", date=day, paymentsonly=basis)
        net = amounts_of(sheet, "Net Assets")
        assert amounts_of(sheet, "Total Equity") == net
        assets, debts = amounts_of(sheet, "Total Assets"), amounts_of(sheet, "Total Liabilities")
        assert [a - b for a, b in zip(assets, debts, strict=True)] == net
        start = year_start(books, day)
        profit = books.report("ProfitAndLoss", fromdate=start, todate=day, paymentsonly=basis)
        earned = amounts_of(sheet, "Current Year Earnings")[0]
        assert amounts_of(profit, "Net Profit")[0] == earned


def check_cash_controls(books: Books) -> None:
    """On the cash basis AR and AP hold nothing but money that came or went for no document yet."""
    company = books.company
    figures = Figures(company, cash=True)
    for system, sign, kind in (
        ("DEBTORS", -1, "RECEIVE-OVERPAYMENT"),
        ("CREDITORS", 1, "SPEND-OVERPAYMENT"),
    ):
        unused = sum(
            (
                base(credit, credit["RemainingCredit"])
                for credit in company.table("Overpayments")
                if credit["Status"] == OPEN and credit["Type"] == kind
            ),
            ZERO,
        )
        account: str = system_account(company, system)["AccountID"]
        assert figures.net(account, date.max) == sign * unused, system


def check_profit_is_change_in_earnings(books: Books, since: date, until: date) -> None:
    """P&L of a span is what earnings, kept and current, grew by."""
    profit = books.report("ProfitAndLoss", fromdate=since, todate=until)
    before = _all_earnings(books.report("BalanceSheet", date=since - timedelta(days=1)))
    after = _all_earnings(books.report("BalanceSheet", date=until))
    assert amounts_of(profit, "Net Profit")[0] == after - before


def check_gone_documents_leave_nothing(books: Books) -> None:
    """What was voided or deleted has, over all its journals, moved no account."""
    gone: set[str] = set()
    for plural, key in (
        ("Invoices", "InvoiceID"),
        ("CreditNotes", "CreditNoteID"),
        ("Payments", "PaymentID"),
        ("BankTransactions", "BankTransactionID"),
        ("BankTransfers", "BankTransferID"),
        ("ManualJournals", "ManualJournalID"),
        ("Overpayments", "OverpaymentID"),
        ("Prepayments", "PrepaymentID"),
    ):
        gone |= {
            one[key]
            for one in books.company.table(plural)
            if one["Status"] in {"VOIDED", "DELETED"}
        }
    moved: dict[tuple[str, str, date], Decimal] = {}
    for journal in books.company.ledger.journals:
        if journal.source_id in gone:
            for entry in journal.entries:
                place = (journal.source_id, entry.account_id, journal.day)
                moved[place] = moved.get(place, ZERO) + entry.net
    assert not any(moved.values())


def check_everything(books: Books, day: date) -> None:
    check_journals_balance(books)
    check_controls(books)
    check_open_amounts(books)
    check_banks(books)
    check_reports(books, day)
    check_cash_controls(books)
    check_gone_documents_leave_nothing(books)


def year_start(books: Books, day: date) -> date:
    organisation: Json = books.company.organisation
    last_month: int = organisation["FinancialYearEndMonth"]
    first_month = last_month % 12 + 1
    year = day.year if day.month >= first_month else day.year - 1
    return date(year, first_month, 1)


def _all_earnings(sheet: Json) -> Decimal:
    total = amounts_of(sheet, "Current Year Earnings")[0]
    try:
        return total + amounts_of(sheet, "Retained Earnings")[0]
    except AssertionError:
        return total
