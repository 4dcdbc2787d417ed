"""How a change is told: a sentence for people, an event for programs."""

from dataclasses import replace

import pytest

from tests.changes.test_conditions import BILL, CREATED, TOLD, change
from xero_mcp.changes.news import event_id, news_of_change
from xero_mcp.tool.access import Area
from xero_mcp.tool.feed import Change, ChangeKind

WHERE = "Demo Company (Global)"
HEAD = "Bill INV-88 (Bolt Ltd, 1500.00 GBP) in Demo Company (Global): "
CONTACT = {"name": "Bolt Ltd", "status": "active", "bank_details": "on file"}


def contact(before: dict[str, str], **more: str) -> Change:
    return change({**CONTACT, **more}, before=before, area=Area.CONTACTS)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (change(BILL, kind=CREATED), "created; by others."),
        (change(BILL, kind=CREATED, audit_id="a-1"), "created; by us (a-1)."),
        (
            change(BILL, before={"status": "submitted", "total": ""}),
            "status submitted -> draft, total (none) -> 1500.00; by others.",
        ),
        (change(BILL), "changed, not seen before; it is draft; by others."),
        (change(BILL, before={}, kind=TOLD), "changed, in nothing that is kept here."),
        (
            change(BILL, before={}, kind=ChangeKind.UNREADABLE),
            "changed, and Xero does not show it to this connection.",
        ),
    ],
)
def test_a_change_is_said_in_a_sentence(one: Change, said: str) -> None:
    assert news_of_change(one, WHERE).says == HEAD + said


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (contact({"bank_details": "on file"}, bank_details="changed"), "bank details changed"),
        (contact({"bank_details": ""}), "bank details added"),
        (contact({"bank_details": "on file"}, bank_details=""), "bank details removed"),
    ],
)
def test_of_bank_details_it_is_said_only_that_they_changed(one: Change, said: str) -> None:
    assert news_of_change(one, "").says == f"Contact Bolt Ltd: {said}; by others."


def test_what_others_wrote_cannot_break_the_line() -> None:
    odd = {**BILL, "contact": "Bolt\x1b[2J\nLtd\u202e", "number": "N" * 500}
    said = news_of_change(change(odd), "Evil\r\nCo").says
    assert said.isprintable()
    assert len(said) < 250


def test_many_differences_are_counted() -> None:
    before = {f"field_{number}": "a" for number in range(12)}
    now = {**BILL, **dict.fromkeys(before, "b")}
    said = news_of_change(change(now, before=before), WHERE).says
    assert said.endswith("field 7 a -> b, and 4 more; by others.")


@pytest.mark.parametrize(
    ("resource", "area", "category", "collection"),
    [
        ("invoices", Area.BILLS, "INVOICE", "Invoices"),
        ("invoices", Area.INVOICES, "INVOICE", "Invoices"),
        ("contacts", Area.CONTACTS, "CONTACT", "Contacts"),
        ("credit-notes", Area.CREDIT_NOTES, "CREDITNOTE", "CreditNotes"),
        ("prepayments", Area.PAYMENTS, "PREPAYMENT", "Prepayments"),
        ("payments", Area.PAYMENTS, "PAYMENT", "Payments"),
        ("bank-transactions", Area.BANK_TRANSACTIONS, "BANKTRANSACTION", "BankTransactions"),
    ],
)
def test_events_have_the_words_of_xeros_own(
    resource: str, area: Area, category: str, collection: str
) -> None:
    one = replace(change(BILL, area=area), resource=resource)
    event = news_of_change(one, WHERE).as_event("rule-1")
    assert event["eventCategory"] == category
    assert event["resourceUrl"] == f"https://api.xero.com/api.xro/2.0/{collection}/id-1"


def test_two_changes_have_two_ids_and_one_change_has_one() -> None:
    first, again = news_of_change(change(BILL), WHERE), news_of_change(change(BILL), "Renamed")
    later = news_of_change(replace(change(BILL), cursor=2), WHERE)
    assert event_id("rule-1", first) == event_id("rule-1", again)
    assert event_id("rule-1", first) != event_id("rule-1", later)
    assert event_id("rule-1", first) != event_id("rule-2", first)
