"""Each condition of a rule: where it holds, where not, and what it does where nobody knows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.policy.cards import CARDS, CREATE_INVOICE, RUN_REPORT
from tests.policy.scenes import BILLS, HEAD, call_to, decided, money, policy_of
from xero_mcp.policy.condition_words import CONDITION
from xero_mcp.policy.decide import decide
from xero_mcp.policy.selftest import checked
from xero_mcp.policy.sentences import rule_sentences
from xero_mcp.policy.step import Outcome
from xero_mcp.tool.facts import Facts

BOLT = "00000000-0000-0000-0000-00000000000b"
FULL_WIDTH = "\uff14\uff15\uff10"
OTHER = "00000000-0000-0000-0000-00000000000c"


def words(*found: str) -> frozenset[str]:
    return frozenset(found)


def outcome(clause: str, facts: Facts) -> Outcome:
    text = f"{BILLS}rules: [{{ name: a, for: [create-invoice], {clause} }}]\n"
    return decided(text, facts=facts).outcome


BILL, SALES = {"document_types": words("bill")}, {"document_types": words("sales")}
NORTH = {"tracking": words("Region: North")}
UNTRACKED = {"tracking": words("none")}
CASES: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = [
    # condition, facts with which it holds, facts with which it does not
    ('total_under: "50.00 USD"', {"total": money("49.99 USD")}, {"total": money("50.00 USD")}),
    ("currency: [EUR]", {"currencies": words("EUR", "USD")}, {"currencies": words("USD")}),
    ("currency_not_in: [USD]", {"currencies": words("EUR")}, {"currencies": words("USD")}),
    ("status: [authorised]", {"statuses": words("authorised")}, {"statuses": words("draft")}),
    (
        "document_type: [bill]",
        {"document_types": words("bill")},
        {"document_types": words("sales")},
    ),
    (f"contact_in: [{BOLT}]", {"contact_ids": words(BOLT)}, {"contact_ids": words(OTHER)}),
    (f"contact_in: [{BOLT.upper()}]", {"contact_ids": words(BOLT)}, {"contact_ids": words("x")}),
    (f"contact_not_in: [{BOLT}]", {"contact_ids": words(OTHER)}, {"contact_ids": words(BOLT)}),
    ("new_contact: true", {"new_contact": True}, {"new_contact": False}),
    ("new_contact: false", {"new_contact": False}, {"new_contact": True}),
    (
        "account_code_in: [400]",
        {"account_codes": words("400", "1")},
        {"account_codes": words("401")},
    ),
    (
        'account_code_in: ["400-499"]',
        {"account_codes": words("499")},
        {"account_codes": words("399", "500", "0450", "45", "A450", FULL_WIDTH)},
    ),
    ("account_code_in: [a1]", {"account_codes": words("A1")}, {"account_codes": words("A12")}),
    (
        'account_code_not_in: ["400-499", "620"]',
        {"account_codes": words("400", "621")},
        {"account_codes": words("400", "620")},
    ),
    (
        'tracking: ["Region: North"]',
        {"tracking": words("Region: North")},
        {"tracking": words("none")},
    ),
    (
        'tracking: ["region :North "]',
        {"tracking": words("Region: North")},
        {"tracking": words("Region: South")},
    ),
    (
        "tracking: [Region]",
        {"tracking": words("Region: South")},
        {"tracking": words("Regional: A")},
    ),
    (
        "tracking: [none]",
        {"tracking": words("none", "Region: A")},
        {"tracking": words("Region: A")},
    ),
    ("tracking_not_in: [Region]", {"tracking": words("none")}, {"tracking": words("Region: A")}),
    ("tax_type: [none]", {"tax_types": words("NONE")}, {"tax_types": words("INPUT2")}),
    ("tax_type_not_in: [INPUT2]", {"tax_types": words("NONE")}, {"tax_types": words("INPUT2")}),
    ("item: [BOLT]", {"items": words("bolt")}, {"items": words("none")}),
    ("item_not_in: [BOLT]", {"items": words("none")}, {"items": words("BOLT")}),
    ("line_count_over: 2", {"line_count": 3}, {"line_count": 2}),
    ("date_older_than: 60d", {"days_old": (1, 61)}, {"days_old": (60,)}),
    ("date_newer_than: 30d", {"days_old": (-31,)}, {"days_old": (-30, 400)}),
    ("period_locked: true", {"period_locked": True}, {"period_locked": False}),
    ("recipient_not_stored: true", {"recipient_not_stored": True}, {"recipient_not_stored": False}),
    ("email_would_change: true", {"email_change": True}, {"email_change": False}),
    (
        "attachment_type: [application/zip]",
        {"attachment_types": words("application/zip")},
        {"attachment_types": words("application/pdf")},
    ),
    (
        "attachment_type_not_in: [application/pdf]",
        {"attachment_types": words("application/zip")},
        {"attachment_types": words("application/pdf")},
    ),
    (
        "attachment_size_over: 5MB",
        {"attachment_bytes": 5_000_001},
        {"attachment_bytes": 5_000_000},
    ),
    ("duplicate: true", {"duplicate": True}, {"duplicate": False}),
    (
        "bank_details_would_change: true",
        {"bank_details_change": True},
        {"bank_details_change": False},
    ),
]


@pytest.mark.parametrize(("condition", "so", "not_so"), CASES, ids=[case[0] for case in CASES])
def test_a_condition_holds_where_it_should_and_nowhere_else(
    condition: str, so: Mapping[str, Any], not_so: Mapping[str, Any]
):
    denies, asks = f"deny_when: {{ {condition} }}", f"ask_when: {{ {condition} }}"
    assert outcome(denies, Facts(**so)) is Outcome.DENY
    assert outcome(asks, Facts(**so)) is Outcome.ASK
    assert outcome(denies, Facts(**not_so)) is Outcome.ALLOW
    assert outcome(denies, Facts()) is Outcome.ALLOW


@pytest.mark.parametrize(("condition", "so", "_not_so"), CASES, ids=[case[0] for case in CASES])
def test_what_is_not_established_counts_as_the_strictest(
    condition: str, so: Mapping[str, Any], _not_so: Mapping[str, Any]
):
    unknown = Facts(unknown=dict.fromkeys(so, "why"))
    assert outcome(f"deny_when: {{ {condition} }}", unknown) is Outcome.DENY
    assert outcome(f"ask_when: {{ {condition} }}", unknown) is Outcome.ASK
    assert outcome(f"allow_when: {{ {condition} }}", unknown) is Outcome.DENY


def test_every_word_has_a_case_here():
    tried = {case[0].partition(":")[0] for case in CASES}
    others = {"total_over", "contact_known_for_less_than", "report"}
    assert tried | others == set(CONDITION)


def test_allow_when_lets_pass_only_what_every_line_fulfils():
    clause = 'allow_when: { account_code_in: ["400-499"], total_under: "100.00 USD" }'
    small = money("99.99 USD")
    good = Facts(total=small, account_codes=words("400", "420"))
    one_line_off = Facts(total=small, account_codes=words("400", "999"))
    too_big = Facts(total=money("100.00 USD"), account_codes=words("400"))
    assert outcome(clause, good) is Outcome.ALLOW
    assert outcome(clause, one_line_off) is Outcome.DENY
    assert outcome(clause, too_big) is Outcome.DENY
    assert outcome(clause, Facts()) is Outcome.DENY
    assert (
        outcome(clause, Facts(total=money("1.00 EUR"), account_codes=words("400"))) is Outcome.ASK
    )


def test_allow_when_opens_nothing_that_access_leaves_shut():
    text = f"""{HEAD}access: {{ bills: read }}
