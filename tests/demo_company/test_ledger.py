from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from xero_mcp.demo_company.ledger import Entry, Ledger, Source, Tracked, UnbalancedError
from xero_mcp.demo_company.table import Undo

DAY = date(2026, 9, 1)
SOURCE = Source(id="invoice", type="ACCREC", day=DAY)


def entries(amount: str = "10.00") -> list[Entry]:
    net = Decimal(amount)
    return [Entry(account_id="610", net=net), Entry(account_id="200", net=-net)]


@pytest.fixture
def undo() -> Undo:
    return Undo()


@pytest.fixture
def ledger(undo: Undo) -> Ledger:
    ids = iter(f"journal-{number}" for number in range(100))
    return Ledger(undo=undo, now=lambda: datetime(2026, 9, 1, tzinfo=UTC), new_id=lambda: next(ids))


def test_a_journal_that_does_not_balance_is_never_posted(ledger: Ledger):
    with pytest.raises(UnbalancedError):
        ledger.post(SOURCE, [*entries(), Entry(account_id="820", net=Decimal("0.01"))])
    assert ledger.journals == []


def test_a_journal_of_nothing_is_not_posted(ledger: Ledger):
    ledger.post(SOURCE, entries("0.00"))
    assert ledger.journals == []


def test_balances_are_of_the_days_that_are_asked_for(ledger: Ledger):
    ledger.post(SOURCE, entries("10.00"))
    ledger.post(Source(id="next", type="ACCREC", day=date(2026, 9, 2)), entries("5.00"))
    assert ledger.balance("610", until=DAY) == 10
    assert ledger.balance("610", until=date.max) == 15
    assert ledger.balance("610", until=date.max, since=date(2026, 9, 2)) == 5
    assert ledger.balance("200", until=date.max) == -15
    assert ledger.balance("never used", until=date.max) == 0


def test_a_reversal_stands_on_the_day_of_what_it_reverses(ledger: Ledger):
    ledger.post(SOURCE, entries())
    ledger.reverse("invoice")
    assert [journal.day for journal in ledger.journals] == [DAY, DAY]
    assert ledger.balance("610", until=DAY) == 0
    assert ledger.live("invoice") == []
    assert list(ledger.all_live()) == []


def test_what_is_reversed_is_not_reversed_twice(ledger: Ledger):
    ledger.post(SOURCE, entries())
    ledger.reverse("invoice")
    ledger.reverse("invoice")
    assert len(ledger.journals) == 2


def test_numbers_follow_one_another_from_one(ledger: Ledger):
    for _ in range(3):
        ledger.post(SOURCE, entries())
    assert [journal.number for journal in ledger.journals] == [1, 2, 3]


def test_a_refused_call_leaves_no_journal_and_no_balance(ledger: Ledger, undo: Undo):
    ledger.post(SOURCE, entries("10.00"))
    carrying = [Entry(account_id="610", net=Decimal(3), of="x", foreign=Decimal(4))]
    carrying.append(Entry(account_id="200", net=Decimal(-3)))

    def refused() -> None:
        with undo.block():
            ledger.post(Source(id="x", type="ACCREC", day=DAY), carrying)
            ledger.reverse("invoice")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        refused()
    assert len(ledger.journals) == 1
    assert ledger.balance("610", until=DAY) == 10
    assert ledger.foreign_balance("610") == 0
    assert not any(ledger.carried("x").values())
    assert [journal.number for journal in ledger.live("invoice")] == [1]


def test_what_a_document_carries_is_kept_by_account_tracking_and_tax(ledger: Ledger):
    tracked = (Tracked(category_id="c", option_id="o", name="Region", option="North"),)
    ledger.post(
        SOURCE,
        [
            Entry(account_id="200", net=Decimal(-4), tracking=tracked, tax_type="OUTPUT", of="x"),
            Entry(account_id="200", net=Decimal(-6), of="x"),
            Entry(account_id="090", net=Decimal(10)),
        ],
    )
    assert ledger.carried("x") == {("200", tracked, "OUTPUT"): -4, ("200", (), ""): -6}
    ledger.reverse("invoice")
    assert not any(ledger.carried("x").values())


def test_a_bank_account_in_another_currency_holds_its_own_amounts(ledger: Ledger):
    ledger.post(
        SOURCE,
        [
            Entry(account_id="092", net=Decimal(80), foreign=Decimal(100)),
            Entry(account_id="200", net=Decimal(-80)),
        ],
    )
    assert ledger.foreign_balance("092") == 100
    ledger.reverse("invoice")
    assert ledger.foreign_balance("092") == 0
