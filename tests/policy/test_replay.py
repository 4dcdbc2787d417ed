"""Calls of the log, put to a changed policy."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.policy.cards import CARDS
from tests.policy.scenes import BILLS, HOME, NOW, money, policy_of
from xero_mcp.policy.replay import PastCall, replay
from xero_mcp.policy.step import Outcome

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
        base=None,
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
