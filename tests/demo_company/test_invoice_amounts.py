from decimal import Decimal

import pytest

from tests.demo_company.books import Books, bill, draft, empty_books, line


@pytest.fixture
def books() -> Books:
    return empty_books()


def test_tax_is_worked_out_on_each_line_and_rounded_half_away_from_zero(books: Books):
    made = books.put("Invoices", draft(LineItems=[line("650"), line("650")]))
    assert made["LineAmountTypes"] == "Exclusive"
    assert [one["TaxAmount"] for one in made["LineItems"]] == [Decimal("53.63")] * 2
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (
        1300,
        Decimal("107.26"),
        Decimal("1407.26"),
    )


def test_an_inclusive_amount_holds_its_tax(books: Books):
    made = books.put("Invoices", draft(LineAmountTypes="Inclusive", LineItems=[line("108.25")]))
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (
        100,
        Decimal("8.25"),
        Decimal("108.25"),
    )


def test_without_tax_there_is_none(books: Books):
    made = books.put("Invoices", draft(LineAmountTypes="NoTax"))
    assert (made["TotalTax"], made["Total"]) == (0, 100)
    assert made["LineItems"][0]["TaxType"] == "NONE"


def test_a_discount_is_taken_off_before_tax(books: Books):
    made = books.put("Invoices", draft(LineItems=[line("200", DiscountRate=25)]))
    assert made["LineItems"][0]["LineAmount"] == 150
    assert (made["IsDiscounted"], made["TotalDiscount"]) == (True, 50)
    fixed = books.put("Invoices", draft(LineItems=[line("200", DiscountAmount=30)]))
    assert fixed["SubTotal"] == 170


def test_a_bill_has_no_discounts(books: Books):
    element = bill(LineItems=[line(code="400", DiscountRate=10)])
    assert books.problems("PUT", "Invoices", element) == [
        "Discounts are not supported on this type of document"
    ]


def test_prices_keep_four_decimals_only_where_they_are_asked_for(books: Books):
    fine = draft(LineItems=[line("0.1234", Quantity=1000)])
    assert books.put("Invoices", fine, unitdp=4)["SubTotal"] == Decimal("123.40")
    cut = books.put("Invoices", fine)
    assert (cut["LineItems"][0]["UnitAmount"], cut["SubTotal"]) == (Decimal("0.12"), 120)


def test_a_four_decimal_price_that_nobody_touches_stays(books: Books):
    made = books.put("Invoices", draft(LineItems=[line("0.1234", Quantity=1000)]), unitdp=4)
    changed = books.post("Invoices", {"InvoiceID": made["InvoiceID"], "Reference": "new"})
    assert changed["SubTotal"] == Decimal("123.40")


def test_a_line_amount_stands_in_for_a_missing_quantity_or_price(books: Books):
    lines = [
        {"Description": "a", "LineAmount": 50, "AccountCode": "200"},
        {"Description": "b", "LineAmount": 50, "UnitAmount": 10, "AccountCode": "200"},
        {"Description": "c", "LineAmount": 50, "Quantity": 4, "AccountCode": "200"},
    ]
    made = books.put("Invoices", draft(LineItems=lines))
    shape = [(one["Quantity"], one["UnitAmount"], one["LineAmount"]) for one in made["LineItems"]]
    assert shape == [(1, 50, 50), (5, 10, 50), (4, Decimal("12.50"), 50)]


def test_a_line_amount_that_contradicts_the_rest_is_refused(books: Books):
    element = draft(LineItems=[line("100", LineAmount=99)])
    assert books.problems("PUT", "Invoices", element) == [
        "The line total 99.00 does not match the expected line total 100.00"
    ]


def test_a_line_of_words_alone_is_no_money(books: Books):
    made = books.put("Invoices", draft(LineItems=[line(), {"Description": "Thank you."}]))
    assert "AccountCode" not in made["LineItems"][1]
    assert made["LineItems"][1]["LineAmount"] == 0


def test_the_tax_amount_can_be_given_up_to_the_line_amount(books: Books):
    made = books.put("Invoices", draft(LineItems=[line("100", TaxAmount=8)]))
    assert made["TotalTax"] == 8
    too_much = draft(LineItems=[line("100", TaxAmount=101)])
    assert books.problems("PUT", "Invoices", too_much) == [
        "The tax amount cannot be greater than the line amount"
    ]


def test_an_item_fills_in_what_the_line_leaves_out(books: Books):
    books.put(
        "Items",
        {
            "Code": "TEA",
            "Name": "Tea",
            "Description": "Leaf tea",
            "SalesDetails": {"UnitPrice": Decimal("12.5"), "AccountCode": "200"},
        },
    )
    made = books.put("Invoices", draft(LineItems=[{"ItemCode": "TEA", "Quantity": 2}]))
    shown = made["LineItems"][0]
    assert (shown["Description"], shown["AccountCode"], shown["LineAmount"]) == (
        "Leaf tea",
        "200",
        25,
    )
    assert shown["Item"]["Code"] == "TEA"
