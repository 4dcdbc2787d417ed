from datetime import date
from decimal import Decimal

import pytest

from tests.demo_company.books import Books, empty_books
from tests.demo_company.invariants import check_everything
from xero_mcp.demo_company.currency_names import CURRENCY_NAMES
from xero_mcp.demo_company.kernel import Json
from xero_mcp.demo_company.world_rates import PER_DOLLAR

TODAY = date(2026, 9, 14)


@pytest.fixture
def books() -> Books:
    return empty_books("UK")


def euros(books: Books, amount: str = "120", rate: str = "1.2", **more: object) -> Json:
    return books.invoice(amount, CurrencyCode="EUR", CurrencyRate=Decimal(rate), **more)


def test_a_foreign_invoice_is_in_the_books_in_base_currency(books: Books):
    euros(books)
    assert (books.balance("610"), books.balance("200")) == (100, -100)


def test_without_a_rate_the_days_rate_is_taken(books: Books):
    made = books.invoice("120", CurrencyCode="EUR")
    assert made["CurrencyRate"] == books.company.day_rates["EUR"]
    assert books.invoice("1")["CurrencyRate"] == 1


def test_a_currency_that_was_just_subscribed_to_has_a_rate_as_well():
    books = empty_books("Global")
    books.body("PUT", "/Currencies", {"Code": "EUR"})
    assert books.invoice("86.26", CurrencyCode="EUR")["CurrencyRate"] == Decimal("0.862600")
    assert books.balance("610") == 100


def test_every_currency_that_can_be_subscribed_to_has_a_rate():
    assert set(PER_DOLLAR) == set(CURRENCY_NAMES)


def test_a_better_rate_at_payment_is_a_realised_gain(books: Books):
    invoice = euros(books)
    books.pay(invoice, 120, code="092", CurrencyRate=Decimal("1.0"))
    assert books.balance("092") == 120
    assert books.company.ledger.foreign_balance(books.account("092")) == 120
    assert books.balance("610") == 0
    assert books.balance("499") == -20
    check_everything(books, TODAY)


def test_a_worse_rate_on_a_bill_is_a_realised_loss(books: Books):
    made = books.invoice(
        "120",
        Type="ACCPAY",
        CurrencyCode="EUR",
        CurrencyRate=Decimal("1.2"),
        LineItems=[{"Description": "x", "UnitAmount": 120, "AccountCode": "400"}],
    )
    books.pay(made, 120, code="092", CurrencyRate=Decimal("1.0"))
    assert (books.balance("800"), books.balance("092"), books.balance("499")) == (0, -120, 20)


def test_a_foreign_invoice_can_be_paid_into_an_account_in_base_currency(books: Books):
    invoice = euros(books)
    payment = books.pay(invoice, 60, CurrencyRate=Decimal("1.5"))
    assert (payment["Amount"], payment["BankAmount"]) == (60, 40)
    by_bank_amount = books.pay(invoice, 60, BankAmount=Decimal("48.00"))
    assert by_bank_amount["CurrencyRate"] == Decimal("1.25")
    assert (books.balance("090"), books.balance("610"), books.balance("499")) == (88, 0, 12)
    check_everything(books, TODAY)


def test_an_account_in_a_third_currency_cannot_pay(books: Books):
    invoice = euros(books)
    element = {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"Code": "093"},
        "Amount": 1,
    }
    assert books.problems("PUT", "Payments", element) == [
        "The currency of account '093' does not match the currency of the document, EUR"
    ]
    in_base = {**element, "Invoice": {"InvoiceID": books.invoice()["InvoiceID"]}}
    assert books.problems("PUT", "Payments", in_base) == [
        "The currency of account '093' does not match the currency of the document, GBP"
    ]


def test_pieces_of_an_invoice_leave_nothing_on_the_control_account(books: Books):
    invoice = euros(books, "100", rate="1.37")
    for _ in range(3):
        books.pay(invoice, "33.33", code="092", CurrencyRate=Decimal("1.37"))
    books.pay(invoice, "0.01", code="092", CurrencyRate=Decimal("1.37"))
    assert books.stored("Invoices", invoice["InvoiceID"])["Status"] == "PAID"
    assert books.balance("610") == 0
    check_everything(books, TODAY)


def test_taking_back_a_piece_in_the_middle_leaves_no_stray_cent(books: Books):
    invoice = euros(books, "100", rate="1.37")
    pieces = [books.pay(invoice, amount, code="092") for amount in ("11.11", "22.22", "66.67")]
    for piece in pieces[:2]:
        books.body(
            "POST",
            "/Payments/{PaymentID}",
            {"Status": "DELETED"},
            {"PaymentID": piece["PaymentID"]},
        )
        check_everything(books, TODAY)


def test_rounding_into_base_currency_goes_to_the_rounding_account(books: Books):
    lines = [
        {"Description": "x", "UnitAmount": Decimal("1.00"), "AccountCode": "200"} for _ in range(3)
    ]
    euros(books, rate="1.5", LineItems=lines)
    assert (books.balance("610"), books.balance("200")) == (2, Decimal("-2.01"))
    assert books.balance("860") == Decimal("0.01")


@pytest.mark.parametrize("rate", [0, -1, Decimal("0.0000001"), 10**7])
def test_a_rate_that_is_none_is_refused(books: Books, rate: object):
    element: Json = {
        "Type": "ACCREC",
        "Contact": {"Name": "A"},
        "CurrencyCode": "EUR",
        "CurrencyRate": rate,
        "LineItems": [{"Description": "x", "UnitAmount": 1, "AccountCode": "200"}],
    }
    assert books.problems("PUT", "Invoices", element) == [
        "The CurrencyRate must be greater than zero"
    ]


def test_a_rate_for_base_currency_is_passed_over(books: Books):
    assert books.invoice("1", CurrencyRate=Decimal("1.5"))["CurrencyRate"] == 1
