import json
from datetime import date
from decimal import Decimal

import pytest

from tests.demo_company.books import Books, RefusedError, bill, draft, empty_books, line
from tests.demo_company.invariants import check_everything
from xero_mcp.demo_company.kernel import ZERO_ID, Json
from xero_mcp.demo_company.wire.encode import encode_json

LOCKED = "The document date cannot be before the period lock date, currently set at 31 August 2026"
YEAR_LOCKED = (
    "The document date cannot be before the end of year lock date, currently set at "
    "31 December 2025"
)
NOT_VALID = "Invoice not of valid status for modification"
HAS_PAYMENT = "This document cannot be edited as it has a payment or credit note allocated to it."
NEEDS_A_NAME = (
    "The Contact must contain at least 1 of the following elements to identify the contact: "
    "Name, ContactID, ContactNumber"
)
ARCHIVED_ACCOUNT = (
    "Account code '408' has been archived or has been deleted. "
    "Each line item must reference a valid account."
)
ARCHIVED_CONTACT = (
    "The contact with the specified contact details has been archived. The contact must be "
    "un-archived before creating new invoices or credit notes."
)


@pytest.fixture
def books() -> Books:
    return empty_books()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"Contact": {}},
            NEEDS_A_NAME,
        ),
        ({"LineItems": []}, "One or more line items must be specified"),
        (
            {"LineItems": [line(code="9999")]},
            "Account code '9999' is not a valid code for this document.",
        ),
        (
            {"LineItems": [line(code="090")]},
            "Account code '090' is not a valid code for this document.",
        ),
        (
            {"LineItems": [line(code="610")]},
            "Account code '610' is not a valid code for this document.",
        ),
        (
            {"LineItems": [line(TaxType="INPUT")]},
            "The TaxType code 'INPUT' cannot be used with account code '200'.",
        ),
        (
            {"LineItems": [line(TaxType="NOPE")]},
            "The TaxType code 'NOPE' cannot be used with account code '200'.",
        ),
        (
            {"LineItems": [line(Quantity=-1)]},
            "The quantity value '-1' is invalid. Quantity must not be less than zero.",
        ),
        ({"LineItems": [line("-5")]}, "The document total must not be negative"),
        ({"LineItems": [line(ItemCode="NONE")]}, "Item code 'NONE' is not valid"),
        ({"CurrencyCode": "EUR"}, "Organisation is not subscribed to currency EUR"),
        ({"Status": "AUTHORISED", "DueDate": None}, "The document DueDate field must be specified"),
        ({"Status": "PAID"}, NOT_VALID),
        ({"Status": "VOIDED"}, NOT_VALID),
        ({"LineAmountTypes": "Sometimes"}, "LineAmountTypes 'Sometimes' is not valid"),
        (
            {"Status": "AUTHORISED", "LineItems": [{"Description": "x", "UnitAmount": 1}]},
            "Account code must be specified",
        ),
    ],
)
def test_what_breaks_a_rule_is_refused_in_xeros_words(books: Books, change: Json, problem: str):
    assert problem in books.problems("PUT", "Invoices", draft(**change))
    assert len(books.company.table("Invoices")) == 0


def test_all_that_is_wrong_is_said_at_once(books: Books):
    element = draft(CurrencyCode="EUR", LineItems=[line(code="9999"), line(TaxType="NOPE")])
    assert len(books.problems("PUT", "Invoices", element)) == 3


def test_an_archived_account_says_so(books: Books):
    account = books.stored("Accounts", books.account("408"))
    books.company.table("Accounts").put({**account, "Status": "ARCHIVED"})
    assert books.problems("PUT", "Invoices", bill(LineItems=[line(code="408")])) == [
        ARCHIVED_ACCOUNT
    ]


def test_an_archived_contact_gets_no_invoice(books: Books):
    made = books.put("Contacts", {"Name": "Gone"})
    books.post("Contacts", {"ContactID": made["ContactID"], "ContactStatus": "ARCHIVED"})
    assert books.problems("PUT", "Invoices", draft(Contact={"ContactID": made["ContactID"]})) == [
        ARCHIVED_CONTACT
    ]


