"""How far a policy could ever go."""

from collections.abc import Iterable

import pytest

from tests.policy.cards import (
    CARDS,
    CREATE_CONTACT,
    CREATE_INVOICE,
    CREATE_PAYMENT,
    EMAIL_DOCUMENT,
    GET_INVOICE,
    LIST_CONTACTS,
    LIST_INVOICES,
    RUN_REPORT,
)
from tests.policy.scenes import BILLS, HEAD, NOW, policy_of
from xero_mcp.policy.reach import (
    could_allow,
    facts_needed,
    narrow,
    permitted_values,
    token_scopes,
    usage_needed,
    visible,
)
from xero_mcp.policy.step import Outcome, Stage
from xero_mcp.tool.card import ToolCard

ALWAYS = {"list-organisations", "what-can-i-do"}


def names(cards: Iterable[ToolCard]) -> set[str]:
    return {card.name for card in cards}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("access: {}", set[str]()),
        ("access: { organisation: off }", {"-list-organisations", "-what-can-i-do"}),
        ("access: { bills: read }", {"list-invoices", "get-invoice"}),
        ("access: { bills: draft }", {"list-invoices", "get-invoice", "create-invoice"}),
        ("access: { contacts: draft }", {"list-contacts", "create-contact"}),
        ("access: { payments: draft }", set[str]()),
        ("access: { payments: post }", {"create-payment"}),
        ("access: { reports: [profit-and-loss] }", {"run-report"}),
        ("access: { reports: [bank-summary] }", set[str]()),
        ("access: { contacts: draft }\ntools: { except: [create-contact] }", {"list-contacts"}),
        (
            "access: { contacts: draft }\ntools: { only: [list-contacts] }",
            {"list-contacts", "-list-organisations", "-what-can-i-do"},
        ),
        (
            "access: { bills: draft }\nscopes: [accounting.invoices.read]",
            {"list-invoices", "get-invoice"},
        ),
        ("access: { bills: draft }\nscopes: [accounting.contacts]", set[str]()),
        ("access: { bills: full }\nexpires: 2026-03-01", {f"-{name}" for name in ALWAYS}),
    ],
)
def test_a_list_holds_just_what_could_ever_be_allowed(text: str, shown: set[str]):
    without = {name.removeprefix("-") for name in shown if name.startswith("-")}
    wanted = {name for name in shown if not name.startswith("-")} | (ALWAYS - without)
    assert names(visible(policy_of(f"{HEAD}{text}\n"), CARDS, at=NOW)) == wanted


def test_a_refusal_says_which_level_is_missing():
    decision = could_allow(policy_of(BILLS), CREATE_PAYMENT, at=NOW)
    assert decision.outcome is Outcome.DENY
    assert decision.reason == (
        "denied by ap-clerk.yaml access.payments=off: create-payment needs post"
    )


def test_an_expired_policy_could_allow_nothing_and_says_since_when():
    decision = could_allow(policy_of(f"{BILLS}expires: 2026-03-01\n"), LIST_INVOICES, at=NOW)
    assert decision.stage is Stage.EXPIRY
    assert "2026-03-01 was its last day" in decision.reason


def test_rules_do_not_hide_a_tool_since_they_turn_on_the_call():
    text = f'{BILLS}rules: [{{ name: no, deny_when: {{ total_over: "0.00 USD" }} }}]\n'
    assert could_allow(policy_of(text), CREATE_INVOICE, at=NOW).outcome is Outcome.ALLOW


def test_watch_mode_shows_all_that_the_ceiling_leaves():
    text = f"{BILLS}mode: watch\nscopes: [accounting.invoices]\n"
    shown = names(visible(policy_of(text), CARDS, at=NOW))
    assert "email-document" in shown
    assert "create-payment" not in shown


def test_the_values_of_an_argument_that_the_policy_leaves():
    bills = policy_of(BILLS)
    assert permitted_values(bills, LIST_INVOICES, "type") == ("bill",)
    assert permitted_values(bills, CREATE_INVOICE, "type") == ("bill",)
    assert permitted_values(bills, CREATE_INVOICE, "status") == ("draft", "submitted")
    assert permitted_values(bills, CREATE_INVOICE, "number") == ()
    assert permitted_values(bills, LIST_CONTACTS, "type") == ()
    reports = policy_of(f"{HEAD}access: {{ reports: [trial-balance, profit-and-loss] }}\n")
    assert permitted_values(reports, RUN_REPORT, "report") == ("profit-and-loss", "trial-balance")


