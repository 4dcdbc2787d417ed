"""Conditions of watches: what they mean, what they tell, and what is refused."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_mcp.changes.condition_reading import EXAMPLES, ConditionError, parse_condition
from xero_mcp.changes.resources import RESOURCES, Resource
from xero_mcp.changes.things import FIELD_WORDS, STATUSES, THING_WORDS, thing_of
from xero_mcp.tool.access import Area
from xero_mcp.tool.feed import Change, ChangeKind

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BILL: Mapping[str, str] = {
    "number": "INV-88",
    "contact": "Bolt Ltd",
    "currency": "GBP",
    "total": "1500.00",
    "status": "draft",
}
CREATED, UPDATED, TOLD = ChangeKind.CREATED, ChangeKind.UPDATED, ChangeKind.TOLD


def change(
    now: Mapping[str, str],
    *,
    before: Mapping[str, str] | None = None,
    kind: ChangeKind = UPDATED,
    area: Area = Area.BILLS,
    audit_id: str | None = None,
) -> Change:
    """A change as the feed hands it over: what differs is what `before` names."""
    after = now if before is None else {name: now.get(name, "") for name in before}
    resource = "invoices" if area in {Area.BILLS, Area.INVOICES} else area.value
    return Change(
        cursor=1,
        organisation_id="org-1",
        area=area,
        resource=resource,
        id="id-1",
        contact_id=None,
        kind=kind,
        changed_at=AT,
        noticed_at=AT,
        audit_id=audit_id,
        events=1,
        before=before,
        after=after,
        now=now,
    )


def tells(text: str, one: Change) -> bool:
    return parse_condition(text).match(one) is not None


def test_a_large_bill_is_told_when_it_becomes_large_and_not_again() -> None:
    condition = "bill over 1000 GBP"
    assert tells(condition, change(BILL, kind=CREATED))
    assert tells(condition, change(BILL))  # never seen before
    assert tells(condition, change(BILL, before={"total": "1000.00"}))
    assert not tells(condition, change(BILL, before={"total": "1000.01"}))
    assert not tells(condition, change(BILL, before={"reference": "old"}))
    assert tells(condition, change(BILL, before={"currency": "USD"}))
    assert not tells(condition, change({**BILL, "total": "1000.00"}, kind=CREATED))
    assert not tells(condition, change(BILL, kind=CREATED, area=Area.INVOICES))


def test_with_what_happens_it_is_told_each_time() -> None:
    large = change(BILL, before={"reference": "old"})
    assert tells("bill changed and over 1000 GBP", large)
    assert not tells("bill created and over 1000 GBP", large)
    assert tells("bill and total changed and over 1000 GBP", change(BILL, before={"total": "1.00"}))


def test_states_that_are_joined_are_told_when_the_last_of_them_comes_true() -> None:
    approved = {**BILL, "status": "authorised"}
    condition = "bill over 1000 GBP and status AUTHORISED"
    assert not tells(condition, change(BILL, kind=CREATED))
    assert tells(condition, change(approved, before={"status": "draft"}))
    assert tells(condition, change(approved, before={"total": "10.00"}))
    assert not tells(condition, change(approved, before={"reference": ""}))


def test_amounts_are_compared_in_their_own_currency_alone() -> None:
    euros = change({**BILL, "currency": "EUR"}, kind=CREATED)
    condition = parse_condition("bill over 1000 GBP")
    assert condition.match(euros) is None
    assert condition.other_currency(euros) == "EUR"
    assert condition.other_currency(change(BILL, kind=CREATED)) is None
    assert "in GBP: other currencies are not compared" in condition.says


def test_amounts_are_compared_to_the_last_digit() -> None:
    tiny = change({**BILL, "total": "100000000000.10"}, kind=CREATED)
    assert tells("over 100000000000.09 gbp", tiny)
    assert not tells("over 100000000000.10 GBP", tiny)
    assert not tells("over 1 GBP", change({**BILL, "total": "1e9"}, kind=CREATED))
    assert not tells("over 0 GBP", change({"currency": "GBP"}, kind=CREATED))


def test_payments_are_compared_by_their_amount() -> None:
    paid = {"currency": "GBP", "amount": "1000.01", "status": "authorised"}
    assert tells("payment over 1000 GBP", change(paid, kind=CREATED, area=Area.PAYMENTS))
    assert not tells("payment over 1000.01 GBP", change(paid, kind=CREATED, area=Area.PAYMENTS))


def test_an_invoice_is_told_as_paid_once() -> None:
    paid = {**BILL, "status": "paid"}
    invoice = change(paid, before={"status": "authorised"}, area=Area.INVOICES)
    assert tells("invoice paid", invoice)
    assert tells("Invoices PAID", invoice)
    assert not tells("bill paid", invoice)
    assert not tells("invoice paid", change(paid, before={"reference": "x"}, area=Area.INVOICES))


def test_bank_details_are_told_where_they_changed_or_may_have() -> None:
    condition = parse_condition("bank details changed")
    contact = {"name": "Bolt Ltd", "bank_details": "changed"}
    seen = change(contact, before={"bank_details": "x"}, area=Area.CONTACTS)
    match = condition.match(seen)
    assert match is not None
    assert match.unsure == ()
    unseen = condition.match(change(contact, area=Area.CONTACTS))
    assert unseen is not None
    assert unseen.unsure == ("its bank details may have changed",)
    assert condition.match(change(contact, before={"email": "x"}, area=Area.CONTACTS)) is None
    assert condition.match(change(contact, kind=CREATED, area=Area.CONTACTS)) is None
    assert condition.match(change({"name": "Bolt Ltd"}, area=Area.CONTACTS)) is None


def test_changes_of_ours_and_of_others_are_told_apart() -> None:
    ours, theirs = change(BILL, audit_id="a-1"), change(BILL)
    assert tells("bill and by us", ours)
    assert not tells("bill and by us", theirs)
    assert tells("not by us", theirs)
    assert not tells("not by us", ours)
    assert tells("by others", theirs)


def test_a_contact_is_named_with_its_documents() -> None:
    assert tells('contact "bolt  LTD" and bill', change(BILL))
    assert not tells('contact "Bolt"', change(BILL))
    contact = change({"name": "Smith and Sons"}, area=Area.CONTACTS)
    assert tells('contact changed and contact "Smith and Sons"', contact)
    assert not tells('contact "Smith or Sons"', contact)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('contact "24"" Screens and Sons"', '24" Screens and Sons'),
        ('contact """Bolt"""', '"Bolt"'),
        ("contact \u201cBolt Ltd\u201d", "Bolt Ltd"),
        ("contact \u201eBolt Ltd\u201c and created", "Bolt Ltd"),
        ('contact "O\'Brien, Ryan & Co"', "O'Brien, Ryan & Co"),
    ],
)
def test_a_contact_is_named_with_whatever_quotes_its_name_has(text: str, name: str) -> None:
    one = change({"name": name}, area=Area.CONTACTS, kind=CREATED)
    assert tells(text, one)
    assert not tells(text, change({"name": "Bolt"}, area=Area.CONTACTS, kind=CREATED))


def test_a_change_of_nothing_that_is_kept_is_a_change() -> None:
    told = change(BILL, before={}, kind=TOLD)
    assert tells("bill changed", told)
    assert tells("bill", told)
    assert not tells("bill created", told)
    assert not tells("status DRAFT", told)


def test_what_was_found_by_asking_may_be_new() -> None:
    condition = parse_condition("bill created")
    asked = condition.match(replace(change(BILL), events=0))
    assert asked is not None
    assert asked.unsure == ("it may be new",)
    assert condition.match(change(BILL)) is None  # Xero told of a change
    assert condition.match(replace(change(BILL, before={"total": "1.00"}), events=0)) is None
    assert tells("bill changed", replace(change(BILL), events=0))


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.name)
def test_everything_in_the_feed_has_a_word(resource: Resource) -> None:
    found = thing_of(resource.name, resource.area)
    assert found is not None
    assert parse_condition(found.word).thing is found
    assert parse_condition(f"{found.plural} changed").thing is found


def test_no_change_of_the_feed_is_outside_the_log() -> None:
    condition = parse_condition("outside the log")
    assert condition.outside_log
    assert condition.match(change(BILL)) is None


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_is_understood_and_said_in_a_sentence(text: str) -> None:
    said = parse_condition(text).says
    assert said
    assert not said.endswith(".")


def test_sentences_say_what_was_meant() -> None:
    assert parse_condition("bill over 1000 GBP and not by us").says == (
        "a bill comes to more than 1000.00 GBP, not through this server (in GBP: other currencies "
        "are not compared)"
    )
    assert parse_condition("invoice paid").says == "an invoice becomes PAID"
    assert parse_condition("bank details changed").says == "anything has its bank details changed"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("invoice payed", "did you mean `invoice paid`?"),
        ("invoce paid", "did you mean `invoice paid`?"),
        ("bank detail changed", "did you mean `bank details changed`?"),
        ("outside of the log", "did you mean `outside the log`?"),
        ("status VOID", "did you mean `VOIDED`?"),
        ("bill over 1000", "`over 1000 GBP`"),
        ("bill over £1000", "`over 1000 GBP`"),
        ("bill over 1,000.00 GBP", "`over 1000 GBP`"),
        ("bill over 1e3 GBP", "`over 1000 GBP`"),
        ("bill created or invoice paid", "a condition of its own for each"),
        ("bill and invoice", "a condition of its own for each"),
        ("bill and", "`and` joins two parts"),
        ("", "write for example `invoice paid`"),
        ("the moon is full", "write for example `invoice paid`"),
        ("over 10 GBP and over 5 USD", "not converted"),
        ("over 10 GBP and under 10 GBP", "nothing is over 10.00 GBP and under 10.00 GBP"),
        ("paid and voided", "nothing is PAID and VOIDED at once"),
        ("contact paid", "a contact is never PAID: it is ACTIVE or ARCHIVED"),
        ("contact over 10 GBP", "a contact has no amount"),
        ("bill email changed", "`email` is not watched of a bill"),
        ("created and changed", "what is new was not changed"),
        ("by us and not by us", "never hold together"),
        ("outside the log and bill", "stands alone"),
        ('contact "Bolt', "not closed"),
        ('contact ""', "no name between the quotes"),
        ("contact 'Bolt Ltd'", "names are in double quotes"),
        ('bill "Bolt"', '`contact "Bolt Ltd"`'),
        ('contact "A" and contact "B"', "never of two contacts"),
        ("bill\x1b[2J", "a condition is a line"),
        ("x" * 301, "a condition is a line"),
        (" and ".join(["bill"] * 13), "more than 12 parts"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(text: str, hint: str) -> None:
    with pytest.raises(ConditionError) as refused:
        parse_condition(text)
    assert hint in str(refused.value)
    assert "\x1b" not in str(refused.value)


WORDS = [
    *THING_WORDS,
    *FIELD_WORDS,
    *STATUSES,
    *("and", "or", "not", "by", "us", "over", "under", "1000", "GBP", "changed", "created"),
    *('"', '"Bolt"', "outside", "the log", "is", "status", "\x00", "\u202e", "paid"),
]


@given(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join) | st.text(max_size=60))
def test_whatever_is_written_is_understood_or_refused(text: str) -> None:
    said = ""
    try:
        condition = parse_condition(text)
    except ConditionError as refused:
        condition, said = None, str(refused)
    if condition is None:
        assert said.isprintable()
        return
    assert condition.says.isprintable()
    assert parse_condition(condition.text) == condition
    condition.match(change(BILL))
