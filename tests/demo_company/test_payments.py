from datetime import date
from decimal import Decimal

import pytest

from tests.demo_company.books import Books, RefusedError, bill, draft, empty_books
from tests.demo_company.invariants import check_everything
from xero_mcp.demo_company.kernel import Json, NotFoundError

TODAY = date(2026, 9, 14)
EXCEEDS = "Payment amount exceeds the amount outstanding on this document"
NOT_AUTHORISED = "Payments can only be made against authorised documents"


@pytest.fixture
def books() -> Books:
    return empty_books()


def payment_of(invoice: Json, amount: object = 40, **more: object) -> Json:
    return {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"Code": "090"},
        "Amount": amount,
        "Date": "2026-09-10",
        **more,
    }


def delete(books: Books, payment_id: str, status: str = "DELETED") -> Json:
    path_ids = {"PaymentID": payment_id}
    body = books.body("POST", "/Payments/{PaymentID}", {"Status": status}, path_ids)
    return body["Payments"][0]


def test_a_payment_pays_part_of_an_invoice_and_then_the_rest(books: Books):
    invoice = books.invoice("100")
    books.pay(invoice, 40)
    part = books.stored("Invoices", invoice["InvoiceID"])
    assert (part["Status"], part["AmountDue"], part["AmountPaid"]) == ("AUTHORISED", 60, 40)
    books.pay(invoice, 60, Date="2026-09-12")
    whole = books.stored("Invoices", invoice["InvoiceID"])
    assert (whole["Status"], whole["AmountDue"]) == ("PAID", 0)
    assert whole["FullyPaidOnDate"] == date(2026, 9, 12)
    assert len(whole["Payments"]) == 2
    assert (books.balance("090"), books.balance("610")) == (100, 0)


def test_a_bill_is_paid_out_of_the_bank(books: Books):
    made = books.put("Invoices", bill(Status="AUTHORISED", LineAmountTypes="NoTax"))
    payment = books.put("Payments", payment_of(made, 100))
    assert payment["PaymentType"] == "ACCPAYPAYMENT"
    assert (books.balance("090"), books.balance("800"), books.balance("400")) == (-100, 0, 100)


def test_an_invoice_can_be_named_by_its_number(books: Books):
    invoice = books.invoice("100")
    for named in (
        {"Invoice": {"InvoiceNumber": invoice["InvoiceNumber"]}},
        {"InvoiceNumber": invoice["InvoiceNumber"], "Invoice": None},
    ):
        paid = books.put("Payments", {**payment_of(invoice, 10), **named})
        assert paid["Invoice"]["InvoiceID"] == invoice["InvoiceID"]


def test_the_answer_holds_the_invoice_as_it_now_is(books: Books):
    paid = books.pay(books.invoice("100"), 40)
    assert paid["Invoice"]["AmountDue"] == 60
    assert (paid["Status"], paid["BankAmount"], paid["HasValidationErrors"]) == (
        "AUTHORISED",
        40,
        False,
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"Amount": Decimal("100.01")}, EXCEEDS),
        ({"Amount": 0}, "The Payment Amount must be greater than zero"),
        ({"Amount": -5}, "The Payment Amount must be greater than zero"),
        ({"Amount": Decimal("1.005")}, "The Payment Amount must have two decimals at most"),
        ({"Account": {"Code": "9999"}}, "Account could not be found"),
        ({"Account": None}, "Account could not be found"),
        ({"Account": {"Code": "200"}}, "Account code '200' is not a valid code for this document."),
    ],
)
def test_a_payment_that_cannot_be_is_refused(books: Books, change: Json, problem: str):
    element = {**payment_of(books.invoice("100")), **change}
    assert books.problems("PUT", "Payments", element) == [problem]
    assert len(books.company.table("Payments")) == 0


def test_an_account_that_takes_payments_can_be_paid_into(books: Books):
    account = books.stored("Accounts", books.account("880"))
    books.company.table("Accounts").put({**account, "EnablePaymentsToAccount": True})
    books.pay(books.invoice("100"), 100, code="880")
    assert books.balance("880") == 100


def test_only_an_approved_invoice_can_be_paid(books: Books):
    made = books.put("Invoices", draft())
    assert books.problems("PUT", "Payments", payment_of(made)) == [NOT_AUTHORISED]


def test_a_paid_invoice_takes_no_more(books: Books):
    invoice = books.invoice("100")
    books.pay(invoice, 100)
    assert books.problems("PUT", "Payments", payment_of(invoice, 1)) == [EXCEEDS]


def test_two_payments_in_one_call_cannot_pay_twice(books: Books):
    invoice = books.invoice("100")
    element = payment_of(invoice, 60)
    with pytest.raises(RefusedError):
        books.body("PUT", "/Payments", {"Payments": [element, element]})
    assert books.stored("Invoices", invoice["InvoiceID"])["AmountDue"] == 100
    body = {"Payments": [element, element]}
    shown = books.body("PUT", "/Payments", body, summarizeerrors="false")["Payments"]
    assert [one["StatusAttributeString"] for one in shown] == ["OK", "ERROR"]
    assert shown[1]["HasValidationErrors"] is True
    assert books.stored("Invoices", invoice["InvoiceID"])["AmountDue"] == 40


