"""Calls of the log, put to a changed policy."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.policy.cards import CARDS
from tests.policy.scenes import BILLS, HOME, NOW, money, policy_of
from xero_mcp.policy.replay import PastCall, replay
from xero_mcp.policy.step import Outcome
from xero_mcp.tools.index import load_cards

BY_NAME = {card.name: card for card in CARDS}
DENY, ASK, ALLOW = Outcome.DENY, Outcome.ASK, Outcome.ALLOW


def past(total: str, minutes: int = 0, **arguments: Any) -> PastCall:  # noqa: ANN401 - a call's own
    return PastCall(
        id=f"a-{minutes}",
        at=NOW + timedelta(minutes=minutes),
        tool="create-invoice",
        arguments={"type": "bill", "status": "draft", **arguments},
        organisation_id="id",
        organisation_name=HOME,
        money=money(total),
        contact_id=None,
        decided=ALLOW,
        says="",
    )


def outcomes(text: str, *calls: PastCall) -> list[Outcome]:
    found = replay(policy_of(BILLS + text), calls, BY_NAME)
    return [one.decision.outcome for one in found]


def test_a_rule_meets_the_totals_of_the_log():
    text = 'rules: [{ name: a, ask_when: { total_over: "50.00 USD" } }]\n'
    assert outcomes(text, past("50.00 USD"), past("50.01 USD", 1)) == [ALLOW, ASK]


def test_limits_fill_up_on_the_way_in_the_order_of_time():
    text = 'limits: { money_per_day: "100.00 USD" }\n'
    late, early = past("60.00 USD", 5), past("60.00 USD", 1)
    tomorrow = replace(late, at=NOW + timedelta(days=1))
    assert outcomes(text, late, early, tomorrow) == [ALLOW, DENY, ALLOW]


def test_what_the_arguments_say_is_judged_and_what_is_not_in_the_log_is_named():
    text = """rules:
  - { name: a, deny_when: { status: [submitted] } }
  - { name: b, deny_when: { contact_known_for_less_than: 30d } }
"""
    submitted = replace(past("1.00 USD", status="submitted"), contact_id="somebody")
    calls = [submitted, replace(past("1.00 USD", 1), contact_id="somebody")]
    found = replay(policy_of(BILLS + text), calls, BY_NAME)
    assert [one.decision.outcome for one in found] == [DENY, ALLOW]
    assert [one.differs for one in found] == [True, False]
    assert found[1].missing == ("contact_known_for",)


def test_a_tool_that_is_no_more_is_passed_over():
    assert outcomes("", replace(past("1.00 USD"), tool="gone")) == []


def test_what_was_asked_and_then_done_takes_of_a_limit_once():
    text = 'limits: { money_per_day: "100.00 USD" }\n'
    asked = replace(past("60.00 USD", 1), decided=ASK, went_through=False, approval="ap-1")
    done = replace(past("60.00 USD", 2), decided=ASK, approval="ap-1")
    assert outcomes(text, asked, done, past("40.00 USD", 3)) == [ALLOW, DENY, ALLOW]
    still_asks = f'{text}rules: [{{ name: a, ask_when: {{ total_over: "50.00 USD" }} }}]\n'
    assert outcomes(still_asks, asked, done, past("40.00 USD", 3)) == [ASK, ASK, ALLOW]
    assert outcomes(still_asks, asked, past("50.00 USD", 3), past("50.00 USD", 4)) == [
        ASK,
        ALLOW,
        ALLOW,
    ]


def test_what_xero_refused_takes_nothing():
    text = 'limits: { money_per_day: "100.00 USD" }\n'
    failed = replace(past("60.00 USD", 1), went_through=False)
    assert outcomes(text, failed, past("60.00 USD", 2)) == [ALLOW, ALLOW]


def test_a_fact_that_only_lines_could_tell_is_named_where_there_are_none():
    text = 'rules: [{ name: a, deny_when: { account_code_in: ["425"] } }]\n'
    update = replace(past("1.00 USD", invoice_id="i"), tool="update-invoice")
    line = {"account_code": "425", "unit_amount": "1.00"}
    told = replace(past("1.00 USD", 1, invoice_id="i", lines=[line]), tool="update-invoice")
    found = replay(policy_of(BILLS + text), [update, told], load_cards())
    assert [one.decision.outcome for one in found] == [ALLOW, DENY]
    assert [one.missing for one in found] == [("account_codes",), ()]


def test_a_total_that_the_log_does_not_hold_is_named():
    text = 'rules: [{ name: a, ask_when: { total_over: "50.00 USD" } }]\n'
    calls = [replace(past("1.00 USD"), money=None)]
    found = replay(policy_of(BILLS + text), calls, load_cards())
    assert found[0].missing == ("total",)


def test_limits_that_the_log_does_not_count_are_named():
    text = "limits: { rows_read_per_day: 1, writes_per_hour: 5, xero_calls_per_day: 2 }\n"
    read = replace(past("1.00 USD"), tool="list-invoices", arguments={"type": "bill"}, money=None)
    found = replay(policy_of(BILLS + text), [read, past("1.00 USD", 1)], load_cards())
    assert [one.missing for one in found] == [
        ("rows_read_today", "xero_calls_today"),
        ("xero_calls_today",),
    ]
