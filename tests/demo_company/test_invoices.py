from datetime import date

import pytest

from tests.demo_company.books import Books, RefusedError, bill, draft, empty_books, line
from xero_mcp.demo_company.kernel import Json, NotFoundError

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


def test_a_created_invoice_echoes_what_xero_echoes(books: Books):
    made = books.put("Invoices", draft())
    assert {"AccountID", "LineItemID"} <= made["LineItems"][0].keys()
    assert {"SentToContact", "HasErrors", "IsDiscounted", "DateString"} <= made.keys()
    assert len(made["Contact"]["Addresses"]) == 2
    assert len(made["Contact"]["Phones"]) == 4
    left_out = {"Payments", "CreditNotes", "InvoiceAddresses", "AmountCredited", "HasAttachments"}
    assert not left_out & made.keys()
    assert made["Status"] == "DRAFT"


def test_an_invoice_alone_leaves_out_its_empty_payments(books: Books):
    made = books.put("Invoices", draft())
    alone = books.body("GET", "/Invoices/{InvoiceID}", path_ids={"InvoiceID": made["InvoiceID"]})
    shown = alone["Invoices"][0]
    assert not {"Payments", "InvoiceAddresses"} & shown.keys()
    assert {"AmountCredited", "HasAttachments", "CreditNotes"} <= shown.keys()


def test_lists_have_lines_only_when_they_are_paged(books: Books):
    books.put("Invoices", draft())
    whole = books.body("GET", "/Invoices")
    paged = books.body("GET", "/Invoices", page=1)
    assert whole["Invoices"][0]["LineItems"] == []
    assert "pagination" not in whole
    assert len(paged["Invoices"][0]["LineItems"]) == 1
    assert paged["pagination"] == {"page": 1, "pageSize": 100, "pageCount": 1, "itemCount": 1}


def test_a_summary_leaves_out_what_is_costly(books: Books):
    books.put("Invoices", draft())
    shown = books.body("GET", "/Invoices", summaryonly="true")
    assert not {"Payments", "LineItems", "HasAttachments"} & shown["Invoices"][0].keys()
    assert "pagination" in shown


def test_tracking_looks_different_in_lists_and_alone(books: Books):
    category = next(iter(books.company.table("TrackingCategories")), None)
    if category is None:
        category = books.put("TrackingCategories", {"Name": "Region"})
        books.body(
            "PUT",
            "/TrackingCategories/{TrackingCategoryID}/Options",
            {"Options": [{"Name": "North"}]},
            path_ids={"TrackingCategoryID": category["TrackingCategoryID"]},
        )
        category = books.stored("TrackingCategories", category["TrackingCategoryID"])
    tracking = [{"Name": category["Name"], "Option": category["Options"][0]["Name"]}]
    made = books.put("Invoices", draft(LineItems=[line(Tracking=tracking)]))
    listed = books.body("GET", "/Invoices", page=1)["Invoices"][0]["LineItems"][0]["Tracking"][0]
    alone = made["LineItems"][0]["Tracking"][0]
    assert listed["Options"] == []
    assert "TrackingOptionID" not in listed
    assert "TrackingOptionID" in alone
    assert "Options" not in alone


def test_a_sales_invoice_without_a_number_gets_the_next_one(books: Books):
    numbers = [books.put("Invoices", draft())["InvoiceNumber"] for _ in range(2)]
    assert numbers == ["INV-0001", "INV-0002"]


def test_a_number_that_is_taken_is_passed_over(books: Books):
    books.put("Invoices", draft(InvoiceNumber="inv-0001"))
    assert books.put("Invoices", draft())["InvoiceNumber"] == "INV-0002"


def test_a_refused_invoice_uses_up_no_number(books: Books):
    with pytest.raises(RefusedError):
        books.body("PUT", "/Invoices", {"Invoices": [draft(), draft(LineItems=[])]})
    assert books.put("Invoices", draft())["InvoiceNumber"] == "INV-0001"


def test_sales_numbers_are_unique_and_bills_numbers_are_not(books: Books):
    books.put("Invoices", draft(InvoiceNumber="A-1"))
    assert books.problems("PUT", "Invoices", draft(InvoiceNumber="a-1")) == [
        "Invoice # must be unique."
    ]
    first = books.put("Invoices", bill(InvoiceNumber="S-9"))
    second = books.post("Invoices", bill(InvoiceNumber="S-9"))
    assert first["InvoiceID"] != second["InvoiceID"]


def test_post_with_a_known_sales_number_changes_that_invoice(books: Books):
    first = books.put("Invoices", draft(InvoiceNumber="A-1"))
    second = books.post("Invoices", draft(InvoiceNumber="A-1", Reference="again"))
    assert second["InvoiceID"] == first["InvoiceID"]
    assert second["Reference"] == "again"


def test_a_reference_is_for_sales_only(books: Books):
    assert books.put("Invoices", draft(Reference="PO 7"))["Reference"] == "PO 7"
    assert books.put("Invoices", bill(Reference="PO 7"))["Reference"] == ""


def test_an_unknown_name_makes_a_contact_who_is_then_a_customer(books: Books):
    made = books.put("Invoices", draft(Contact={"Name": "Quite New"}))
    contact = books.stored("Contacts", made["Contact"]["ContactID"])
    assert (contact["IsCustomer"], contact["IsSupplier"]) == (True, False)


def test_a_refused_invoice_leaves_no_new_contact_behind(books: Books):
    before = len(books.company.table("Contacts"))
    with pytest.raises(RefusedError):
        books.put("Invoices", draft(Contact={"Name": "Quite New"}, LineItems=[]))
    assert len(books.company.table("Contacts")) == before