def test_an_argument_left_out_is_filled_in_where_just_one_value_is_left():
    bills = policy_of(BILLS)
    assert narrow(bills, LIST_INVOICES, {"page": 2}) == {"page": 2, "type": "bill"}
    assert narrow(bills, GET_INVOICE, {}) == {"(type)": "bill"}


def test_what_the_agent_said_is_not_changed():
    assert narrow(policy_of(BILLS), LIST_INVOICES, {"type": "sales"}) == {"type": "sales"}


def test_an_agent_that_has_both_gets_both():
    both = policy_of(f"{HEAD}access: {{ bills: read, invoices: read }}\n")
    assert narrow(both, LIST_INVOICES, {}) == {}


def test_a_required_argument_stays_the_agents_to_give():
    assert narrow(policy_of(BILLS), CREATE_INVOICE, {}) == {}
    reports = policy_of(f"{HEAD}access: {{ reports: [trial-balance] }}\n")
    assert narrow(reports, RUN_REPORT, {}) == {}


@pytest.mark.parametrize(
    ("more", "card", "facts"),
    [
        ("", CREATE_INVOICE, set[str]()),
        (
            'rules: [{ name: a, ask_when: { total_over: "1 USD" } }]',
            CREATE_INVOICE,
            {"total", "base_total", "gross"},
        ),
        (
            'rules: [{ name: a, for: [create-payment], ask_when: { total_over: "1 USD" } }]',
            CREATE_INVOICE,
            set[str](),
        ),
        (
            "rules: [{ name: a, deny_when: { contact_known_for_less_than: 30d } }]",
            CREATE_INVOICE,
            {"contact_known_for"},
        ),
        ('limits: { money_per_day: "1.00 USD" }', CREATE_INVOICE, {"total", "base_total", "gross"}),
        ('limits: { money_per_day: "1.00 USD" }', LIST_CONTACTS, set[str]()),
        ("never: [post-to-locked-periods]", CREATE_INVOICE, {"period_locked"}),
        ("never: [post-to-locked-periods]", CREATE_CONTACT, set[str]()),
        ("never: [post-to-locked-periods]", LIST_INVOICES, set[str]()),
        ("never: [change-bank-details]", CREATE_CONTACT, {"bank_details_change"}),
        ("never: [change-bank-details]", CREATE_INVOICE, set[str]()),
        ("never: [email-outside-organisation]", EMAIL_DOCUMENT, {"emails_outside"}),
        ("never: [email-outside-organisation]", CREATE_INVOICE, set[str]()),
    ],
)
def test_only_the_facts_that_matter_are_worked_out(more: str, card: ToolCard, facts: set[str]):
    assert facts_needed(policy_of(f"{BILLS}{more}\n"), card) == facts


def test_only_the_counters_that_matter_are_read():
    text = f'{BILLS}limits: {{ writes_per_hour: 5, money_per_day: "1.00 USD" }}\n'
    policy = policy_of(text)
    assert usage_needed(policy, CREATE_INVOICE) == {"writes_last_hour", "money_today"}
    assert usage_needed(policy, LIST_CONTACTS) == frozenset()
    assert usage_needed(policy_of(BILLS), CREATE_INVOICE) == frozenset()


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        ("access: {}", set[str]()),
        ("access: { bills: read }", {"accounting.invoices.read"}),
        ("access: { bills: draft }", {"accounting.invoices", "accounting.settings.read"}),
        (
            "access: { bills: draft }\nscopes: [accounting.invoices]",
            {"accounting.invoices"},
        ),
        ("access: { reports: [trial-balance] }", {"accounting.reports.trialbalance.read"}),
        (
            "access: { contacts: read, payments: post }",
            {
                "accounting.contacts.read",
                "accounting.invoices.read",
                "accounting.payments",
                "accounting.settings.read",
            },
        ),
        ("access: { bills: draft }\nexpires: 2026-03-01", set[str]()),
    ],
)
def test_a_token_gets_the_least_that_the_policy_needs(text: str, scopes: set[str]):
    assert token_scopes(policy_of(f"{HEAD}{text}\n"), CARDS, at=NOW) == scopes
