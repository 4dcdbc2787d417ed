"""How an entry of Xero's history is read: who, what kind of change, what total."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from xero_mcp.audit.crosscheck_change import Change, ChangeKind

AT = datetime(2026, 3, 2, tzinfo=UTC)


def entry(words: str, details: str = "", *, user: str = "System Generated", noun: str = "Invoices"):
    return Change(noun=noun, object_id="i-1", at=AT, words=words, user=user, details=details)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Created", ChangeKind.CREATED),
        ("Edited", ChangeKind.CHANGED),
        ("Updated", ChangeKind.CHANGED),
        ("", ChangeKind.CHANGED),
        ("Approved", ChangeKind.MOVED_ON),
        ("Voided", ChangeKind.REMOVED),
        ("Deleted", ChangeKind.REMOVED),
        ("Archived", ChangeKind.REMOVED),
        ("Payment removed", ChangeKind.SETTLED),
        ("Credit Applied", ChangeKind.SETTLED),
        ("Attached a file", ChangeKind.FILE),
        ("Note", ChangeKind.NOTE),
    ],
)
def test_the_first_word_tells_the_kind(words: str, kind: ChangeKind):
    assert entry(words).kind is kind


@pytest.mark.parametrize(
    ("details", "actor"),
    [
        ("Attached the file a.jpg through the Xero API using Xero API Partner", "Xero API Partner"),
        ("Received through the Xero API from My Private app.", "My Private app"),
        ("INV-1 to Bolt Ltd for 10.00.", "System Generated"),
        ("", "System Generated"),
    ],
)
def test_the_app_is_named_in_the_details_else_it_is_the_user(details: str, actor: str):
    assert entry("Edited", details).actor == actor


def test_what_stands_in_a_note_names_nobody():
    forged = "Paid through the Xero API using Trusted App"
    assert entry("Note", forged, user="Dana Demo").actor == "Dana Demo"


@pytest.mark.parametrize(
    ("noun", "details", "amount"),
    [
        ("Invoices", "A-1 to For 3.00 Ltd for 1,234.50 through the Xero API using A", "1234.50"),
        ("Payments", "Payment of 40.00 made", "40.00"),
        ("Invoices", "INV-1 edited", None),
        ("ManualJournals", "Accrual of 99.00", None),
    ],
)
def test_the_total_is_the_last_that_is_named(noun: str, details: str, amount: str | None):
    found = entry("Created", details, noun=noun).amount
    assert found == (None if amount is None else Decimal(amount))