def test_a_refused_new_invoice_carries_the_zero_id_and_its_lines(books: Books):
    with pytest.raises(RefusedError) as refused:
        books.put("Invoices", draft(CurrencyCode="EUR"))
    echo = refused.value.elements[0]
    assert echo["InvoiceID"] == ZERO_ID
    assert echo["LineItems"][0]["LineAmount"] == 100
    assert (echo["HasErrors"], echo["Payments"]) == (True, [])


def test_elements_fare_on_their_own_when_errors_are_not_summarised(books: Books):
    body = {"Invoices": [draft(), draft(LineItems=[])]}
    shown = books.body("PUT", "/Invoices", body, summarizeerrors="false")["Invoices"]
    assert [one["StatusAttributeString"] for one in shown] == ["OK", "ERROR"]
    assert shown[1]["HasErrors"] is True
    assert shown[1]["ValidationErrors"] == [{"Message": "One or more line items must be specified"}]
    assert len(books.company.table("Invoices")) == 1


def test_a_summarised_error_saves_nothing_of_the_call(books: Books):
    with pytest.raises(RefusedError):
        books.body("PUT", "/Invoices", {"Invoices": [draft(), draft(LineItems=[])]})
    assert len(books.company.table("Invoices")) == 0
    assert books.company.ledger.journals == []


def test_a_refused_update_echoes_the_status_that_was_asked_for(books: Books):
    made = books.invoice()
    body = {"Invoices": [{"InvoiceID": made["InvoiceID"], "Status": "DELETED"}]}
    shown = books.body("POST", "/Invoices", body, summarizeerrors="false")["Invoices"][0]
    assert (shown["StatusAttributeString"], shown["Status"]) == ("ERROR", "DELETED")
    assert shown["ValidationErrors"] == [{"Message": NOT_VALID}]
    assert books.stored("Invoices", made["InvoiceID"])["Status"] == "AUTHORISED"


MOVES = {
    "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"SUBMITTED", "AUTHORISED", "DRAFT", "DELETED"},
    "AUTHORISED": {"AUTHORISED", "VOIDED"},
    "VOIDED": set[str](),
    "DELETED": set[str](),
}
STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED", "VOIDED", "DELETED")


@pytest.mark.parametrize("after", STATUSES)
@pytest.mark.parametrize("before", STATUSES)
def test_a_status_goes_only_where_xero_lets_it(books: Books, before: str, after: str):
    start = {"VOIDED": "AUTHORISED", "DELETED": "DRAFT"}.get(before, before)
    made = books.put("Invoices", draft(Status=start))
    if start != before:
        books.post("Invoices", {"InvoiceID": made["InvoiceID"], "Status": before})
    change = {"InvoiceID": made["InvoiceID"], "Status": after}
    if after in MOVES[before]:
        assert books.post("Invoices", change)["Status"] == after
    else:
        assert books.problems("POST", "Invoices", change) == [NOT_VALID]


def test_only_an_approved_invoice_is_in_the_books(books: Books):
    made = books.put("Invoices", draft())
    assert books.company.ledger.journals == []
    books.post("Invoices", {"InvoiceID": made["InvoiceID"], "Status": "AUTHORISED"})
    assert (books.balance("610"), books.balance("200"), books.balance("820")) == (
        Decimal("108.25"),
        -100,
        Decimal("-8.25"),
    )


def test_a_void_takes_it_out_of_the_books_and_still_answers_what_was_due(books: Books):
    made = books.invoice("100")
    voided = books.post("Invoices", {"InvoiceID": made["InvoiceID"], "Status": "VOIDED"})
    assert voided["AmountDue"] == 100
    assert books.stored("Invoices", made["InvoiceID"])["AmountDue"] == 0
    assert books.balance("610") == books.balance("200") == 0
    check_everything(books, date(2026, 9, 14))


def test_a_zero_invoice_is_paid_as_soon_as_it_is_approved(books: Books):
    made = books.invoice("0")
    assert (made["Status"], made["AmountDue"]) == ("PAID", 0)


