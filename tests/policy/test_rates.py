"""Dated rates that an owner wrote into the policy."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.policy.cards import CREATE_INVOICE
from tests.policy.scenes import BILLS, NOW, policy_of, problems_of
from xero_mcp.money import Money, parse_money
from xero_mcp.policy.model import Policy
from xero_mcp.policy.problem import Place
from xero_mcp.policy.rates import MAX_AGE, DatedRate, converted, too_old, with_own_rates
from xero_mcp.policy.selftest import decide_example
from xero_mcp.policy.show import matrix, render_matrix
from xero_mcp.policy.step import Outcome
from xero_mcp.tool.facts import Facts

TODAY = date(2026, 3, 2)
OVER = 'rules: [{ name: a, ask_when: { total_over: "500.00 USD" } }]\n'


def rates(*written: str) -> str:
    return "rates:\n" + "".join(f"  - {{ {one} }}\n" for one in written)


def rate(currency: str, worth: str, *, back: int = 0) -> DatedRate:
    amount, _, other = worth.partition(" ")
    return DatedRate(
        day=TODAY - timedelta(days=back),
        currency=currency,
        worth=Money(Decimal(amount), other),
        place=Place(1, 1),
    )


def comes_to(amount: str, currency: str, *given_rates: DatedRate) -> str | None:
    found = converted(given_rates, [parse_money(amount)], currency, today=TODAY)
    return None if found is None else str(found[0])


EURO = rate("EUR", "1.0850 USD")


def test_an_amount_goes_by_the_rate_to_the_cent_and_back():
    assert comes_to("460.83 EUR", "USD", EURO) == "500.00 USD"
    assert comes_to("460.84 EUR", "USD", EURO) == "500.01 USD"
    assert comes_to("500.00 USD", "EUR", EURO) == "460.83 EUR"


def test_the_decision_says_the_rate_its_day_and_whose_it_is():
    found = converted([EURO], [parse_money("1.00 EUR")], "USD", today=TODAY)
    assert found is not None
    assert found[1] == "1 EUR = 1.085 USD on 2026-03-02, by the policy's own rates"


def test_the_newest_rate_counts_whichever_way_round_it_is_written():
    older, newer = rate("EUR", "2 USD", back=2), rate("USD", "0.25 EUR", back=1)
    assert comes_to("1.00 EUR", "USD", older, newer) == "4.00 USD"
    assert comes_to("1.00 EUR", "USD", newer, older) == "4.00 USD"


@pytest.mark.parametrize(
    ("back", "holds"),
    [(0, True), (MAX_AGE.days, True), (MAX_AGE.days + 1, False), (-1, False)],
)
def test_a_rate_holds_for_thirty_days_from_its_own(back: int, holds: bool):  # noqa: FBT001 - a case
    one = rate("EUR", "1.25 USD", back=back)
    assert (comes_to("1.00 EUR", "USD", one) is not None) is holds
    assert too_old([one], TODAY) == ([] if holds else [one])


def test_an_old_rate_beside_a_new_one_is_not_told_as_too_old():
    assert too_old([rate("EUR", "1.25 USD", back=90), rate("USD", "0.8 EUR", back=3)], TODAY) == []


def test_two_rates_lead_to_a_third_currency_and_the_larger_amount_counts():
    pound = rate("GBP", "1.25 USD")
    assert comes_to("100.00 EUR", "GBP", EURO, pound) == "86.80 GBP"
    by_krona = (rate("EUR", "10 SEK"), rate("GBP", "11 SEK"))
    assert comes_to("100.00 EUR", "GBP", EURO, pound, *by_krona) == "90.91 GBP"
    straight = rate("EUR", "0.5 GBP")
    assert comes_to("100.00 EUR", "GBP", EURO, pound, *by_krona, straight) == "50.00 GBP"


def test_where_no_rate_leads_there_is_no_amount():
    assert comes_to("1.00 EUR", "USD") is None
    assert comes_to("1.00 EUR", "NZD", EURO, rate("GBP", "1.25 USD")) is None


def test_the_rate_of_a_stored_document_comes_first():
    facts = Facts(total=parse_money("100.00 EUR"), base_total=parse_money("120.00 USD"))
    own = with_own_rates(facts, [EURO], ["USD", "GBP"], today=TODAY)
    assert own is facts
    more = with_own_rates(facts, [rate("GBP", "2 USD")], ["USD", "GBP"], today=TODAY)
    assert [str(one) for one in more.elsewhere] == ["60.00 GBP"]
    assert more.amount_in("USD") == Decimal("120.00")


@given(
    amount=st.decimals(min_value=0, max_value=10**9, places=2),
    worth=st.decimals(min_value="0.0001", max_value=10_000, places=4),
)
def test_a_dearer_rate_never_makes_an_amount_smaller(amount: Decimal, worth: Decimal):
    def at(one: Decimal) -> Decimal:
        found = converted([rate("EUR", f"{one} USD")], [Money(amount, "EUR")], "USD", today=TODAY)
        assert found is not None
        return found[0].amount

    assert at(worth) <= at(worth + Decimal("0.0001"))


def decided(policy: Policy) -> list[Outcome]:
    return [decide_example(policy, one, CREATE_INVOICE).outcome for one in policy.examples]


def test_an_example_goes_by_the_newest_rates_or_by_those_of_its_moment():
    euros = "{{ call: create-invoice, with: {{ type: bill, total: {} EUR{} }}, expect: allow }}"
    examples = "".join(
        f"  - {euros.format(amount, at)}\n"
        for amount, at in (
            ("250.00", ""),
            ("250.01", ""),
            ("400.00", ", at: 2026-03-01 12:00"),
            ("400.01", ", at: 2026-03-01 12:00"),
            ("1.00", ", at: 2026-02-28 12:00"),
            ("250.00", ", at: 2026-04-01 12:00"),
            ("250.00", ", at: 2026-04-02 12:00"),
        )
    )
    listed = rates(
        "day: 2026-03-01, currency: EUR, worth: 1.25 USD",
        "day: 2026-03-02, currency: EUR, worth: 2 USD",
    )
    policy = policy_of(f"{BILLS}{OVER}{listed}examples:\n{examples}")
    allow, ask = Outcome.ALLOW, Outcome.ASK
    assert decided(policy) == [allow, ask, allow, ask, ask, allow, ask]
    reason = decide_example(policy, policy.examples[1], CREATE_INVOICE).reason
    assert "1 EUR = 2 USD on 2026-03-02, by the policy's own rates" in reason


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("day: 2026-03-32, currency: EUR, worth: 1.08 USD", "is not a date"),
        ("day: 2026-03-02, currency: euro, worth: 1.08 USD", "is not a currency such as EUR"),
        ("day: 2026-03-02, currency: EUR, worth: 1.08", 'such as "1.0850 USD"'),
        ("day: 2026-03-02, currency: EUR, worth: 0 USD", 'such as "1.0850 USD"'),
        ("day: 2026-03-02, currency: EUR, worth: 1e3 USD", 'such as "1.0850 USD"'),
        ("day: 2026-03-02, currency: EUR, worth: -1.08 USD", 'such as "1.0850 USD"'),
        ("day: 2026-03-02, currency: EUR, worth: 1.08 EUR", "leads from EUR to another currency"),
        ("day: 2026-03-02, currency: EUR", "a rate has no `worth`"),
        ("day: 2026-03-02, curency: EUR, worth: 1.08 USD", "did you mean `currency`?"),
    ],
)
def test_a_rate_that_is_none_is_told_with_its_place(written: str, says: str):
    problems = problems_of(BILLS + rates(written))
    assert says in "; ".join(problems)
    assert all(one.startswith("ap-clerk.yaml:6:") for one in problems)


def test_two_rates_of_one_day_are_a_mistake_also_the_other_way_round():
    written = ("day: 2026-03-02, currency: EUR, worth: 1.08 USD",)
    other = "day: 2026-03-02, currency: USD, worth: 0.90 EUR"
    (problem,) = problems_of(BILLS + rates(*written, other))
    assert problem.startswith("ap-clerk.yaml:7:")
    assert "line 6 has a rate of these two and that day already" in problem


def test_the_matrix_shows_the_rates():
    policy = policy_of(BILLS + rates("day: 2026-03-02, currency: EUR, worth: 1.0850 USD"))
    drawn = matrix(policy, [CREATE_INVOICE], at=NOW)
    assert "Rates\n- 1 EUR = 1.085 USD on 2026-03-02." in render_matrix(drawn)
    assert drawn.as_json()["rates"] == ["1 EUR = 1.085 USD on 2026-03-02."]
