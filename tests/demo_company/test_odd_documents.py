"""Values at the edges: too big, too long, unknown, out of time."""

from datetime import date
from decimal import Decimal

import pytest

from tests.demo_company.books import Books, bill, draft, empty_books, line
from tests.demo_company.invariants import check_everything
from xero_mcp.demo_company.contact_terms import due_day
from xero_mcp.demo_company.kernel import Json, NotFoundError
from xero_mcp.demo_company.lines import MAX_AMOUNT, MAX_DESCRIPTION
from xero_mcp.demo_company.trade_read import MAX_LINES

TOO_LARGE = "The line amount is too large"
NOBODY = "11111111-1111-1111-1111-111111111111"
HUGE = MAX_AMOUNT - 1


@pytest.fixture
def books() -> Books:
    return empty_books("UK")


def tracking(*names: tuple[str, str]) -> Json:
    return draft(LineItems=[line(Tracking=[{"Name": n, "Option": o} for n, o in names])])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"LineItems": [line(str(MAX_AMOUNT))]}, TOO_LARGE),
        ({"LineItems": [line(str(HUGE), Quantity=2)]}, TOO_LARGE),
        ({"LineItems": [line("1", Quantity=MAX_AMOUNT)]}, TOO_LARGE),
        ({"LineItems": [line(str(HUGE)), line(str(HUGE))]}, "The document total is too large"),
        (
            {"LineItems": [line(TaxAmount=MAX_AMOUNT)]},
            "The tax amount cannot be greater than the line amount",
        ),
        (
            {"LineItems": [line(TaxAmount=-1)]},
            "The tax amount cannot be greater than the line amount",
        ),
        ({"LineItems": [line(DiscountRate=101)]}, "The DiscountRate must be between 0 and 100"),
        (
            {"LineItems": [line("10", DiscountAmount=11)]},
            "The DiscountAmount must be between 0 and the line amount",
        ),
        (
            {"LineItems": [line(Description="x" * (MAX_DESCRIPTION + 1))]},
            "The field Description must not be longer than 4000 characters",
        ),
        ({"LineItems": [line()] * (MAX_LINES + 1)}, "At most 1000 line items are allowed"),
        (
            {"InvoiceNumber": "x" * 256},
            "The field InvoiceNumber must not be longer than 255 characters",
        ),
        ({"BrandingThemeID": NOBODY}, "The BrandingThemeID could not be found"),
        ({"Date": "1899-12-31"}, "The Date must be between 1900-01-01 and 2199-12-31"),
        ({"DueDate": "2200-01-01"}, "The DueDate must be between 1900-01-01 and 2199-12-31"),
        ({"Status": "ODD"}, "Status 'ODD' is not valid"),
        ({"Type": "ACCBOTH"}, "Type must be one of ACCREC, ACCPAY"),
        ({"Type": None}, "Invoice type must be specified"),
    ],
)
def test_an_odd_value_is_refused(books: Books, change: Json, problem: str):
    assert problem in books.problems("PUT", "Invoices", draft(**change))


def test_the_largest_amounts_stay_exact(books: Books):
    made = books.invoice(str(HUGE), CurrencyCode="EUR", CurrencyRate=Decimal("0.000001"))
    assert books.balance("610") == HUGE * 1_000_000
    books.pay(made, Decimal("0.01"), code="092", CurrencyRate=Decimal("999999.999999"))
    check_everything(books, date(2026, 9, 14))


def test_tracking_must_be_known_and_used_once(books: Books):
    first, second = list(books.company.table("TrackingCategories"))
    option: str = first["Options"][0]["Name"]
    other: str = first["Options"][1]["Name"]
    name: str = first["Name"]
    assert books.problems("PUT", "Invoices", tracking(("Nowhere", "x"))) == [
        "The tracking option for 'Nowhere' could not be found"
    ]
    assert books.problems("PUT", "Invoices", tracking((name, "x"))) == [
        f"The tracking option for '{name}' could not be found"
    ]
    twice = books.problems("PUT", "Invoices", tracking((name, option), (name, other)))
    assert twice == ["A tracking category can be used only once on a line"]
    three = [(name, option), (second["Name"], second["Options"][0]["Name"]), (name, other)]
    assert books.problems("PUT", "Invoices", tracking(*three))[0] == (
        "A maximum of 2 tracking categories can be used on a line"
    )


def test_tracking_can_be_named_by_its_ids(books: Books):
    category = next(iter(books.company.table("TrackingCategories")))
    option: Json = category["Options"][0]
    named = {
        "TrackingCategoryID": category["TrackingCategoryID"],
        "TrackingOptionID": option["TrackingOptionID"],
    }
    made = books.put("Invoices", draft(LineItems=[line(Tracking=[named])]))
    assert made["LineItems"][0]["Tracking"][0]["Option"] == option["Name"]


