from datetime import date
from decimal import Decimal

import pytest

from tests.demo_company.books import Books, RefusedError, empty_books, line
from tests.demo_company.invariants import check_everything
from xero_mcp.demo_company.kernel import Json, NotFoundError

TODAY = date(2026, 9, 14)


@pytest.fixture
def books() -> Books:
    return empty_books()


def credit_note(books: Books, amount: str = "30", **more: object) -> Json:
    element: Json = {
        "Type": "ACCRECCREDIT",
        "Contact": {"Name": "Larkfield"},
        "Date": "2026-09-02",
        "Status": "AUTHORISED",
        "LineAmountTypes": "NoTax",
        "LineItems": [line(amount)],
    }
    return books.put("CreditNotes", {**element, **more})


def received(books: Books, kind: str, amount: str = "50", **more: object) -> Json:
    """An overpayment or a prepayment, as money that came into the bank."""
    element: Json = {
        "Type": f"RECEIVE-{kind}",
        "Contact": {"Name": "Larkfield"},
        "BankAccount": {"Code": "090"},
        "Date": "2026-09-02",
        "LineAmountTypes": "NoTax",
        "LineItems": [line(amount, code="835" if kind == "PREPAYMENT" else "200")],
    }
    made = books.put("BankTransactions", {**element, **more})
    plural, key = ("Overpayments", "OverpaymentID")
    if kind == "PREPAYMENT":
        plural, key = ("Prepayments", "PrepaymentID")
    return books.stored(plural, made[key])


def allocate(books: Books, plural: str, credit: Json, invoice: Json, amount: object) -> Json:
    key = f"{plural[:-1]}ID"
    element: Json = {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Amount": amount,
        "Date": "2026-09-10",
    }
    body = {"Allocations": [element]}
    path = f"/{plural}/{{{key}}}/Allocations"
    return books.body("PUT", path, body, {key: credit[key]})["Allocations"][0]


def refused(books: Books, plural: str, credit: Json, invoice: Json, amount: object) -> list[str]:
    with pytest.raises(RefusedError) as refusal:
        allocate(books, plural, credit, invoice, amount)
    return refusal.value.messages


def remove(books: Books, plural: str, credit: Json, allocation: Json) -> Json:
    key = f"{plural[:-1]}ID"
    path = f"/{plural}/{{{key}}}/Allocations/{{AllocationID}}"
    path_ids = {key: credit[key], "AllocationID": allocation["AllocationID"]}
    return books.body("DELETE", path, None, path_ids)


def test_a_credit_note_is_the_opposite_of_an_invoice(books: Books):
    note = credit_note(books, LineAmountTypes="Exclusive")
    assert (note["CreditNoteNumber"], note["RemainingCredit"]) == ("CN-0001", note["Total"])
    assert books.balance("610") == -note["Total"]
    assert books.balance("200") == 30


def test_a_credit_note_is_allocated_in_parts(books: Books):
    invoice, note = books.invoice("100"), credit_note(books)
    allocation = allocate(books, "CreditNotes", note, invoice, 20)
    assert (allocation["Amount"], allocation["Invoice"]["InvoiceID"]) == (20, invoice["InvoiceID"])
    after = books.stored("Invoices", invoice["InvoiceID"])
    assert (after["AmountDue"], after["AmountCredited"], after["AmountPaid"]) == (80, 20, 0)
    assert after["CreditNotes"][0]["AppliedAmount"] == 20
    left = books.stored("CreditNotes", note["CreditNoteID"])
    assert (left["RemainingCredit"], left["Status"]) == (10, "AUTHORISED")
    allocate(books, "CreditNotes", note, invoice, 10)
    assert books.stored("CreditNotes", note["CreditNoteID"])["Status"] == "PAID"
    check_everything(books, TODAY)


def test_allocating_in_base_currency_makes_no_journal(books: Books):
    invoice, note = books.invoice("100"), credit_note(books)
    before = len(books.company.ledger.journals)
    allocate(books, "CreditNotes", note, invoice, 20)
    assert len(books.company.ledger.journals) == before


@pytest.mark.parametrize("plural", ["CreditNotes", "Overpayments", "Prepayments"])
def test_what_does_not_fit_is_not_allocated(books: Books, plural: str):
    kind = plural[:-1].upper()
    credit = credit_note(books, "50") if plural == "CreditNotes" else received(books, kind)
    invoice = books.invoice("20")
    assert "Amount exceeds the amount outstanding" in refused(books, plural, credit, invoice, 21)[0]
    big = books.invoice("100")
    assert "Amount exceeds the remaining credit" in refused(books, plural, credit, big, 51)[0]
    assert refused(books, plural, credit, big, 0) == [
        "Amount must be greater than zero and have two decimals at most"
    ]
    other = books.invoice("100", Contact={"Name": "Somebody Else"})
    assert "contact" in refused(books, plural, credit, other, 1)[0]
    owed = books.invoice("9", Type="ACCPAY", LineItems=[line("9", code="400")])
    assert "type" in refused(books, plural, credit, owed, 1)[0]
    unapproved = books.invoice("100", Status="DRAFT")
    assert refused(books, plural, credit, unapproved, 1) == [
        "Credit can only be allocated to authorised documents"
    ]
    nowhere = {"InvoiceID": "11111111-1111-1111-1111-111111111111"}
    assert refused(books, plural, credit, nowhere, 1) == [
        "An existing Invoice with the specified InvoiceID could not be found"
    ]


def test_a_draft_credit_note_cannot_be_allocated(books: Books):
    note = credit_note(books, Status="DRAFT")
    assert refused(books, "CreditNotes", note, books.invoice(), 1) == [
        "Only an AUTHORISED credit note can be allocated"
    ]


