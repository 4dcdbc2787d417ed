import re
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xero.shared_facts import where_rows
from xero_mcp.xero.where import (
    FIELDS,
    ORDERS,
    WhereError,
    all_of,
    any_of,
    eq,
    ge,
    gt,
    guid,
    le,
    lt,
    order,
    where,
)

ID = "22222222-2222-4222-8222-222222222222"
PRINTABLE = st.text(st.characters(blacklist_categories=["Cc", "Cs"]), max_size=100)


def test_conditions_are_joined_with_and():
    made = where(
        "Invoices",
        eq("Status", "AUTHORISED"),
        ge("Date", date(2026, 1, 2)),
        lt("AmountDue", Decimal("10.50")),
        guid("Contact.ContactID", ID),
    )
    assert made is not None
    assert made.text == (
        'Status=="AUTHORISED" AND Date>=DateTime(2026, 01, 02) AND AmountDue<10.50 '
        f'AND Contact.ContactID==Guid("{ID}")'
    )


def test_several_ids_are_joined_with_or_in_brackets():
    made = where("Payments", any_of(guid("PaymentId", ID), guid("PaymentId", ID)))
    assert made is not None
    assert made.text == f'(PaymentId==Guid("{ID}") OR PaymentId==Guid("{ID}"))'


def test_nothing_to_ask_for_is_no_filter():
    assert where("Invoices") is None


def read_literals(text: str) -> list[str]:
    """Read the strings of an expression as Xero does: a doubled quote is a quote."""
    return [found.replace('""', '"') for found in re.findall(r'"((?:[^"]|"")*)"', text)]


@given(name=PRINTABLE, number=PRINTABLE)
def test_no_text_can_leave_its_quotes(name: str, number: str):
    made = where("Contacts", eq("Name", name), eq("AccountNumber", number))
    assert made is not None
    assert read_literals(made.text) == [name, number]
    outside = re.sub(r'"(?:[^"]|"")*"', "_", made.text)
    assert outside == "Name==_ AND AccountNumber==_"


@pytest.mark.parametrize("text", ['" OR 1==1 OR Name=="', "\\", '\\"', '"', '""', "\\\\"])
def test_quotes_and_backslashes_stay_text(text: str):
    made = where("Contacts", eq("Name", text))
    assert made is not None
    assert read_literals(made.text) == [text]


@pytest.mark.parametrize(
    ("endpoint", "condition"),
    [
        ("Invoices", eq("Total", Decimal(1))),
        ("Invoices", eq("Status", 'PAID" OR "1"=="1')),
        ("Invoices", eq("Status", "paid")),
        ("Invoices", eq("Date", "2026-01-01")),
        ("Invoices", eq("Date", datetime(2026, 1, 1))),  # noqa: DTZ001 - refused for its time
        ("Invoices", eq("AmountDue", Decimal("NaN"))),
        ("Invoices", eq("AmountDue", Decimal("Infinity"))),
        ("Invoices", guid("Contact.ContactID", "x")),
        ("Invoices", guid("Contact.ContactID", f"{ID}\n")),
        ("Invoices", eq("Contact.ContactID", ID)),
        ("Invoices", guid("Reference", ID)),
        ("Invoices", gt("Reference", Decimal(1))),
        ("Invoices", any_of()),
        ("Contacts", eq("Name", "a\nb")),
        ("Contacts", eq("Name", "a" * 501)),
        ("Contacts", eq("Name", "\ud800")),
        ("Quotes", eq("Status", "DRAFT")),
    ],
)
def test_what_does_not_fit_is_refused(endpoint: str, condition: object):
    with pytest.raises(WhereError):
        where(endpoint, condition)  # pyright: ignore[reportArgumentType] - wrong on purpose


def test_more_alternatives_than_xero_takes_are_refused():
    with pytest.raises(WhereError, match="1 to 40"):
        where("Payments", any_of(*[guid("PaymentId", ID)] * 41))


def test_one_way_may_hold_several_conditions():
    near = all_of(ge("Date", date(2026, 3, 4)), le("Date", date(2026, 3, 5)))
    made = where("Invoices", eq("Type", "ACCPAY"), any_of(eq("InvoiceNumber", "A"), near))
    assert made is not None
    assert made.text == (
        'Type=="ACCPAY" AND (InvoiceNumber=="A" OR '
        "(Date>=DateTime(2026, 03, 04) AND Date<=DateTime(2026, 03, 05)))"
    )


def test_the_comparisons_write_their_operators():
    made = where("Invoices", gt("AmountDue", Decimal(1)), le("DueDate", date(2026, 3, 4)))
    assert made is not None
    assert made.text == "AmountDue>1 AND DueDate<=DateTime(2026, 03, 04)"


def test_an_order_names_a_field_that_xero_sorts_by():
    assert order("Invoices", "Date").text == "Date ASC"
    assert order("Contacts", "Name", descending=True).text == "Name DESC"
    with pytest.raises(WhereError, match="InvoiceId"):
        order("Invoices", "Total")


def test_every_field_is_one_that_xero_documents_as_fast():
    documented = where_rows()
    for endpoint, fields in FIELDS.items():
        assert set(fields) <= documented[endpoint]["where"], endpoint
    for endpoint, fields in ORDERS.items():
        assert {name.lower() for name in fields} == {
            name.lower() for name in documented[endpoint]["order"]
        }, endpoint


def test_a_slow_field_is_asked_for_from_a_first_day_on_only():
    made = where("BankTransactions", eq("IsReconciled", value=False), ge("Date", date(2026, 1, 1)))
    assert made is not None
    assert made.text == "IsReconciled==false AND Date>=DateTime(2026, 01, 01)"
    with pytest.raises(WhereError, match="from a first Date on"):
        where("BankTransactions", eq("IsReconciled", value=False), le("Date", date(2026, 1, 1)))
    with pytest.raises(WhereError, match="true or false"):
        where("BankTransactions", eq("IsReconciled", "no"), ge("Date", date(2026, 1, 1)))
