import pytest

from tests.demo_company.books import Books, draft, empty_books
from tests.demo_company.box import open_box
from xero_mcp.demo_company.kernel import RefusedError


@pytest.fixture
def books() -> Books:
    return empty_books()


def test_fifty_elements_are_a_call_and_one_more_is_too_many(books: Books):
    body = {"Invoices": [draft() for _ in range(50)]}
    assert len(books.body("PUT", "/Invoices", body)["Invoices"]) == 50
    with pytest.raises(RefusedError) as refused:
        books.body("PUT", "/Invoices", {"Invoices": [draft() for _ in range(51)]})
    assert refused.value.status == 400
    assert len(books.company.table("Invoices")) == 50


@pytest.mark.parametrize("body", [{"Invoices": []}, [], "text", 5, {"Invoices": "none"}])
def test_a_call_without_elements_is_refused(books: Books, body: object):
    with pytest.raises(RefusedError) as refused:
        books.body("PUT", "/Invoices", body)
    assert refused.value.status == 400


def test_an_envelope_a_list_and_a_single_object_are_all_taken(books: Books):
    for body in ({"Invoices": [draft()]}, [draft()], draft()):
        assert len(books.body("PUT", "/Invoices", body)["Invoices"]) == 1


def test_an_answer_to_summarised_writes_says_nothing_of_each_element(books: Books):
    assert "StatusAttributeString" not in books.put("Invoices", draft())
    shown = books.put("Invoices", draft(), summarizeerrors="false")
    assert shown["StatusAttributeString"] == "OK"


def test_every_write_tells_webhooks_what_it_made(books: Books):
    made = books.call("PUT", "/Invoices", {"Invoices": [draft(Contact={"Name": "New One"})]})
    assert [(event.category, event.kind) for event in made.events] == [
        ("CONTACT", "CREATE"),
        ("INVOICE", "CREATE"),
    ]
    invoice = books.invoice("100")
    payment = {
        "Invoice": {"InvoiceID": invoice["InvoiceID"]},
        "Account": {"Code": "090"},
        "Amount": 1,
    }
    paid = books.call("PUT", "/Payments", {"Payments": [payment]})
    assert [(event.category, event.kind, event.id) for event in paid.events] == [
        ("INVOICE", "UPDATE", invoice["InvoiceID"])
    ]


async def test_emails_can_be_allowed_when_the_demo_company_is_opened():
    async with open_box(daily_email_limit=3) as box:
        assert {company.daily_email_limit for company in box.app.premises.companies.values()} == {3}
