"""The examples inside a file."""

import pytest

from tests.policy.cards import CARDS
from tests.policy.scenes import BILLS, HEAD
from xero_mcp.policy.load import Loaded
from xero_mcp.policy.selftest import checked

LIMITED = f"""{HEAD}owner: owner@example.com
access: {{ bills: post, invoices: read, contacts: draft, payments: post, reports: [trial-balance] }}
expires: 2020-01-31
rules:
  - name: bigger
    ask_when: {{ total_over: "500.00 USD" }}
  - name: only suppliers we know
    for: [create-invoice]
    deny_when: {{ contact_known_for_less_than: 30d }}
never: [change-bank-details, post-to-locked-periods]
limits:
  hours: "Mon-Fri 08:00-18:00 Europe/London"
  writes_per_hour: 3
  money_per_day: "900.00 USD"
"""


def check(text: str) -> Loaded:
    return checked(text.encode(), file="ap-clerk.yaml", cards=CARDS)


@pytest.mark.parametrize(
    "example",
    [
        "call: create-invoice, with: { type: bill, total: 500.00 USD }, expect: allow",
        "call: create-invoice, with: { type: bill, total: 500.01 USD }, expect: ask",
        "call: create-invoice, with: { type: bill, total: 5.00 EUR }, expect: ask",
        (
            "call: create-invoice, with:"
            " { type: bill, total: 5.00 EUR, base_total: 6.00 USD }, expect: allow"
        ),
        "call: create-invoice, with: { type: bill, total: unknown }, expect: deny",
        "call: create-invoice, with: { type: bill, contact_known_for: 29d }, expect: deny",
        "call: create-invoice, with: { type: bill, contact_known_for: 30d }, expect: allow",
        "call: create-invoice, with: { type: bill, contact_known_for: unknown }, expect: deny",
        "call: create-invoice, with: { type: bill, status: authorised }, expect: allow",
        "call: create-invoice, with: { type: sales }, expect: deny",
        "call: create-invoice, expect: deny",
        "call: create-invoice, with: { type: bill, period_locked: true }, expect: deny",
        "call: create-invoice, with: { type: bill, period_locked: unknown }, expect: deny",
        "call: create-invoice, with: { type: bill, period_locked: false }, expect: allow",
        "call: create-contact, with: { bank_details_change: true }, expect: deny",
        "call: create-invoice, with: { type: bill, at: 2020-01-17 17:59 }, expect: allow",
        "call: create-invoice, with: { type: bill, at: 2020-01-17 18:00 }, expect: deny",
        "call: create-invoice, with: { type: bill, at: 2020-02-03 10:00 }, expect: deny",
        "call: create-invoice, with: { type: bill, writes_last_hour: 2 }, expect: allow",
        "call: create-invoice, with: { type: bill, writes_last_hour: 3 }, expect: deny",
        "call: create-payment, with: { amount: 1.00 USD, money_today: 899.00 USD }, expect: allow",
        "call: create-payment, with: { amount: 1.01 USD, money_today: 899.00 USD }, expect: deny",
        "call: list-invoices, with: { type: sales }, expect: allow",
        "call: get-invoice, with: { type: sales }, expect: allow",
        "call: list-invoices, with: { organisation: Another }, expect: deny",
        "call: run-report, with: { report: trial-balance }, expect: allow",
        "call: run-report, with: { report: profit-and-loss }, expect: deny",
    ],
)
def test_an_example_says_what_a_call_would_become(example: str):
    for expect in ("allow", "ask", "deny"):
        before, _, meant = example.rpartition(" ")
        loaded = check(f"{LIMITED}examples:\n  - {{ {before} {expect} }}\n")
        if expect == meant:
            assert loaded.problems == ()
            assert loaded.policy is not None
        else:
            assert loaded.policy is None
            assert f"expects {expect}, but it comes out as {meant}:" in str(loaded.problems[0])


def test_every_example_that_fails_is_told_at_its_own_place():
    text = f"""{BILLS}examples:
  - {{ call: create-invoice, with: {{ type: bill }}, expect: deny }}
  - {{ call: create-invoice, with: {{ type: bill }}, expect: allow }}
  - call: create-payment
    expect: ask
"""
    assert [str(problem) for problem in check(text).problems] == [
        (
            "ap-clerk.yaml:6:5: this example of create-invoice expects deny, but it comes out as"
            " allow: allowed by ap-clerk.yaml access.bills=draft"
        ),
        (
            "ap-clerk.yaml:8:5: this example of create-payment expects ask, but it comes out as"
            " deny: denied by ap-clerk.yaml access.payments=off: create-payment needs post"
        ),
    ]


def test_an_example_in_watch_mode_says_what_enforcing_would_do():
    text = f"{BILLS}mode: watch\nexamples:\n  - {{ call: create-payment, expect: deny }}\n"
    assert check(text).policy is not None


def test_examples_are_not_run_where_the_file_is_wrong_anyway():
    text = f"{BILLS}hid: [a]\nexamples:\n  - {{ call: create-payment, expect: allow }}\n"
    assert len(check(text).problems) == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("currency: usd", "`usd` is not a currency such as USD"),
        ("attachment_type: pdf", "`pdf` is not a type of file such as application/pdf"),
    ],
)
def test_a_word_that_no_rule_could_ever_meet_is_refused(given: str, says: str):
    text = (
        f"{LIMITED}examples: [{{ call: create-invoice, with: {{ type: bill, {given} }},"
        " expect: allow }]\n"
    )
    assert any(says in str(problem) for problem in check(text).problems)


@pytest.mark.parametrize("word", ['":North"', '"Region:"'])
def test_tracking_that_no_line_could_have_is_refused(word: str):
    rule = f"rules: [{{ name: t, deny_when: {{ tracking: [{word}] }} }}]\n"
    (problem,) = check(BILLS + rule).problems
    assert "is not tracking such as Region, Region: North or none" in str(problem)