@pytest.mark.parametrize(
    ("kind", "day", "due"),
    [
        ("DAYSAFTERBILLDATE", 10, date(2026, 1, 30)),
        ("DAYSAFTERBILLMONTH", 10, date(2026, 2, 10)),
        ("OFCURRENTMONTH", 31, date(2026, 1, 31)),
        ("OFFOLLOWINGMONTH", 31, date(2026, 2, 28)),
        ("", 31, None),
    ],
)
def test_terms_give_a_due_date(kind: str, day: int, due: date | None):
    contact: Json = {"PaymentTerms": {"Bills": {"Type": kind, "Day": day}}}
    assert due_day(contact, date(2026, 1, 20), sales=False) == due
    assert due_day(contact, date(2026, 1, 20), sales=True) is None
    assert due_day({}, date(2026, 1, 20), sales=True) is None


def test_a_contacts_own_defaults_fill_in_a_line(books: Books):
    books.put(
        "Contacts",
        {
            "Name": "Larkfield",
            "SalesDefaultAccountCode": "260",
            "AccountsReceivableTaxType": "ZERORATEDOUTPUT",
        },
    )
    made = books.put("Invoices", draft(LineItems=[{"Description": "x", "UnitAmount": 5}]))
    shown = made["LineItems"][0]
    assert (shown["AccountCode"], shown["TaxType"]) == ("260", "ZERORATEDOUTPUT")


def test_an_unknown_id_in_a_post_is_refused(books: Books):
    for plural in ("Invoices", "CreditNotes", "BankTransactions", "ManualJournals"):
        element = {f"{plural[:-1]}ID": NOBODY, "Status": "DELETED"}
        assert "could not be found" in books.problems("POST", plural, element)[0]
    for plural in ("BankTransfers", "BatchPayments"):
        element = {f"{plural[:-1]}ID": NOBODY, "Status": "DELETED"}
        assert "could not be found" in books.problems("POST", plural, element)[0]


def test_an_unknown_id_in_the_path_is_not_found(books: Books):
    for method, plural, key in (
        ("GET", "Payments", "PaymentID"),
        ("POST", "Invoices", "InvoiceID"),
        ("POST", "CreditNotes", "CreditNoteID"),
        ("POST", "BankTransactions", "BankTransactionID"),
        ("POST", "BankTransfers", "BankTransferID"),
        ("POST", "BatchPayments", "BatchPaymentID"),
        ("POST", "ManualJournals", "ManualJournalID"),
        ("GET", "Overpayments", "OverpaymentID"),
        ("GET", "Journals", "JournalID"),
    ):
        with pytest.raises(NotFoundError):
            books.call(method, f"/{plural}/{{{key}}}", {"Status": "DELETED"}, {key: NOBODY})


def test_credits_are_found_by_what_they_refer_to(books: Books):
    for kind, name in (("OVERPAYMENT", "references"), ("PREPAYMENT", "invoicenumbers")):
        plural = f"{kind.capitalize()}s"
        for reference in ("R-1", "R-2"):
            books.put(
                "BankTransactions",
                {
                    "Type": f"RECEIVE-{kind}",
                    "Contact": {"Name": "Larkfield"},
                    "BankAccount": {"Code": "090"},
                    "Reference": reference,
                    "LineItems": [line("10")],
                },
            )
        found = books.body("GET", f"/{plural}", None, None, **{name: "r-1"})[plural]
        assert [one["Reference"] for one in found] == ["R-1"]
        assert len(books.body("GET", f"/{plural}")[plural]) == 2


def test_a_bill_entered_twice_is_two_bills(books: Books):
    made = [books.put("Invoices", bill(InvoiceNumber="BL-7781")) for _ in range(2)]
    assert made[0]["InvoiceID"] != made[1]["InvoiceID"]
    assert [one["InvoiceNumber"] for one in made] == ["BL-7781", "BL-7781"]


def test_a_credit_note_is_changed_and_found_by_its_number(books: Books):
    note = draft(Type="ACCRECCREDIT", CreditNoteNumber="CN-9")
    first = books.put("CreditNotes", note)
    assert books.problems("PUT", "CreditNotes", note) == ["Credit note number must be unique."]
    second = books.post("CreditNotes", {**note, "Reference": "again"})
    assert second["CreditNoteID"] == first["CreditNoteID"]
    alone = books.body("GET", "/CreditNotes/{CreditNoteID}", None, {"CreditNoteID": "cn-9"})
    assert alone["CreditNotes"][0]["Reference"] == "again"
