"""What people are shown of a policy and of a decision."""

import json

from tests.policy.cards import CARDS, CREATE_INVOICE, CREATE_PAYMENT
from tests.policy.scenes import BILLS, HEAD, NOW, call_to, policy_of, total
from xero_mcp.policy.explain import explain, render_explanation
from xero_mcp.policy.sentences import limit_sentences, never_sentences, rule_sentences
from xero_mcp.policy.show import matrix, render_matrix
from xero_mcp.tool.access import Area
from xero_mcp.tool.facts import Facts

TEXT = f"""{HEAD}owner: owner@example.com
purpose: Enters bills.
expires: 2027-03-31
access:
  bills: draft
  reports: [profit-and-loss]
rules:
  - name: bigger
    for: [create-invoice]
    ask_when: {{ total_over: "500.00 USD", contact_known_for_less_than: 30d }}
    deny_when: {{ total_over: "5000.00 USD" }}
    ask: [a@example.com, b@example.com, c@example.com]
    approvals: 2
    answer_within: 4h
never: [post-to-locked-periods]
limits: {{ writes_per_hour: 4, money_per_day: "9.00 USD", hours: "Mon-Sun 00:00-24:00 UTC" }}
"""


def test_rules_and_limits_read_as_sentences():
    policy = policy_of(TEXT)
    assert rule_sentences(policy) == [
        (
            "bigger: create-invoice: 2 of a@example.com, b@example.com or c@example.com must"
            " approve within 4h when the total is over 500.00 USD and the contact is known for less"
            " than 30d."
        ),
        "bigger: create-invoice: denied when the total is over 5000.00 USD.",
    ]
    assert limit_sentences(policy) == [
        "At most 9.00 USD a day.",
        "At most 4 writes an hour.",
        "Only Mon-Sun 00:00-24:00 UTC.",
    ]
    assert len(never_sentences(policy)) == 1
    assert limit_sentences(policy_of(BILLS)) == []


def test_the_matrix_has_every_area_once_and_the_tools_that_reach_it():
    shown = matrix(policy_of(TEXT), CARDS, at=NOW)
    assert [row.area for row in shown.rows] == list(Area)
    bills = next(row for row in shown.rows if row.area is Area.BILLS)
    assert bills.tools == ("create-invoice", "get-invoice", "list-invoices")
    assert "accounting.invoices" in shown.scopes
    assert json.loads(json.dumps(shown.as_json()))["expires"] == "2027-03-31"


def test_the_matrix_is_drawn_in_eighty_columns():
    text = render_matrix(matrix(policy_of(TEXT), CARDS, at=NOW))
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "ap-clerk  (ap-clerk.yaml, enforce, until 2027-03-31)"
    drawn = next(line for line in lines if line.startswith("bills "))
    assert drawn.split()[1:5] == ["x", "x", ".", "."]
    assert "run-report (only profit-and-loss)" in " ".join(text.split())
    assert "off: accounts, tax-rates" in text


def test_an_explanation_marks_the_step_that_decided_with_its_line():
    explained = explain(policy_of(TEXT), call_to(CREATE_INVOICE), total("6000.00 USD"))
    assert explained.decided is not None
    assert explained.decided.line == 13
    text = render_explanation(explained)
    assert max(map(len, text.splitlines())) <= 80
    marked = [line for line in text.splitlines() if line.endswith("<-")]
    assert len(marked) == 1
    assert "line 13" in marked[0]
    assert "Not given, so taken not to apply: contact_known_for, period_locked" in text


def test_an_explanation_of_an_ask_says_who_is_asked():
    text = f'{BILLS}rules: [{{ name: all, ask_when: {{ total_over: "0.00 USD" }} }}]\n'
    explained = explain(policy_of(text), call_to(), total("1.00 USD"))
    assert "Asked: owner@example.com; 1 must approve within 1d." in render_explanation(explained)
    assert explained.as_json()["approvers"] == ["owner@example.com"]


def test_an_explanation_of_what_is_allowed_marks_nothing():
    explained = explain(policy_of(BILLS), call_to(), Facts())
    assert explained.decided is None
    assert "<-" not in render_explanation(explained)
    assert json.loads(json.dumps(explained.as_json()))["decision"] == "allow"


def test_an_explanation_of_what_is_off_names_the_level():
    explained = explain(policy_of(BILLS), call_to(CREATE_PAYMENT), Facts())
    assert "access.payments=off: create-payment needs post" in render_explanation(explained)