@pytest.mark.parametrize("plural", ["CreditNotes", "Overpayments", "Prepayments"])
def test_an_allocation_that_is_deleted_gives_both_sides_back(books: Books, plural: str):
    kind = plural[:-1].upper()
    credit = credit_note(books, "50") if plural == "CreditNotes" else received(books, kind)
    invoice = books.invoice("20")
    allocation = allocate(books, plural, credit, invoice, 20)
    assert books.stored("Invoices", invoice["InvoiceID"])["Status"] == "PAID"
    check_everything(books, TODAY)
    gone = remove(books, plural, credit, allocation)
    assert (gone["IsDeleted"], gone["AllocationID"]) == (True, allocation["AllocationID"])
    assert books.stored("Invoices", invoice["InvoiceID"])["AmountDue"] == 20
    assert books.stored(plural, credit[f"{plural[:-1]}ID"])["RemainingCredit"] == 50
    check_everything(books, TODAY)
    with pytest.raises(NotFoundError):
        remove(books, plural, credit, allocation)


def test_a_credited_invoice_and_its_credit_note_cannot_be_voided(books: Books):
    invoice, note = books.invoice("100"), credit_note(books)
    allocate(books, "CreditNotes", note, invoice, 20)
    for plural, key, document in (
        ("Invoices", "InvoiceID", invoice),
        ("CreditNotes", "CreditNoteID", note),
    ):
        problems = books.problems("POST", plural, {key: document[key], "Status": "VOIDED"})
        assert problems[1] == (
            "This document cannot be edited as it has a payment or credit note allocated to it."
        )


def test_a_refund_takes_money_out_of_the_bank(books: Books):
    note = credit_note(books)
    payment = books.put(
        "Payments",
        {
            "CreditNote": {"CreditNoteID": note["CreditNoteID"]},
            "Account": {"Code": "090"},
            "Amount": 30,
            "Date": "2026-09-10",
        },
    )
    assert payment["PaymentType"] == "ARCREDITPAYMENT"
    assert (books.balance("090"), books.balance("610")) == (-30, 0)
    assert books.stored("CreditNotes", note["CreditNoteID"])["Status"] == "PAID"
    check_everything(books, TODAY)


def test_an_unknown_credit_note_has_xeros_words(books: Books):
    element: Json = {
        "CreditNote": {"CreditNoteID": "11111111-1111-1111-1111-111111111111"},
        "Account": {"Code": "090"},
        "Amount": 30,
    }
    assert books.problems("PUT", "Payments", element) == [
        "An existing Credit Note with the specified CreditNoteID could not be found"
    ]


def test_an_overpayment_stands_on_the_control_account(books: Books):
    over = received(books, "OVERPAYMENT")
    assert (over["RemainingCredit"], over["TotalTax"]) == (50, 0)
    assert over["LineItems"][0]["AccountCode"] == "610"
    assert (books.balance("610"), books.balance("090"), books.balance("200")) == (-50, 50, 0)


def test_a_prepayment_stands_on_its_own_account_until_it_is_allocated(books: Books):
    pre = received(books, "PREPAYMENT")
    assert (books.balance("835"), books.balance("610")) == (-50, 0)
    allocate(books, "Prepayments", pre, books.invoice("100"), 50)
    assert (books.balance("835"), books.balance("610")) == (0, 50)
    check_everything(books, TODAY)


def test_the_tax_of_a_prepayment_goes_back_with_it(books: Books):
    lines = [line("100", code="200"), line("33.33", code="260")]
    pre = received(books, "PREPAYMENT", LineAmountTypes="Exclusive", LineItems=lines)
    tax = books.balance("820")
    invoice = books.invoice("500")
    for _ in range(3):
        allocate(books, "Prepayments", pre, invoice, Decimal("40.00"))
        check_everything(books, TODAY)
    left = books.stored("Prepayments", pre["PrepaymentID"])["RemainingCredit"]
    allocate(books, "Prepayments", pre, invoice, left)
    assert tax < 0
    assert books.balance("820") == 0
    assert books.balance("200") == -500
    assert books.balance("260") == 0


def test_deleting_the_money_voids_the_credit_unless_it_is_used(books: Books):
    pre = received(books, "PREPAYMENT")
    money = next(iter(books.company.table("BankTransactions")))
    change = {"BankTransactionID": money["BankTransactionID"], "Status": "DELETED"}
    allocation = allocate(books, "Prepayments", pre, books.invoice(), 10)
    assert books.problems("POST", "BankTransactions", change) == [
        "This document cannot be edited as it has a payment or credit note allocated to it."
    ]
    remove(books, "Prepayments", pre, allocation)
    assert books.post("BankTransactions", change)["Status"] == "DELETED"
    voided = books.stored("Prepayments", pre["PrepaymentID"])
    assert (voided["Status"], voided["RemainingCredit"]) == ("VOIDED", 0)
    assert books.balance("090") == books.balance("835") == 0


def test_a_credit_in_another_rate_than_its_invoice_makes_a_gain_or_loss():
    books = empty_books("UK")
    money = {"CurrencyCode": "EUR"}
    invoice = books.invoice("120", **money, CurrencyRate=Decimal("1.2"))
    note = credit_note(books, "120", **money, CurrencyRate=Decimal("1.5"))
    allocate(books, "CreditNotes", note, invoice, 120)
    assert (books.balance("610"), books.balance("499")) == (0, 20)
    check_everything(books, TODAY)


def test_a_credit_in_another_currency_is_not_allocated():
    books = empty_books("UK")
    note = credit_note(books, CurrencyCode="EUR")
    problems = refused(books, "CreditNotes", note, books.invoice(), 1)
    assert problems == [
        "The currency of the credit note does not match the currency of the invoice"
    ]
