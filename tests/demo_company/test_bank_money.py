from datetime import date
from decimal import Decimal

import pytest

from tests.demo_company.books import Books, empty_books, line
from tests.demo_company.invariants import check_everything
from xero_mcp.demo_company.kernel import Json

TODAY = date(2026, 9, 14)


@pytest.fixture
def books() -> Books:
    return empty_books()


def money(**more: object) -> Json:
    return {
        "Type": "SPEND",
        "Contact": {"Name": "Larkfield"},
        "BankAccount": {"Code": "090"},
        "Date": "2026-09-02",
        "LineItems": [line("108.25", code="400")],
        **more,
    }


def test_spent_money_is_inclusive_of_tax_unless_said_otherwise(books: Books):
    made = books.put("BankTransactions", money())
    assert (made["LineAmountTypes"], made["Total"], made["TotalTax"]) == (
        "Inclusive",
        Decimal("108.25"),
        Decimal("8.25"),
    )
    assert (books.balance("090"), books.balance("400"), books.balance("820")) == (
        Decimal("-108.25"),
        100,
        Decimal("8.25"),
    )


def test_received_money_goes_the_other_way(books: Books):
    books.put("BankTransactions", money(Type="RECEIVE", LineItems=[line("108.25")]))
    assert (books.balance("090"), books.balance("200")) == (Decimal("108.25"), -100)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"BankAccount": {"Code": "200"}}, "Account could not be found"),
        ({"BankAccount": None}, "Account could not be found"),
        ({"LineItems": []}, "One or more line items must be specified"),
        ({"Status": "DELETED"}, "Status 'DELETED' is not valid"),
        ({"CurrencyCode": "EUR"}, "The bank account is kept in USD, not in EUR"),
        (
            {"Type": "SPEND-PREPAYMENT", "LineItems": [line("0", code="400")]},
            "The total must be greater than zero",
        ),
    ],
)
def test_money_that_cannot_be_is_refused(books: Books, change: Json, problem: str):
    assert problem in books.problems("PUT", "BankTransactions", money(**change))
    assert books.company.ledger.journals == []


@pytest.mark.parametrize("kind", ["SPEND-TRANSFER", "GIFT", ""])
def test_a_type_that_cannot_be_written_is_refused(books: Books, kind: str):
    assert len(books.problems("PUT", "BankTransactions", money(Type=kind))) == 1


def test_money_can_be_changed_until_it_is_reconciled(books: Books):
    made = books.put("BankTransactions", money())
    change: Json = {"BankTransactionID": made["BankTransactionID"]}
    after = books.post("BankTransactions", {**change, "LineItems": [line("50", code="404")]})
    assert after["Total"] == 50
    assert (books.balance("090"), books.balance("400")) == (-50, 0)
    books.post("BankTransactions", {**change, "IsReconciled": True})
    assert books.problems("POST", "BankTransactions", {**change, "Reference": "x"}) == [
        "Spend money transactions cannot be updated"
    ]


def test_deleted_money_is_out_of_the_books_for_good(books: Books):
    made = books.put("BankTransactions", money())
    change = {"BankTransactionID": made["BankTransactionID"], "Status": "DELETED"}
    books.post("BankTransactions", change)
    assert books.balance("090") == 0
    assert books.problems("POST", "BankTransactions", change) == [
        "Bank transaction not of valid status for modification"
    ]
    check_everything(books, TODAY)


def test_a_foreign_bank_account_keeps_its_own_currency():
    books = empty_books("UK")
    account = {"BankAccount": {"Code": "092"}, "LineAmountTypes": "NoTax"}
    made = books.put("BankTransactions", money(**account, CurrencyRate=Decimal("1.25")))
    assert made["CurrencyCode"] == "EUR"
    assert books.balance("092") == Decimal("-86.60")
    assert books.company.ledger.foreign_balance(books.account("092")) == Decimal("-108.25")


# --- transfers


def transfer(**more: object) -> Json:
    return {
        "FromBankAccount": {"Code": "090"},
        "ToBankAccount": {"Code": "091"},
        "Amount": 40,
        "Date": "2026-09-02",
        **more,
    }


def test_a_transfer_moves_money_and_shows_at_both_ends(books: Books):
    made = books.put("BankTransfers", transfer())
    assert (books.balance("090"), books.balance("091")) == (-40, 40)
    ends = {
        one["Type"]: one["BankAccount"]["Code"] for one in books.company.table("BankTransactions")
    }
    assert ends == {"SPEND-TRANSFER": "090", "RECEIVE-TRANSFER": "091"}
    assert made["FromBankTransactionID"] in books.company.table("BankTransactions")
    assert len(books.body("GET", "/BankTransactions", page=1)["BankTransactions"]) == 2


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"ToBankAccount": {"Code": "090"}},
            "The bank accounts of a transfer must not be the same",
        ),
        ({"ToBankAccount": {"Code": "200"}}, "Account could not be found"),
        ({"Amount": 0}, "Amount must be greater than zero and have two decimals at most"),
        ({"Amount": None}, "Amount must be greater than zero and have two decimals at most"),
    ],
)
def test_a_transfer_that_cannot_be_is_refused(books: Books, change: Json, problem: str):
    assert books.problems("PUT", "BankTransfers", transfer(**change)) == [problem]


def test_a_deleted_transfer_is_only_listed_when_asked_for(books: Books):
    made = books.put("BankTransfers", transfer())
    change = {"BankTransferID": made["BankTransferID"], "Status": "DELETED"}
    assert books.post("BankTransfers", change)["Status"] == "DELETED"
    assert (books.balance("090"), books.balance("091")) == (0, 0)
    assert books.body("GET", "/BankTransfers")["BankTransfers"] == []
    assert len(books.body("GET", "/BankTransfers", includedeleted="true")["BankTransfers"]) == 1
    assert books.problems("POST", "BankTransfers", change) == [
        "The bank transfer has already been deleted"
    ]
    check_everything(books, TODAY)


def test_a_transfer_into_another_currency_uses_the_days_rate():
    books = empty_books("UK")
    rate = books.company.day_rates["EUR"]
    made = books.put("BankTransfers", transfer(ToBankAccount={"Code": "092"}, Amount=100))
    assert made["CurrencyRate"] == rate
    assert books.balance("090") == -100
    assert books.balance("092") == 100
    held = books.company.ledger.foreign_balance(books.account("092"))
    assert held == (100 * rate).quantize(Decimal("0.01"))
    check_everything(books, TODAY)