rules: [{{ name: a, for: [create-invoice], allow_when: {{ total_under: "100.00 USD" }} }}]
"""
    assert decided(text, facts=Facts(total=money("1.00 USD"))).outcome is Outcome.DENY


@pytest.mark.parametrize(
    ("gross", "base", "expected"),
    [
        ("500.00 USD", None, Outcome.ALLOW),
        ("500.01 USD", None, Outcome.ASK),
        ("400.00 EUR", "125.00 USD", Outcome.ALLOW),
        ("400.01 EUR", "125.00 USD", Outcome.ASK),
        ("1.00 EUR", None, Outcome.ASK),
    ],
)
def test_a_document_that_nets_itself_down_counts_by_its_gross(
    gross: str, base: str | None, expected: Outcome
):
    whole = money(gross)
    facts = Facts(
        total=money(f"100.00 {whole.currency}"),
        base_total=money(base) if base else None,
        gross=whole,
    )
    assert outcome('ask_when: { total_over: "500.00 USD" }', facts) is expected


def test_a_report_is_denied_by_its_name():
    text = f"""{HEAD}access: {{ reports: read }}
rules: [{{ name: a, deny_when: {{ report: [profit-and-loss] }} }}]
"""
    call = call_to(RUN_REPORT, {"report": "profit-and-loss"})
    policy = policy_of(text)
    assert decide(policy, call, Facts(reports=words("profit-and-loss"))).outcome is Outcome.DENY
    assert decide(policy, call, Facts(reports=words("trial-balance"))).outcome is Outcome.ALLOW


def test_the_conditions_read_as_sentences():
    text = f"""{BILLS}rules:
  - name: a
    for: [create-invoice]
    ask_when: {{ account_code_in: ["400-499", "620"], new_contact: true }}
    allow_when: {{ currency: [USD] }}