def test_an_unknown_invoice_is_refused(books: Books):
    element = {**payment_of({"InvoiceID": "11111111-1111-1111-1111-111111111111"})}
    assert books.problems("PUT", "Payments", element) == [
        "An existing Invoice with the specified InvoiceID could not be found"
    ]


def test_a_payment_must_be_of_something(books: Books):
    element = {"Account": {"Code": "090"}, "Amount": 1}
    assert books.problems("PUT", "Payments", element) == [
        "A payment must be for an Invoice, a CreditNote, a Prepayment or an Overpayment"
    ]


def test_a_deleted_payment_opens_its_invoice_again(books: Books):
    invoice = books.invoice("100")
    first, second = books.pay(invoice, 40), books.pay(invoice, 60)
    assert delete(books, second["PaymentID"])["Status"] == "DELETED"
    opened = books.stored("Invoices", invoice["InvoiceID"])
    assert (opened["Status"], opened["AmountDue"]) == ("AUTHORISED", 60)
    assert "FullyPaidOnDate" not in opened
    assert [one["PaymentID"] for one in opened["Payments"]] == [first["PaymentID"]]
    assert books.balance("090") == 40
    check_everything(books, TODAY)


def test_a_payment_is_deleted_once_and_changed_never(books: Books):
    payment = books.pay(books.invoice("100"), 40)
    with pytest.raises(RefusedError) as changed:
        delete(books, payment["PaymentID"], status="AUTHORISED")
    assert changed.value.messages == [
        "Payments cannot be edited: only a Status of DELETED can be sent"
    ]
    delete(books, payment["PaymentID"])
    with pytest.raises(RefusedError) as again:
        delete(books, payment["PaymentID"])
    assert again.value.messages == ["The payment has already been deleted"]
    with pytest.raises(NotFoundError):
        delete(books, "11111111-1111-1111-1111-111111111111")


def test_a_locked_period_takes_no_payment_and_gives_none_back(books: Books):
    invoice = books.invoice("100")
    payment = books.pay(invoice, 40, Date="2026-09-02")
    books.company.organisation["PeriodLockDate"] = date(2026, 9, 5)
    locked = (
        "The document date cannot be before the period lock date, currently set at 5 September 2026"
    )
    assert books.problems("PUT", "Payments", payment_of(invoice, 1, Date="2026-09-05")) == [locked]
    with pytest.raises(RefusedError) as refused:
        delete(books, payment["PaymentID"])
    assert refused.value.messages == [locked]


def test_a_list_shows_the_outline_of_what_was_paid(books: Books):
    books.pay(books.invoice("100"), 40)
    shown = books.body("GET", "/Payments", where='PaymentType=="ACCRECPAYMENT"')["Payments"][0]
    assert shown["Invoice"]["LineItems"] == []
    assert shown["Invoice"]["Contact"]["Name"] == "Larkfield"


# --- batches


def batch_of(*pairs: tuple[Json, object], **more: object) -> Json:
    payments = [
        {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": amount}
        for invoice, amount in pairs
    ]
    return {"Account": {"Code": "090"}, "Date": "2026-09-10", "Payments": payments, **more}


def test_a_batch_pays_many_invoices_at_once(books: Books):
    first, second = books.invoice("100"), books.invoice("50")
    batch = books.put("BatchPayments", batch_of((first, 100), (second, 20)))
    assert (batch["Type"], batch["TotalAmount"], batch["Status"]) == (
        "RECBATCH",
        120,
        "AUTHORISED",
    )
    assert books.stored("Invoices", first["InvoiceID"])["Status"] == "PAID"
    assert books.stored("Invoices", second["InvoiceID"])["AmountDue"] == 30
    assert books.balance("090") == 120


def test_a_batch_is_all_or_nothing(books: Books):
    first, second = books.invoice("100"), books.invoice("50")
    assert books.problems("PUT", "BatchPayments", batch_of((first, 100), (second, 51))) == [EXCEEDS]
    assert books.stored("Invoices", first["InvoiceID"])["AmountDue"] == 100
    assert len(books.company.table("Payments")) == 0


def test_a_batch_cannot_mix_invoices_and_bills(books: Books):
    owed = books.put("Invoices", bill(Status="AUTHORISED"))
    assert books.problems("PUT", "BatchPayments", batch_of((books.invoice(), 1), (owed, 1))) == [
        "A batch payment cannot mix invoices and bills"
    ]


def test_a_deleted_batch_takes_back_all_its_payments(books: Books):
    invoice = books.invoice("100")
    batch = books.put("BatchPayments", batch_of((invoice, 70)))
    payment = batch["Payments"][0]
    with pytest.raises(RefusedError) as refused:
        delete(books, payment["PaymentID"])
    assert refused.value.messages == [
        "The payment is part of a batch payment: delete the batch payment instead"
    ]
    change = {"BatchPaymentID": batch["BatchPaymentID"], "Status": "DELETED"}
    assert books.post("BatchPayments", change)["Status"] == "DELETED"
    assert books.stored("Invoices", invoice["InvoiceID"])["AmountDue"] == 100
    assert books.problems("POST", "BatchPayments", change) == [
        "The batch payment has already been deleted"
    ]
    check_everything(books, TODAY)