def test_an_approved_invoice_that_changes_changes_the_books(books: Books):
    made = books.invoice("100")
    books.post("Invoices", {"InvoiceID": made["InvoiceID"], "LineItems": [line("70", code="260")]})
    assert (books.balance("610"), books.balance("200"), books.balance("260")) == (70, 0, -70)


def test_lines_left_out_of_a_sent_list_are_deleted_and_no_list_keeps_them(books: Books):
    made = books.put("Invoices", draft(LineItems=[line("10"), line("20")]))
    kept = made["LineItems"][1]["LineItemID"]
    change: Json = {"InvoiceID": made["InvoiceID"], "Reference": "no lines sent"}
    assert books.post("Invoices", change)["SubTotal"] == 30
    change["LineItems"] = [{"LineItemID": kept, "Quantity": 3}, line("5")]
    after = books.post("Invoices", change)
    assert after["SubTotal"] == 65
    assert after["LineItems"][0]["LineItemID"] == kept
    assert after["LineItems"][0]["Description"] == "Work"
    assert after["LineItems"][1]["LineItemID"] not in {
        one["LineItemID"] for one in made["LineItems"]
    }


def test_what_was_read_can_be_sent_back_unchanged(books: Books):
    made = books.invoice("33.33", LineAmountTypes="Inclusive")
    path_ids = {"InvoiceID": made["InvoiceID"]}
    read = books.body("GET", "/Invoices/{InvoiceID}", path_ids=path_ids)["Invoices"][0]
    again = books.post("Invoices", json.loads(encode_json(read), parse_float=Decimal))
    assert again["Total"] == made["Total"]
    assert again["LineItems"] == made["LineItems"]


def test_changing_how_amounts_are_taxed_works_the_tax_out_again(books: Books):
    made = books.put("Invoices", draft(LineAmountTypes="NoTax"))
    change = {"InvoiceID": made["InvoiceID"], "LineAmountTypes": "Exclusive"}
    assert books.post("Invoices", change)["TotalTax"] == Decimal("8.25")
    change["LineAmountTypes"] = "Inclusive"
    after = books.post("Invoices", change)
    assert (after["TotalTax"], after["Total"]) == (Decimal("7.62"), 100)


def test_a_tax_amount_that_was_given_outlives_another_account(books: Books):
    made = books.put("Invoices", draft(Status="AUTHORISED", LineItems=[line(TaxAmount=8)]))
    line_id = made["LineItems"][0]["LineItemID"]
    change: Json = {"InvoiceID": made["InvoiceID"]}
    moved = {**change, "LineItems": [{"LineItemID": line_id, "AccountCode": "260"}]}
    assert books.post("Invoices", moved)["TotalTax"] == 8
    dearer = {**change, "LineItems": [{"LineItemID": line_id, "UnitAmount": 200}]}
    assert books.post("Invoices", dearer)["TotalTax"] == Decimal("16.50")


def test_a_part_paid_invoice_changes_only_in_its_words(books: Books):
    made = books.invoice("100")
    books.pay(made, 40)
    change: Json = {"InvoiceID": made["InvoiceID"]}
    after = books.post("Invoices", {**change, "Reference": "paid in part", "DueDate": "2026-10-01"})
    assert (after["Reference"], after["AmountDue"]) == ("paid in part", 60)
    line_id = made["LineItems"][0]["LineItemID"]
    moved = {**change, "LineItems": [{"LineItemID": line_id, "AccountCode": "260"}]}
    assert books.post("Invoices", moved)["LineItems"][0]["AccountCode"] == "260"
    assert (books.balance("200"), books.balance("260")) == (0, -100)
    for refused in (
        {"LineItems": [{"LineItemID": line_id, "UnitAmount": 90}]},
        {"Date": "2026-09-02"},
        {"LineItems": [line("60"), line("40")]},
    ):
        assert books.problems("POST", "Invoices", {**change, **refused}) == [HAS_PAYMENT]
    voiding = books.problems("POST", "Invoices", {**change, "Status": "VOIDED"})
    assert voiding == [NOT_VALID, HAS_PAYMENT]
    check_everything(books, date(2026, 9, 14))