def test_a_renamed_contact_has_its_new_name_on_old_invoices(books: Books):
    made = books.put("Invoices", draft())
    books.post("Contacts", {"ContactID": made["Contact"]["ContactID"], "Name": "Larkfield & Co"})
    found = books.body("GET", "/Invoices", where='Contact.Name=="larkfield & co"')["Invoices"]
    assert [one["InvoiceID"] for one in found] == [made["InvoiceID"]]
    assert found[0]["Contact"]["Name"] == "Larkfield & Co"


def test_a_locked_period_refuses_the_document(books: Books):
    made = books.invoice(Date="2026-08-20")
    books.company.organisation["PeriodLockDate"] = date(2026, 8, 31)
    journals = len(books.company.ledger.journals)
    change: Json = {"InvoiceID": made["InvoiceID"]}
    assert books.problems("PUT", "Invoices", draft(Date="2026-08-31")) == [LOCKED]
    assert books.problems("POST", "Invoices", {**change, "Status": "VOIDED"}) == [LOCKED]
    assert books.problems("POST", "Invoices", {**change, "Date": "2026-09-05"}) == [LOCKED]
    assert len(books.company.ledger.journals) == journals
    books.put("Invoices", draft(Date="2026-09-01"))


def test_the_end_of_year_lock_has_its_own_words(books: Books):
    books.company.organisation["EndOfYearLockDate"] = date(2025, 12, 31)
    assert books.problems("PUT", "Invoices", draft(Date="2025-12-31")) == [YEAR_LOCKED]


def test_marking_a_draft_as_sent_is_a_warning(books: Books):
    made = books.put("Invoices", draft(SentToContact=True))
    assert made["StatusAttributeString"] == "WARNING"
    assert made["Warnings"] == [
        {"Message": "Only AUTHORISED invoices may have SentToContact updated."}
    ]
    assert made["SentToContact"] is False
    assert books.invoice(SentToContact=True)["SentToContact"] is True


def test_a_due_date_comes_of_the_contacts_terms(books: Books):
    books.put(
        "Contacts",
        {"Name": "Termly", "PaymentTerms": {"Sales": {"Day": 10, "Type": "OFFOLLOWINGMONTH"}}},
    )
    made = books.invoice(Contact={"Name": "Termly"}, DueDate=None)
    assert made["DueDate"] == date(2026, 10, 10)


def test_a_demo_company_sends_no_mail_unless_it_is_given_a_limit(books: Books):
    contact = {"Name": "Larkfield", "EmailAddress": "books@larkfield.example"}
    made = books.invoice(Contact=contact)
    ids = {"InvoiceID": made["InvoiceID"]}
    with pytest.raises(RefusedError) as refused:
        books.call("POST", "/Invoices/{InvoiceID}/Email", path_ids=ids)
    assert refused.value.messages == ["The daily email limit of the organisation has been reached"]
    books.company.daily_email_limit = 1
    assert books.call("POST", "/Invoices/{InvoiceID}/Email", path_ids=ids).status == 204
    assert books.stored("Invoices", made["InvoiceID"])["SentToContact"] is True
    with pytest.raises(RefusedError):
        books.call("POST", "/Invoices/{InvoiceID}/Email", path_ids=ids)


def test_only_an_approved_sales_invoice_has_a_page_online(books: Books):
    path = "/Invoices/{InvoiceID}/OnlineInvoice"
    approved = books.body("GET", path, path_ids={"InvoiceID": books.invoice()["InvoiceID"]})
    assert approved["OnlineInvoices"][0]["OnlineInvoiceUrl"].startswith("https://in.xero.com/")
    made = books.put("Invoices", draft())
    with pytest.raises(NotFoundError):
        books.call("GET", path, path_ids={"InvoiceID": made["InvoiceID"]})


def test_an_invoice_is_found_by_its_number_too(books: Books):
    made = books.put("Invoices", draft(InvoiceNumber="A-1"))
    found = books.body("GET", "/Invoices/{InvoiceID}", path_ids={"InvoiceID": "A-1"})["Invoices"][0]
    assert found["InvoiceID"] == made["InvoiceID"]
    with pytest.raises(NotFoundError):
        books.call("GET", "/Invoices/{InvoiceID}", path_ids={"InvoiceID": "A-2"})


def test_lists_are_cut_by_the_parameters_that_invoices_have(books: Books):
    first = books.invoice(InvoiceNumber="A-1", Reference="north wing")
    books.clock.advance(minutes=1)
    second = books.put("Invoices", draft(InvoiceNumber="A-2", Contact={"Name": "Bolt Ltd"}))

    def found(**query: object) -> list[str]:
        listed = books.body("GET", "/Invoices", None, None, **query)
        return [one["InvoiceNumber"] for one in listed["Invoices"]]

    assert found(ids=f"{first['InvoiceID'].upper()}") == ["A-1"]
    assert found(invoicenumbers="A-2,A-9") == ["A-2"]
    assert found(contactids=second["Contact"]["ContactID"]) == ["A-2"]
    assert found(statuses="AUTHORISED") == ["A-1"]
    assert found(searchterm="WING", page=1) == ["A-1"]
    assert found(createdbymyapp="true") == ["A-1", "A-2"]
    assert found(order="InvoiceNumber DESC") == ["A-2", "A-1"]
    assert found(where="AmountDue>=100", order="AmountDue") == ["A-1", "A-2"]
