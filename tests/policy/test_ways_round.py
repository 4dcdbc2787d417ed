"""A rule for one tool, and another tool that does the same."""

from tests.policy.scenes import NOW
from xero_mcp.policy.load import load_policy
from xero_mcp.policy.model import Policy
from xero_mcp.policy.ways_round import SAME_BY, ways_round
from xero_mcp.tools.index import load_cards

CARDS = load_cards()
HEAD = """agent: clerk
owner: owner@example.com
organisations: [Acme Ltd]
access: { contacts: full, bills: post, payments: post }
"""
ASKS = "ask_when: { total_over: '500.00 USD' }"


def policy_of(text: str) -> Policy:
    loaded = load_policy(text.encode(), file="clerk.yaml", cards=CARDS.values())
    assert loaded.policy is not None, loaded.problems
    return loaded.policy


def remarks(rules: str, head: str = HEAD) -> list[str]:
    policy = policy_of(f"{head}rules:\n{rules}")
    return [one.text for one in ways_round(policy, CARDS.values(), at=NOW)]


def test_a_bundle_that_goes_round_a_rule_is_told_with_its_line():
    policy = policy_of(f"{HEAD}rules:\n  - {{ name: big, for: [create-payment], {ASKS} }}\n")
    (told,) = ways_round(policy, CARDS.values(), at=NOW)
    assert told.line == 6
    assert told.text == (
        'rule "big" is for create-payment; create-payments, by which the same can be done, is not '
        "in it"
    )


def test_several_ways_round_are_told_together():
    (told,) = remarks(f"  - {{ name: big, for: [create-invoice, create-contact], {ASKS} }}\n")
    assert told.startswith('rule "big" is for create-contact and create-invoice; ')
    assert "save-contacts and save-invoices and update-invoice, by which" in told


def test_what_is_named_too_or_asked_by_another_rule_or_shut_goes_round_nothing():
    every = "[create-invoice, update-invoice, save-invoices]"
    assert remarks(f"  - {{ name: big, for: {every}, {ASKS} }}\n") == []
    assert remarks(f"  - {{ name: big, {ASKS} }}\n") == []
    one, other = (
        f"  - {{ name: {tool}, for: [{tool}], {ASKS} }}\n"
        for tool in ("create-payment", "create-payments")
    )
    assert remarks(one + other) == []
    shut = HEAD + "tools: { except: [create-payments] }\n"
    assert remarks(one, shut) == []


def test_another_amount_covers_nothing():
    more = "  - { name: more, for: [create-payments], ask_when: { total_over: '900.00 USD' } }\n"
    assert len(remarks(f"  - {{ name: big, for: [create-payment], {ASKS} }}\n{more}")) == 2


def test_every_tool_that_is_named_here_is_one():
    assert {*SAME_BY, *(tool for tools in SAME_BY.values() for tool in tools)} <= {*CARDS}