"""
    assert rule_sentences(policy_of(text)) == [
        (
            "a: create-invoice: owner@example.com must approve within 1d when the account of a line"
            " is 400-499 or 620 and the contact is new: made by this call, or without any invoice"
            " or bill so far."
        ),
        "a: create-invoice: denied unless the currency is USD.",
    ]


EXAMPLES = """rules:
  - name: narrow
    for: [create-invoice]
    deny_when: { account_code_in: ["800-899"] }
    ask_when: { status: [submitted] }
  - name: dates
    for: [create-invoice]
    deny_when: { date_older_than: 60d }
  - name: ahead
    for: [create-invoice]
    deny_when: { date_newer_than: 30d }
examples:
  - { call: create-invoice, with: { type: bill, account_codes: [400, "810"] }, expect: deny }
  - { call: create-invoice, with: { type: bill, account_codes: [400] }, expect: allow }
  - { call: create-invoice, with: { type: bill, account_codes: unknown }, expect: deny }
  - { call: create-invoice, with: { type: bill, status: submitted }, expect: ask }
  - { call: create-invoice, with: { type: bill, days_old: 61 }, expect: deny }
  - { call: create-invoice, with: { type: bill, days_old: 60 }, expect: allow }
  - { call: create-invoice, with: { type: bill, days_ahead: 31 }, expect: deny }
  - { call: create-invoice, with: { type: bill, gross: 5.00 USD, total: 1.00 USD }, expect: allow }
"""


def test_an_example_gives_the_facts_that_rules_look_at():
    loaded = checked((BILLS + EXAMPLES).encode(), file="ap-clerk.yaml", cards=CARDS)
    assert loaded.problems == ()
    assert CREATE_INVOICE.writes


AFTER = "after_reading: untrusted_text"
READ, FRESH = Facts(read_others_text=True), Facts(read_others_text=False)


def test_after_reading_alone_asks_once_others_text_was_read():
    assert outcome(AFTER, READ) is Outcome.ASK
    assert outcome(AFTER, FRESH) is Outcome.ALLOW
    assert outcome(AFTER, Facts()) is Outcome.ALLOW  # a read, of which it does not hold
    assert outcome(AFTER, Facts(unknown={"read_others_text": "why"})) is Outcome.ASK


def test_after_reading_narrows_what_stands_beside_it():
    both = f'{AFTER}, deny_when: {{ total_over: "1.00 USD" }}'
    big = Facts(read_others_text=True, total=money("1.01 USD"))
    assert outcome(both, big) is Outcome.DENY
    assert outcome(both, READ) is Outcome.ALLOW
    assert outcome(both, replace(big, read_others_text=False)) is Outcome.ALLOW
    assert outcome(both, replace(big, total=money("1.00 USD"))) is Outcome.ALLOW
