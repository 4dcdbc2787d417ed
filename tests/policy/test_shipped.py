"""The policies that ship: each good as it is, each doing what its name promises."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from xero_mcp.policy.decide import decide
from xero_mcp.policy.files import check_file
from xero_mcp.policy.model import Limits, Mode, Never, Policy
from xero_mcp.policy.reach import call_of, facts_needed, visible
from xero_mcp.policy.selftest import decide_example
from xero_mcp.policy.step import Outcome, Stage
from xero_mcp.policy.usage import Usage
from xero_mcp.tool.facts import Facts
from xero_mcp.tools.index import load_cards

FOLDER = Path(__file__).resolve().parents[2] / "policies"
FILES = sorted(FOLDER.glob("*.yaml"))
FAR = datetime(2099, 1, 1, tzinfo=UTC)


def shipped(name: str) -> Policy:
    loaded = check_file(FOLDER / f"{name}.yaml", cards=load_cards().values())
    assert loaded.policy is not None, "\n".join(map(str, loaded.problems))
    return loaded.policy


def seen(name: str) -> set[str]:
    return {card.name for card in visible(shipped(name), load_cards().values(), at=FAR)}


def test_there_are_six():
    assert [file.stem for file in FILES] == [
        "ap-clerk",
        "auditor",
        "bookkeeper",
        "controller",
        "credit-controller",
        "reminders",
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_is_good_has_examples_and_serves_the_demo_company(file: Path):
    policy = shipped(file.stem)
    assert policy.organisations == ("Demo Company (Global)",)
    assert policy.mode is Mode.ENFORCE
    assert policy.expires is None
    assert len(policy.examples) >= 8
    assert policy.owner.endswith("@example.com")
    assert {Never.CHANGE_BANK_DETAILS, Never.POST_TO_LOCKED_PERIODS} <= policy.never
    assert policy.limits != Limits()


DO_THE_SAME = (
    {"create-invoice", "save-invoices", "update-invoice"},
    {"create-payment", "create-payments"},
)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_rule_can_be_gone_round_by_a_tool_that_does_the_same(file: Path):
    """A bill that may not be made so is not made otherwise, and none becomes one by a change."""
    for rule in shipped(file.stem).rules:
        for alike in DO_THE_SAME:
            if rule.tools & alike:
                assert alike & seen(file.stem) <= rule.tools, rule.name


@pytest.mark.parametrize("shown", ["README.md", "docs/policy.md"])
def test_no_rule_that_is_shown_can_be_gone_round_either(shown: str):
    text = (FOLDER.parent / shown).read_text(encoding="utf-8").partition("<!-- generated")[0]
    named = [
        set(found.split(", ")) for found in re.findall(r"^    for: \[(.*)\]$", text, re.MULTILINE)
    ]
    for tools in named:
        assert all(alike <= tools for alike in DO_THE_SAME if alike & tools), tools


def test_the_auditor_sees_everything_and_changes_nothing():
    reading = {card.name for card in load_cards().values() if not card.writes}
    assert seen("auditor") == reading - {"consolidate-reports"}  # it takes two organisations


def test_the_clerk_has_no_payments_and_no_new_contacts():
    assert "create-invoice" in seen("ap-clerk")
    assert not {"create-payment", "create-contact"} & seen("ap-clerk")


def test_reminders_go_out_by_day_whatever_the_season():
    policy, card = shipped("reminders"), load_cards()["email-invoice"]
    organisation = policy.organisations[0]
    for moment, outcome in (
        ("2026-01-14T08:00Z", Outcome.ALLOW),
        ("2026-01-14T07:59Z", Outcome.DENY),
        ("2026-07-15T07:00Z", Outcome.ALLOW),  # an hour earlier in summer time
        ("2026-07-15T17:00Z", Outcome.DENY),
        ("2026-07-18T12:00Z", Outcome.DENY),  # a Saturday
    ):
        at = datetime.fromisoformat(moment)
        call = call_of(policy, card, {}, organisation=organisation, at=at)
        facts = Facts(recipient_not_stored=False, read_others_text=False)
        assert decide(policy, call, facts, Usage()).outcome is outcome, moment


def test_only_the_controller_pays():
    paying = [file.stem for file in FILES if "create-payment" in seen(file.stem)]
    assert paying == ["controller"]


def test_only_reminders_may_send_anything_out_and_can_do_nothing_else():
    sending = [file.stem for file in FILES if "email-invoice" in seen(file.stem)]
    assert sending == ["reminders"]
    writing = {card.name for card in load_cards().values() if card.writes}
    assert seen("reminders") & writing == {"email-invoice"}
    closed = [
        file.stem
        for file in FILES
        if Never.EMAIL_OUTSIDE_ORGANISATION not in shipped(file.stem).never
    ]
    assert closed == ["reminders"]


@pytest.mark.parametrize(
    ("name", "tool", "fact"),
    [
        ("ap-clerk", "create-invoice", "new_contact"),
        ("bookkeeper", "create-invoice", "new_contact"),
        ("ap-clerk", "create-invoice", "duplicate"),
        ("bookkeeper", "create-invoice", "duplicate"),
        ("controller", "create-invoice", "duplicate"),
        ("controller", "create-payment", "contact_known_for"),
        ("controller", "create-payments", "read_others_text"),
        ("reminders", "email-invoice", "recipient_not_stored"),
        ("credit-controller", "create-invoice", "period_locked"),
    ],
)
def test_what_is_worth_asking_about_is_looked_at(name: str, tool: str, fact: str):
    assert fact in facts_needed(shipped(name), load_cards()[tool])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_rule_of_each_is_met_by_an_example(file: Path):
    """A rule that no example turns on could say anything."""
    policy, cards = shipped(file.stem), load_cards()
    met = {
        step.key
        for example in policy.examples
        for step in decide_example(policy, example, cards[example.tool]).steps
        if step.name is Stage.RULES and step.verdict is not Outcome.ALLOW
    }
    unmet = {rule.name for rule in policy.rules} - met
    assert unmet == set()
