"""Over random sequences of work the books stay books."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.demo_company.books import Books, empty_books
from tests.demo_company.box import TestClock
from tests.demo_company.invariants import (
    check_controls,
    check_everything,
    check_journals_balance,
    check_profit_is_change_in_earnings,
)
from tests.demo_company.random_trade import RandomTrade
from xero_mcp.demo_company.seed.companies import demo_companies

STEPS = 220
CHECKED_EVERY = 40


@pytest.mark.parametrize("country", ["Global", "NZ", "UK"])
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(dice=st.randoms(use_true_random=True))
def test_random_work_leaves_the_books_in_balance(country: str, dice: Random):
    books = empty_books(country)
    trade = RandomTrade(books, dice)
    today = books.company.today()
    for number in range(1, STEPS + 1):
        before = len(books.company.ledger.journals)
        trade.step()
        check_journals_balance(books, before)
        check_controls(books)
        if number % CHECKED_EVERY == 0:
            check_everything(books, today)
            day = today - timedelta(days=dice.randint(0, 300))
            check_everything(books, day)
            check_profit_is_change_in_earnings(books, day, today)
    assert sum(trade.done.values()) > STEPS // 2, (trade.done, trade.refused)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dice=st.randoms(use_true_random=True))
def test_the_books_that_are_seeded_balance_and_stay_so(dice: Random):
    clock = TestClock()
    for company in demo_companies(now=clock).values():
        books = Books(company=company, clock=clock)
        check_everything(books, company.today())
        trade = RandomTrade(books, dice)
        for _ in range(60):
            trade.step()
        check_everything(books, company.today())


@settings(max_examples=1, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(dice=st.randoms(use_true_random=True))
def test_random_work_is_work_of_every_kind(dice: Random):
    """Otherwise the sequences above would show less than they seem to."""
    trade = RandomTrade(empty_books("UK"), dice)
    for _ in range(3000):
        trade.step()
    assert {deed.__name__ for deed in trade.steps} == set(trade.done)
