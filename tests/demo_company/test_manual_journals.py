from datetime import date
from decimal import Decimal

import pytest

from tests.demo_company.books import Books, amounts_of, empty_books
from tests.demo_company.invariants import check_everything
from xero_mcp.demo_company.kernel import Json, NotFoundError

TODAY = date(2026, 9, 14)


@pytest.fixture
def books() -> Books:
    return empty_books()


def journal(*lines: tuple[object, str], **more: object) -> Json:
    pairs = lines or ((100, "400"), (-100, "900"))
    return {
        "Narration": "Accrual",
        "Date": "2026-09-02",
        "Status": "POSTED",
        "JournalLines": [{"LineAmount": amount, "AccountCode": code} for amount, code in pairs],
        **more,
    }


def test_a_journal_is_a_draft_without_tax_unless_said_otherwise(books: Books):
    made = books.put("ManualJournals", journal(Status=None))
    assert (made["Status"], made["LineAmountTypes"]) == ("DRAFT", "NoTax")
    assert books.company.ledger.journals == []


def test_a_posted_journal_is_in_the_books(books: Books):
    books.put("ManualJournals", journal())
    assert (books.balance("400"), books.balance("900")) == (100, -100)


def test_debits_must_equal_credits(books: Books):
    element = journal((100, "400"), (-10, "900"))
    assert books.problems("PUT", "ManualJournals", element) == [
        "The total debits (100.00) must equal total credits (-10.00)"
    ]


@pytest.mark.parametrize("code", ["610", "800", "090", "960", "630", "9999"])
def test_a_journal_keeps_off_accounts_that_are_not_for_it(books: Books, code: str):
    element = journal((100, code), (-100, "900"))
    assert books.problems("PUT", "ManualJournals", element) == [
        f"Account code '{code}' is not a valid code for this document."
    ]


def test_an_unknown_account_in_a_draft_is_a_warning(books: Books):
    made = books.put("ManualJournals", journal((5, "9999"), (-5, "900"), Status="DRAFT"))
    assert made["StatusAttributeString"] == "WARNING"
    assert made["Warnings"] == [
        {
            "Message": "Account code '9999' has been removed as it does not match a "
            "recognised account."
        }
    ]


def test_tax_of_a_journal_goes_to_the_tax_account(books: Books):
    lines = [
        {"LineAmount": 100, "AccountCode": "400", "TaxType": "INPUT"},
        {"LineAmount": Decimal("-108.25"), "AccountCode": "900", "TaxType": "NONE"},
    ]
    books.put("ManualJournals", journal(LineAmountTypes="Exclusive", JournalLines=lines))
    assert (books.balance("400"), books.balance("820")) == (100, Decimal("8.25"))
    inclusive = [{**lines[0], "LineAmount": Decimal("108.25")}, lines[1]]
    books.put("ManualJournals", journal(LineAmountTypes="Inclusive", JournalLines=inclusive))
    assert (books.balance("400"), books.balance("820")) == (200, Decimal("16.50"))
    check_everything(books, TODAY)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"Narration": "  "}, "Narration must be specified"),
        ({"JournalLines": []}, "A manual journal must have at least two journal lines"),
        ({"Status": "VOIDED"}, "Manual journal not of valid status for modification"),
    ],
)
def test_a_journal_that_cannot_be_is_refused(books: Books, change: Json, problem: str):
    assert problem in books.problems("PUT", "ManualJournals", journal(**change))


def test_a_voided_journal_is_out_of_the_books(books: Books):
    made = books.put("ManualJournals", journal())
    change = {"ManualJournalID": made["ManualJournalID"], "Status": "VOIDED"}
    assert books.post("ManualJournals", change)["Status"] == "VOIDED"
    assert books.balance("400") == 0
    assert books.problems("POST", "ManualJournals", {**change, "Status": "POSTED"}) == [
        "Manual journal not of valid status for modification"
    ]


def test_a_journal_can_stay_out_of_cash_reports(books: Books):
    books.put("ManualJournals", journal())
    books.put("ManualJournals", journal(ShowOnCashBasisReports=False))
    cash = books.report("ProfitAndLoss", paymentsonly="true")
    assert amounts_of(books.report("ProfitAndLoss"), "Net Profit") == [-200]
    assert amounts_of(cash, "Net Profit") == [-100]


# --- the journals of the ledger


def test_journals_come_by_number_from_an_offset(books: Books):
    for _ in range(3):
        books.invoice("10")
    listed = books.body("GET", "/Journals", offset=1)["Journals"]
    assert [one["JournalNumber"] for one in listed] == [2, 3]
    first = listed[0]
    assert sum(entry["NetAmount"] for entry in first["JournalLines"]) == 0
    by_id = books.body("GET", "/Journals/{JournalID}", None, {"JournalID": first["JournalID"]})
    by_number = books.body("GET", "/Journals/{JournalNumber}", None, {"JournalNumber": "2"})
    assert by_id["Journals"] == by_number["Journals"] == [first]


@pytest.mark.parametrize("number", ["0", "99", "x", "9" * 40])
def test_a_journal_that_is_not_there_is_not_found(books: Books, number: str):
    with pytest.raises(NotFoundError):
        books.call("GET", "/Journals/{JournalNumber}", None, {"JournalNumber": number})


def test_a_hundred_journals_are_a_page(books: Books):
    for _ in range(105):
        books.invoice("10")
    assert len(books.body("GET", "/Journals")["Journals"]) == 100
    assert len(books.body("GET", "/Journals", offset=100)["Journals"]) == 5


def test_nothing_in_a_journal_is_minus_nothing(books: Books):
    books.invoice("10")
    lines = books.body("GET", "/Journals")["Journals"][0]["JournalLines"]
    assert "-0.00" not in {str(entry["TaxAmount"]) for entry in lines}
